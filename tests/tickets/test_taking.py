"""“Take next”: the most urgent ticket that nobody has, and never the same one for two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.clock import now
from deskcore.extensions import db
from deskcore.people.services import find_person
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.queries import TicketQuery
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

EVERYTHING = TicketQuery(queue="unassigned")


@pytest.fixture
def opens(act: Callable[..., Any], person_named: Callable[[str], Any]) -> Callable[..., str]:
    """Give ``opens(priority=4)``: Anna raises an incident, and its row becomes what is given."""

    def opened(**values: Any) -> str:
        anna = person_named("anna.kowalska").id
        answers = {"service": "printer", "what_happened": "It jams", "affected": "me"}
        with act("anna.kowalska"):
            number = open_ticket(NewTicket("it", "incident", "It jams", "", anna, "portal", answers))
        with acting_as(SYSTEM), unit_of_work():
            ticket = find_ticket(number)
            for name, value in values.items():
                setattr(ticket, name, value)
        return number

    return opened


@pytest.fixture
def marek(act: Callable[..., Any]) -> Iterator[None]:
    """Let Marek act, from the workspace."""
    with act("marek.nowak", "workspace"):
        yield


def take_all(query: TicketQuery = EVERYTHING) -> list[str]:
    taken = []
    while number := services.take_next(query):
        taken.append(number)
    return taken


def test_the_most_urgent_comes_first_and_what_waits_for_others_last(opens: Any, act: Any) -> None:
    old, urgent, paused = opens(), opens(priority=4), opens(priority=4, status_category="on_hold")
    soon = opens(due_at=now() + timedelta(hours=2), priority=1)
    over = opens(due_at=now() - timedelta(hours=1), priority=1)
    later, new = opens(due_at=now() + timedelta(days=3)), opens()
    with act("marek.nowak", "workspace"):
        assert take_all() == [over, soon, urgent, later, old, new, paused]
        assert services.take_next(EVERYTHING) is None


def test_only_tickets_of_the_list_are_taken(opens: Any, act: Any) -> None:
    opens()
    urgent = opens(priority=4)
    with act("marek.nowak", "workspace"):
        assert take_all(TicketQuery(queue="mine", priority=4)) == [urgent]


def test_what_is_finished_assigned_or_of_another_desk_is_not_taken(opens: Any, act: Any) -> None:
    solved, given = opens(), opens()
    with act("ola.mazur", "workspace"):
        services.set_status(solved, "resolved")
        services.assign(given, "ola.mazur@meridian.example")
    opens(visibility="named")
    with act("marek.nowak", "workspace"):
        assert take_all() == []


def test_taking_is_an_assignment_on_the_timeline(opens: Any, marek: None) -> None:
    number = opens()
    before = find_ticket(number).version
    assert services.take_next(EVERYTHING) == number
    ticket = find_ticket(number)
    assert ticket.assignee is not None
    assert (ticket.assignee.name, ticket.version) == ("Marek Nowak", before + 1)
    newest = sa.select(TicketEvent.kind).order_by(TicketEvent.id.desc()).limit(1)
    assert db.session.scalar(newest) == "assigned"


def test_agents_who_ask_at_the_same_time_never_get_the_same_one(app: Flask, opens: Any) -> None:
    numbers = [opens() for _ in range(12)]
    with app.app_context():
        desk = runtime().catalogue.desk("it").id
        people = [find_person(f"{name}@meridian.example") for name in ("marek.nowak", "ola.mazur")]
        viewers = [Viewer(person.id, "workspace", {desk: "agent"}) for person in people if person]
        db.session.remove()
    together = Barrier(4)
    taken: list[str] = []

    def work(viewer: Viewer) -> None:
        with app.app_context(), acting_as(viewer):
            together.wait()
            taken.extend(take_all())

    threads = [Thread(target=work, args=(viewer,)) for viewer in (*viewers, *viewers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(numbers)
    with acting_as(SYSTEM) as session:
        assert session.scalar(sa.select(sa.func.count()).where(Ticket.assignee_id.is_(None))) == 0
        gifts = sa.select(sa.func.count()).where(TicketEvent.kind == "assigned")
        assert session.scalar(gifts) == len(numbers)
