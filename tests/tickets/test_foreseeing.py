"""What will be refused is known before anything is done: from the tickets themselves, and from plugins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Event
from types import MappingProxyType
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.errors import Problem, Refused
from deskcore.extensions import db
from deskcore.hooks import markers
from deskcore.hooks.beforehand import Question, Series
from deskcore.hooks.breaker import HookLimits
from deskcore.hooks.failures import read_failures
from deskcore.runtime import runtime
from deskcore.testing import statements
from deskcore.tickets import services
from deskcore.tickets.bulk import Wish, carry_out, plan_for
from deskcore.tickets.edits import Edits
from deskcore.tickets.foreseeing import foreseen
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.snapshots import Transition
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from tests.events.conftest import plug_in

Act = Callable[..., Any]
SOLVED = Wish(status="resolved")
REASON = "Not before the checklist is done."


class Checklist:
    """Refuses what has the wrong number; does something else instead where a test says so."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.asked: list[str] = []
        self.instead: Callable[[], Any] = lambda: None

    @markers.hookimpl
    def validate_transition(self, transition: Transition) -> list[Problem]:
        """Refuse what has the wrong number."""
        self.asked.append(transition.ticket.number)
        self.instead()
        return [Problem(REASON)] if transition.ticket.number in self.refused else []


@pytest.fixture
def checklist(app_context: Flask) -> Checklist:
    """Give a plugin that has its say about every change of status."""
    plugin = Checklist()
    plug_in("checklist", plugin)
    return plugin


