"""What happened to tickets, and which there are, as plugins read it: whole, in few statements, and under the policy."""

from __future__ import annotations

from collections.abc import Callable
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
from deskcore.work import acting_as

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
