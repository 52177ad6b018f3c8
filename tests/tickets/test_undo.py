"""Taking back what was just done: once, by whoever did it, and only where nothing happened since."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore import clock
from deskcore.errors import Problem, Refused
from deskcore.fsck import check_all
from deskcore.hooks.answers import CheckResult
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.agent_models import UndoOffer
from deskcore.tickets.housekeeping import housekeeping
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import TicketEvent, TicketTag
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.undo import KEPT, offer_undo, undo
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

Act = Callable[..., Any]


@pytest.fixture
def opens(act: Act, person_named: Callable[[str], Any]) -> Callable[..., str]:
    """Give ``opens()``: Anna raises an incident; returns its number."""

    def opened(*tags: str) -> str:
        anna = person_named("anna.kowalska").id
        answers = {"service": "printer", "what_happened": "It jams", "affected": "me"}
        with act("anna.kowalska"):
            return open_ticket(NewTicket("it", "incident", "It jams", "", anna, "portal", answers, tags=tags))

    return opened


@pytest.fixture
def marek(act: Act) -> Iterator[None]:
    """Let Marek act, from the workspace."""
    with act("marek.nowak", "workspace"):
        yield


def now_it_is(number: str) -> dict[str, Any]:
    """Return what a ticket is, for whoever may look at everything."""
    with acting_as(SYSTEM) as session:
        ticket = find_ticket(number)
        tags = session.scalars(sa.select(TicketTag.tag).where(TicketTag.ticket_id == ticket.id).order_by(TicketTag.tag))
        return {
            "assignee": ticket.assignee.name if ticket.assignee else None,
            "status": ticket.status,
            "finished": ticket.finished,
            "resolved_at": ticket.resolved_at,
            "priority": ticket.priority,
            "tags": (list(ticket.tags), list(tags)),
        }


CHANGES: dict[str, Callable[[str], Any]] = {
    "assign": lambda number: services.assign(number, "ola.mazur@meridian.example"),
    "status": lambda number: services.set_status(number, "resolved"),
    "priority": lambda number: services.set_priority(number, "urgent"),
    "tags": lambda number: services.set_tags(number, ["vpn", "home"]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_just_done_is_taken_back_and_both_stand_on_the_timeline(
    app: Flask, opens: Any, act: Act, name: str
) -> None:
    number = opens("printer")
    before = now_it_is(number)
    with act("marek.nowak", "workspace"):
        token = offer_undo([CHANGES[name](number)])
        assert now_it_is(number) != before
        assert undo(token).done == [number]
    assert now_it_is(number) == before
    with acting_as(SYSTEM) as session:
        done, undone = session.scalars(sa.select(TicketEvent).order_by(TicketEvent.seq.desc()).limit(2)).all()[::-1]
        assert done.kind == undone.kind
        assert (undone.data["from"], undone.data["to"]) == (done.data["to"], done.data["from"])
        assert undone.data["undoes"] == done.seq
        assert check_all(session).findings == []


def test_reopening_is_taken_back_to_the_moment_it_was_solved(opens: Any, act: Act) -> None:
    number = opens()
    with act("marek.nowak", "workspace"):
        services.set_status(number, "resolved")
        solved = now_it_is(number)
        assert undo(offer_undo([services.set_status(number, "open")])).done == [number]
    assert now_it_is(number) == solved


def test_nothing_is_offered_where_nothing_changed(opens: Any, marek: None) -> None:
    number = opens()
    services.assign(number, "marek.nowak@meridian.example")
    assert offer_undo([services.assign(number, "marek.nowak@meridian.example")]) == ""
    assert offer_undo([]) == ""


def test_many_are_taken_back_together_and_what_changed_since_is_skipped_with_the_reason(opens: Any, act: Act) -> None:
    numbers = [opens() for _ in range(5)]
    with act("marek.nowak", "workspace"):
        token = offer_undo([services.assign(number, "marek.nowak@meridian.example") for number in numbers])
    with act("ola.mazur", "workspace"):
        services.set_priority(numbers[2], "urgent")
    with act("marek.nowak", "workspace"):
        undone = undo(token)
    assert undone.done == [*numbers[:2], *numbers[3:]]
    assert undone.skipped == [(numbers[2], "It was changed since, by Ola Mazur.")]
    assert now_it_is(numbers[2])["assignee"] == "Marek Nowak"
    assert {now_it_is(number)["assignee"] for number in undone.done} == {None}


def test_it_is_taken_back_once(opens: Any, marek: None) -> None:
    number = opens()
    token = offer_undo([services.set_priority(number, "urgent")])
    undo(token)
    with pytest.raises(Refused, match="too late"):
        undo(token)


def test_an_undo_cannot_be_taken_back_by_the_same_offer_after_it_was_done_again(opens: Any, marek: None) -> None:
    number = opens()
    first = offer_undo([services.set_priority(number, "high")])
    second = offer_undo([services.set_priority(number, "urgent")])
    assert undo(first).done == []
    assert undo(second).done == [number]
    assert now_it_is(number)["priority"] == 3


def test_nobody_else_can_take_it_back(opens: Any, act: Act) -> None:
    number = opens()
    with act("marek.nowak", "workspace"):
        token = offer_undo([services.set_priority(number, "urgent")])
    with act("ola.mazur", "workspace"), pytest.raises(Refused, match="too late"):
        undo(token)
    assert now_it_is(number)["priority"] == 4


def test_after_a_few_minutes_it_is_too_late_and_housekeeping_forgets_it(
    opens: Any, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = opens()
    with act("marek.nowak", "workspace"):
        token = offer_undo([services.set_priority(number, "urgent")])
        later = clock.now() + KEPT + timedelta(seconds=1)
        for place in ("undo", "housekeeping"):
            monkeypatch.setattr(f"deskcore.tickets.{place}.now", lambda: later)
        with pytest.raises(Refused, match="too late"):
            undo(token)
    with acting_as(SYSTEM) as session:
        housekeeping({})
        assert session.scalars(sa.select(UndoOffer)).all() == []


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 5000, "../../etc", "ą\0"])
def test_an_offer_that_never_was_is_too_late_too(marek: None, token: str) -> None:
    with pytest.raises(Refused, match="too late"):
        undo(token)


def test_a_ticket_that_went_out_of_sight_is_skipped_and_not_named(opens: Any, act: Act) -> None:
    number = opens()
    with act("marek.nowak", "workspace"):
        token = offer_undo([services.set_priority(number, "urgent")])
    with acting_as(SYSTEM), unit_of_work():
        find_ticket(number).visibility = "named"
    with act("marek.nowak", "workspace"):
        assert undo(token).skipped == [("", "You no longer see this ticket.")]


def test_a_plugin_may_object_to_taking_a_status_back(opens: Any, marek: None, monkeypatch: pytest.MonkeyPatch) -> None:
    number = opens()
    token = offer_undo([services.set_status(number, "resolved")])

    def objects(hook: str, **given: Any) -> CheckResult:
        return CheckResult(problems=(Problem("The device was wiped."),))

    monkeypatch.setattr(runtime().callers, "check", objects)
    assert undo(token).skipped == [(number, "The device was wiped.")]
    assert now_it_is(number)["status"] == "resolved"


def test_whoever_left_the_desk_does_not_get_the_ticket_back(opens: Any, act: Act) -> None:
    from deskcore.people.services import find_person

    number = opens()
    with act("marek.nowak", "workspace"):
        services.assign(number, "ola.mazur@meridian.example")
        token = offer_undo([services.assign(number, "marek.nowak@meridian.example")])
    with acting_as(SYSTEM), unit_of_work():
        ola = find_person("ola.mazur@meridian.example")
        assert ola is not None
        ola.active = False
    with act("marek.nowak", "workspace"):
        assert undo(token).skipped == [(number, "Who had it before no longer works on the desk.")]
