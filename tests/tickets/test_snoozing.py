"""Putting a ticket off: for one person, until a moment or until somebody writes, and without a trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from deskcore import clock
from deskcore.errors import NotAllowed, NotFound, Refused
from deskcore.people.models import Person
from deskcore.tickets import services
from deskcore.tickets.agent_models import TicketSnooze
from deskcore.tickets.housekeeping import housekeeping
from deskcore.tickets.lists import list_tickets
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.pages import history_and_marks
from deskcore.tickets.queries import TicketQuery
from deskcore.tickets.query_language import Known, parse, understand
from deskcore.tickets.services.snoozing import LONGEST
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

Act = Callable[..., Any]
DAY = timedelta(days=1)


@pytest.fixture
def number(act: Act, person_named: Callable[[str], Person]) -> str:
    """Let Anna raise an incident that Marek has."""
    with act("anna.kowalska"):
        found = open_ticket(NewTicket("it", "incident", "Jam", "", person_named("anna.kowalska").id, "portal"))
    with act("marek.nowak", "workspace"):
        services.assign(found, "marek.nowak@meridian.example")
    return found


@pytest.fixture
def listed(act: Act, person_named: Callable[[str], Person]) -> Callable[..., list[str]]:
    """Give ``listed("is:snoozed")``: the numbers that Marek, or somebody else, finds with a query."""

    def found(text: str, name: str = "marek.nowak") -> list[str]:
        with act(name, "workspace"):
            query = TicketQuery(queue="all", wanted=understand(parse(text), Known()).wanted)
            return [row.number for row in list_tickets(query, person_named(name).id).rows]

    return found


def test_what_is_put_off_leaves_the_own_queues_until_its_moment(
    number: str, act: Act, listed: Callable[..., list[str]]
) -> None:
    with act("marek.nowak", "workspace"):
        version = find_ticket(number).version
        services.snooze(number, clock.now() + DAY)
        assert find_ticket(number).version == version
        assert history_and_marks(find_ticket(number)).snoozed is not None
    assert listed("assignee:me -is:snoozed") == []
    assert listed("is:snoozed") == listed("jest:odłożone") == [number]
    assert listed("-is:snoozed", "ola.mazur") == [number]
    with clock.at(clock.now() + 2 * DAY):
        assert listed("assignee:me -is:snoozed") == [number]
        assert listed("is:snoozed") == []
        with act("marek.nowak", "workspace"):
            assert history_and_marks(find_ticket(number)).snoozed is None


def test_it_comes_back_when_the_requester_writes_and_not_when_a_colleague_does(
    number: str, act: Act, listed: Callable[..., list[str]]
) -> None:
    with act("marek.nowak", "workspace"):
        services.snooze(number, clock.now() + DAY)
        services.snooze(number, clock.now() + 2 * DAY)
    with act("ola.mazur", "workspace"):
        services.reply(number, "We are on it.")
    assert listed("is:snoozed") == [number]
    with act("anna.kowalska"):
        services.reply(number, "It is worse.")
    assert listed("is:snoozed") == []


def test_it_is_brought_back_by_hand_and_forgotten_when_it_has_passed(
    number: str, act: Act, listed: Callable[..., list[str]]
) -> None:
    with act("marek.nowak", "workspace"):
        services.wake(number)
        services.snooze(number, clock.now() + DAY)
        services.wake(number)
    assert listed("is:snoozed") == []
    with act("marek.nowak", "workspace"):
        services.snooze(number, clock.now() + DAY)
    with clock.at(clock.now() + 2 * DAY), acting_as(SYSTEM) as session:
        housekeeping({})
        assert session.scalars(sa.select(TicketSnooze)).all() == []


def test_take_next_passes_over_what_one_has_put_off(number: str, act: Act) -> None:
    with act("marek.nowak", "workspace"):
        services.assign(number, None)
        services.snooze(number, clock.now() + DAY)
        assert services.take_next(TicketQuery(queue="unassigned")) is None
    with act("ola.mazur", "workspace"):
        assert services.take_next(TicketQuery(queue="unassigned")) == number


def test_what_makes_no_sense_is_refused(number: str, act: Act) -> None:
    with act("marek.nowak", "workspace"):
        for until in (clock.now() - DAY, clock.now() + LONGEST + DAY):
            with pytest.raises(Refused, match="lies ahead"):
                services.snooze(number, until)
        services.set_status(number, "resolved")
        with pytest.raises(Refused, match="is finished"):
            services.snooze(number, clock.now() + DAY)
    with act("kasia.dabrowska", "workspace"), pytest.raises(NotFound):
        services.snooze(number, clock.now() + DAY)
    with act("anna.kowalska"), pytest.raises(NotAllowed):
        services.snooze(number, clock.now() + DAY)
