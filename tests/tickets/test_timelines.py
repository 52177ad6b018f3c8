"""What happened to tickets, and which there are, as plugins read it: whole, in few statements, and under the policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from deskcore.errors import NotFound
from deskcore.plugin import tickets
from deskcore.tickets import services
from deskcore.tickets.due import Due, set_due
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

Act = Callable[..., Any]


@pytest.fixture
def number(act: Act, person_named: Callable[[str], Any]) -> str:
    """Give a ticket that was asked for, taken, answered, handed over and solved."""
    anna = person_named("anna.kowalska").id
    answers = {"service": "network", "what_happened": "It drops."}
    with act("anna.kowalska"):
        found = open_ticket(NewTicket("it", "incident", "VPN", "It drops.", anna, "portal", answers))
    with act("marek.nowak", "workspace"):
        services.assign(found, "marek.nowak@meridian.example")
        services.reply(found, "Since when?")
        services.note(found, "Again.")
        services.set_status(found, "waiting_requester")
    with act("anna.kowalska"):
        services.reply(found, "Since Monday.")
    with act("marek.nowak", "workspace"):
        services.escalate(found, "it", "l3")
        services.set_status(found, "resolved")
    return found


def test_a_timeline_tells_everything_with_names_in_the_place_of_ids(
    number: str, count_statements: Any, app_context: Flask
) -> None:
    with acting_as(SYSTEM):
        find_ticket(number)
        with count_statements() as counted:
            events = tickets.timeline(number)
    assert len(counted) <= 3
    opened = events[0]
    assert (opened.kind, opened.data["desk"], opened.data["category"]) == ("opened", "it", "new")
    told = [(event.kind, event.data.get("to"), event.data.get("from_agent")) for event in events[1:]]
    assert ("assigned", "marek.nowak@meridian.example", None) in told
    assert ("escalated", "l3", None) in told
    assert [mine for kind, _to, mine in told if kind == "message_added"] == [True, False]
    assert [event.data["category"] for event in events if event.kind == "status_changed"][-1] == "resolved"
    assert [event.id for event in events] == [f"{number}/{seq}" for seq in range(1, len(events) + 1)]


def test_many_timelines_cost_as_few_statements_as_one(number: str, count_statements: Any, app_context: Flask) -> None:
    with acting_as(SYSTEM):
        ids = tickets.ids(limit=100)
        with count_statements() as counted:
            found = tickets.timelines(ids)
    assert len(counted) <= 3
    assert {events[0].kind for events in found.values()} == {"opened"}


def test_nobody_reads_of_tickets_that_they_do_not_see(number: str, act: Act, app_context: Flask) -> None:
    with acting_as(SYSTEM):
        ids = tickets.ids(limit=100)
    with act("jan.wojcik"):
        assert tickets.ids(limit=100) == []
        assert dict(tickets.timelines(ids)) == {}
        assert dict(tickets.views(ids)) == {}
        with pytest.raises(NotFound):
            tickets.timeline(number)
        set_due(dict.fromkeys(ids, Due("paused")))
    with acting_as(SYSTEM):
        assert find_ticket(number).due_state is None


def test_tickets_are_gone_through_in_batches_in_either_direction(number: str, app_context: Flask) -> None:
    with acting_as(SYSTEM):
        [only] = tickets.ids(limit=10)
        assert tickets.ids(limit=10, after=only) == []
        assert tickets.ids(limit=10, newest_first=True, desk="it") == [only]
        assert tickets.ids(limit=10, newest_first=True, after=only) == []
        assert tickets.ids(limit=10, unfinished=True) == []
        assert tickets.views([only])[only].number == number


def test_an_outline_is_what_the_whole_ticket_says_and_changes_with_each_event(
    number: str, act: Act, app_context: Flask
) -> None:
    with acting_as(SYSTEM):
        ids = tickets.ids(limit=10)
        [before], [view] = tickets.outlines(ids).values(), tickets.views(ids).values()
    said = (view.number, view.desk, view.request_type, view.priority, view.team)
    assert (before.number, before.desk, before.request_type, before.priority, before.team) == said
    with act("marek.nowak", "workspace"):
        services.note(number, "It is the one on the left.")
    with acting_as(SYSTEM), unit_of_work():
        [after] = tickets.outlines(ids, held=True).values()
    assert after == replace(before, seq=before.seq + 1)
    with act("jan.wojcik"):
        assert dict(tickets.outlines(ids)) == {}


def test_of_a_timeline_some_kinds_of_events_can_be_read_alone(number: str, app_context: Flask) -> None:
    with acting_as(SYSTEM):
        ids = tickets.ids(limit=10)
        [whole], [some] = (tickets.timelines(ids, kinds=kinds).values() for kinds in ((), {"opened", "status_changed"}))
    assert some == tuple(event for event in whole if event.kind in ("opened", "status_changed"))
    assert len(some) > 1