@pytest.fixture
def hanging(checklist: Checklist, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the plugin hang, until the test is over."""
    let_go = Event()
    checklist.instead = let_go.wait
    monkeypatch.setattr(runtime().plugins.breaker, "limits", HookLimits(deadline=0.05))
    yield
    let_go.set()


@pytest.fixture
def opens(act: Act, person_named: Callable[[str], Any]) -> Callable[[int], list[str]]:
    """Give ``opens(3)``: so many incidents of Anna's, in one go; returns their numbers."""

    def opened(count: int) -> list[str]:
        anna = person_named("anna.kowalska").id
        with act("anna.kowalska"):
            first = open_ticket(NewTicket("it", "incident", "It jams", "", anna, "portal", {"service": "printer"}))
        numbers = [f"IT-{90_000 + each}" for each in range(1, count)]
        with acting_as(SYSTEM) as session, unit_of_work():
            row = session.execute(sa.select(*Ticket.__mapper__.columns).where(Ticket.number == first)).one()
            plain = {name: value for name, value in row._mapping.items() if name not in ("id", "due_order")}
            if numbers:
                session.execute(sa.insert(Ticket), [plain | {"number": number} for number in numbers])
        return [first, *numbers]

    return opened


def test_of_500_tickets_the_three_that_a_plugin_refuses_are_named_before_anything_is_done(
    checklist: Checklist, opens: Callable[[int], list[str]], act: Act
) -> None:
    numbers = opens(500)
    checklist.refused = {numbers[7], numbers[250], numbers[499]}
    counts = []
    with act("marek.nowak", "workspace"):
        for some in (numbers[:5], numbers):
            checklist.asked.clear()
            with statements(db.engine) as seen:
                plan = foreseen(SOLVED, plan_for(SOLVED, some))
            counts.append(len(seen))
            assert sorted(checklist.asked) == sorted(some)
        assert counts[0] == counts[1] <= 6, seen
        assert {each.number: each.reason for each in plan.skipped} == dict.fromkeys(checklist.refused, REASON)
        assert (len(plan.changed), plan.silent) == (497, ())
        assert {find_ticket(number).status for number in numbers[:9]} == {"new"}
        # It is what happens: these are refused, and the others are not.
        some = [*numbers[:9], numbers[250]]
        outcome = carry_out(SOLVED, dict.fromkeys(some))
        assert sorted(outcome.skipped) == sorted([(numbers[7], REASON), (numbers[250], REASON)])
        assert sorted(outcome.done) == sorted(set(some) - checklist.refused)


def test_several_changes_together_are_refused_as_one_and_other_changes_ask_nobody(
    checklist: Checklist, opens: Callable[[int], list[str]], act: Act
) -> None:
    numbers = opens(2)
    checklist.refused = {numbers[1]}
    macro = Wish(edits=Edits(status="resolved", note="Done", priority="high"))
    with act("marek.nowak", "workspace"):
        plan = foreseen(macro, plan_for(macro, numbers))
        assert [(each.number, each.reason) for each in plan.skipped] == [(numbers[1], REASON)]
        assert [each.number for each in plan.changed] == numbers[:1]
        checklist.asked.clear()
        for other in (Wish(priority="high"), Wish(edits=Edits(note="Seen")), Wish(add=("vpn",))):
            assert foreseen(other, plan_for(other, numbers)).silent == ()
        assert checklist.asked == []


@pytest.mark.parametrize("error", [RuntimeError("broken"), SystemExit(1), KeyboardInterrupt()])
def test_a_plugin_that_fails_is_named_once_and_the_plan_goes_on_without_it(
    checklist: Checklist, opens: Callable[[int], list[str]], act: Act, error: BaseException
) -> None:
    def fail() -> None:
        if len(checklist.asked) > 2:
            raise error

    numbers = opens(20)
    checklist.refused, checklist.instead = {numbers[0], numbers[19]}, fail
    with act("marek.nowak", "workspace"):
        plan = foreseen(SOLVED, plan_for(SOLVED, numbers))
        # What it said before it failed still counts.
        assert [(each.number, each.reason) for each in plan.skipped] == [(numbers[0], REASON)]
        assert (len(plan.changed), plan.silent) == (19, ("checklist",))
    [failure] = read_failures(db.session, "checklist")
    assert (failure["slot"], failure["count"]) == ("validate_transition (beforehand)", 1)


def test_a_plugin_that_hangs_keeps_nobody_waiting_for_each_ticket(
    hanging: None, checklist: Checklist, opens: Callable[[int], list[str]], act: Act
) -> None:
    numbers = opens(200)
    with act("marek.nowak", "workspace"):
        plan = foreseen(SOLVED, plan_for(SOLVED, numbers))
    assert (len(plan.changed), len(plan.skipped), plan.silent) == (200, 0, ("checklist",))
    assert len(checklist.asked) == 1  # and not once for each ticket


def test_what_may_not_go_on_without_a_plugin_is_refused_where_it_fails(
    hanging: None, checklist: Checklist, opens: Callable[[int], list[str]], act: Act
) -> None:
    plugins = runtime().plugins
    runtime().plugins = replace(plugins, critical=MappingProxyType({"checklist": ("it",)}))
    with act("marek.nowak", "workspace"):
        plan = foreseen(SOLVED, plan_for(SOLVED, opens(3)))
    assert [each.reason for each in plan.skipped] == [
        "“checklist” could not check this, and nothing goes on without it. Try again later."
    ] * 3


def test_a_plugin_that_runs_out_of_time_between_two_tickets_has_not_failed(app_context: Flask) -> None:
    questions = [(place, Question("it", {})) for place in range(3)]
    late = Series("checklist", questions, lambda views: (Problem(REASON),), seconds=-1)
    problems: Sequence[list[Problem]] = [[], [], []]
    late.run()
    assert not late.add_to(problems, runtime().plugins, failed=False)
    assert problems == [[], [], []]


def test_what_stands_in_the_way_in_the_tickets_themselves_is_known_before(
    opens: Callable[[int], list[str]], act: Act
) -> None:
    merged, held, free = numbers = opens(3)
    with acting_as(SYSTEM) as session, unit_of_work():
        session.execute(sa.update(Ticket).where(Ticket.number == held).values(held_by="approvals"))
    with act("marek.nowak", "workspace"):
        services.merge(merged, free)
        plan = plan_for(Wish(status="on_hold"), numbers)
        said = {each.number: each.reason for each in plan.skipped}
        assert said == {merged: "It was merged into another ticket.", held: "It waits for approval."}
        for number in said:
            with pytest.raises(Refused):
                services.set_status(number, "on_hold")
        assert len(plan_for(Wish(priority="urgent"), numbers).changed) == 3
