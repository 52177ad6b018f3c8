"""Opening a ticket: what is stored, what is refused, and what a repeat does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.errors import NotFound, Refused
from deskcore.extensions import db
from deskcore.people.services import deactivate
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket, TicketEvent, TicketParticipant
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

Act = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def request_of_anna(person_named: Callable[[str], Any]) -> NewTicket:
    """Give a complete request of Anna's."""
    answers = {"service": "printer", "what_happened": "It jams", "affected": "me", "work_stopped": False}
    return NewTicket(
        desk="it",
        request_type="incident",
        subject="The printer jams",
        description="It jams",
        requester_id=person_named("anna.kowalska").id,
        channel="portal",
        answers=answers,
    )


def test_a_request_becomes_a_ticket_that_its_requester_sees(act: Act, request_of_anna: NewTicket) -> None:
    with act("anna.kowalska"):
        number = open_ticket(request_of_anna)
        ticket = find_ticket(number)
    assert number.startswith("IT-")
    assert (ticket.subject, ticket.status_category, ticket.version) == ("The printer jams", "new", 1)
    assert ticket.answers["service"] == "printer"


def test_the_first_event_is_pending_for_those_who_listen(act: Act, request_of_anna: NewTicket) -> None:
    with act("anna.kowalska"):
        open_ticket(request_of_anna)
    with acting_as(SYSTEM) as session:
        event = session.scalars(sa.select(TicketEvent)).one()
        assert (event.kind, event.seq, event.pending, event.public) == ("opened", 1, True, True)


def test_the_same_key_returns_the_first_number(act: Act, request_of_anna: NewTicket) -> None:
    with act("anna.kowalska") as session:
        first = open_ticket(replace(request_of_anna, key="one"))
        assert open_ticket(replace(request_of_anna, key="one")) == first
        assert session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 1


def test_the_same_key_with_other_content_is_refused(act: Act, request_of_anna: NewTicket) -> None:
    with act("anna.kowalska"):
        open_ticket(replace(request_of_anna, key="one"))
        with pytest.raises(Refused):
            open_ticket(replace(request_of_anna, key="one", subject="Something else"))


def test_a_key_belongs_to_its_person(act: Act, request_of_anna: NewTicket, person_named: Any) -> None:
    with act("anna.kowalska"):
        first = open_ticket(replace(request_of_anna, key="one"))
    with act("jan.wojcik"):
        other = replace(request_of_anna, key="one", requester_id=person_named("jan.wojcik").id)
        assert open_ticket(other) != first


def test_ten_at_once_with_one_key_make_one_ticket(app: Flask, act: Act, request_of_anna: NewTicket) -> None:
    numbers = _in_threads(app, 10, lambda _: _open_as_anna(act, replace(request_of_anna, key="one")))
    assert len(set(numbers)) == 1
    assert len(numbers) == 10


def test_numbers_stay_unique_when_many_open_at_once(app: Flask, act: Act, request_of_anna: NewTicket) -> None:
    numbers = _in_threads(app, 24, lambda _: _open_as_anna(act, request_of_anna))
    assert len(set(numbers)) == len(numbers) == 24


def _open_as_anna(act: Act, new: NewTicket) -> str:
    with act("anna.kowalska"):
        return open_ticket(new)


def _in_threads(app: Flask, count: int, work: Callable[[int], str]) -> list[str]:
    found: list[str] = []

    def run(place: int) -> None:
        with app.app_context():
            found.append(work(place))

    threads = [threading.Thread(target=run, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_plugin_sets_priority_and_team(act: Act, request_of_anna: NewTicket) -> None:
    stopped = request_of_anna.answers | {"affected": "company", "work_stopped": True}  # type: ignore[operator]
    with act("anna.kowalska"):
        ticket = find_ticket(open_ticket(replace(request_of_anna, answers=stopped)))
    assert ticket.priority == 4
    assert ticket.team_id is not None


def test_a_plugins_refusal_stores_nothing(act: Act, request_of_anna: NewTicket) -> None:
    backwards = {"for_user": "anna.kowalska@meridian.example", "from_date": "2026-12-10", "until_date": "2026-12-01"}
    asked = replace(request_of_anna, request_type="access_request", answers=backwards)
    with act("anna.kowalska") as session:
        with pytest.raises(Refused) as refusal:
            open_ticket(asked)
        assert refusal.value.problems
        assert session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 0


def test_an_agent_opens_only_on_desks_where_they_work(act: Act, request_of_anna: NewTicket) -> None:
    with act("kasia.dabrowska", "workspace"), pytest.raises(NotFound):
        open_ticket(replace(request_of_anna, channel="phone"))


def test_a_ticket_opened_for_somebody_is_theirs(act: Act, request_of_anna: NewTicket) -> None:
    with act("marek.nowak", "workspace"):
        number = open_ticket(replace(request_of_anna, channel="phone", priority="high"))
        assert find_ticket(number).priority == 3
    with act("anna.kowalska"):
        assert find_ticket(number).channel == "phone"
    with act("marek.nowak"), pytest.raises(NotFound):
        find_ticket(number)


def test_somebody_without_an_account_cannot_be_the_requester(
    act: Act, request_of_anna: NewTicket, person_named: Any
) -> None:
    deactivate(person_named("anna.kowalska"))
    with act("marek.nowak", "workspace"), pytest.raises(Refused):
        open_ticket(request_of_anna)


def test_an_unknown_service_is_not_found(act: Act, request_of_anna: NewTicket) -> None:
    with act("anna.kowalska"), pytest.raises(NotFound):
        open_ticket(replace(request_of_anna, request_type="no_such_thing"))


@pytest.mark.parametrize("subject", ["x" * 201, "x" * 10_000])
def test_a_subject_that_is_too_long_is_refused_with_its_limit(
    act: Act, request_of_anna: NewTicket, subject: str
) -> None:
    with act("anna.kowalska"), pytest.raises(Refused, match="200"):
        open_ticket(replace(request_of_anna, subject=subject))


def test_nul_and_line_breaks_do_not_reach_the_database(act: Act, request_of_anna: NewTicket) -> None:
    with act("anna.kowalska"):
        ticket = find_ticket(
            open_ticket(replace(request_of_anna, subject="a\x00b\r\nBcc: x", description="c\x00\ud800d"))
        )
    assert (ticket.subject, ticket.description) == ("ab Bcc: x", "cd")


def test_opening_takes_seven_statements(
    app_context: Flask, act: Act, request_of_anna: NewTicket, count_statements: Any
) -> None:
    with act("anna.kowalska"):
        open_ticket(request_of_anna)
        with count_statements() as seen:
            open_ticket(replace(request_of_anna, key="counted"))
    assert len(seen) <= 8, "\n".join(seen)


def test_the_requester_takes_part(act: Act, request_of_anna: NewTicket, person_named: Any) -> None:
    with act("anna.kowalska") as session:
        open_ticket(request_of_anna)
        roles = session.execute(sa.select(TicketParticipant.person_id, TicketParticipant.role)).all()
    assert [tuple(row) for row in roles] == [(person_named("anna.kowalska").id, "requester")]
    db.session.remove()
