"""The clock: what it counts, what stops it, and that it says the same however it comes to its figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from deskcore_sla_policies.calendars import Calendar
from deskcore_sla_policies.clock import Clock, Terms, clock, clocks
from deskcore_sla_policies.cycles import MEASURES, Fact, stays
from deskcore_sla_policies.hours import Span
from hypothesis import given, settings
from hypothesis import strategies as st

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OFFICE = Calendar("Europe/Warsaw", tuple(Span.of(weekday, "08:00", "16:00") for weekday in range(5)))
NIGHTS = Calendar("America/New_York", tuple(Span.of(weekday, "22:00", "06:00") for weekday in range(7)))
CALENDARS = (OFFICE, NIGHTS, Calendar.always(), Calendar("UTC"))
CATEGORIES = ("new", "open", "waiting_requester", "waiting_approval", "on_hold", "resolved", "closed")
WAITING = frozenset({"waiting_requester", "on_hold"})
#: A Monday, 9:00 in Warsaw.
MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)
EIGHT_HOURS = Terms(8 * HOUR, OFFICE, WAITING)


def told(*happened: tuple[float, str]) -> list[Fact]:
    """Return facts of a ticket opened on Monday at nine, so many hours later each: a category, or who wrote."""
    facts = [Fact(MONDAY, "opened", "new", seq=1)]
    for number, (hours, what) in enumerate(happened, start=2):
        at = MONDAY + timedelta(hours=hours)
        kind, category = ("status", what) if what in CATEGORIES else (what, "")
        facts.append(Fact(at, kind, category, seq=number))
    return facts


def read(measure: str, facts: Sequence[Fact], hours: float, *terms: Terms) -> Clock:
    """Return the last clock of a ticket, so many hours after Monday at nine."""
    found = clock(measure, facts, terms or (EIGHT_HOURS,), MONDAY + timedelta(hours=hours))
    assert found is not None
    return found


@st.composite
def stories(draw: st.DrawFn) -> list[Fact]:
    """Draw what happened to a ticket; now and then somebody sets the server's clock back."""
    facts = [Fact(MONDAY, "opened", draw(st.sampled_from(CATEGORIES[:3])), "first", 1)]
    at = MONDAY
    for seq in range(2, draw(st.integers(2, 14))):
        at += draw(st.integers(-90, 60 * 30)) * MINUTE
        kind = draw(st.sampled_from(("status", "status", "answered", "asked", "team")))
        category = draw(st.sampled_from(CATEGORIES)) if kind == "status" else ""
        facts.append(
            Fact(at, kind, category, draw(st.sampled_from(("first", "second"))) if kind == "team" else "", seq)
        )
    return facts


terms = st.builds(
    Terms,
    goal=st.integers(1, 40 * 60).map(lambda number: number * MINUTE),
    calendar=st.sampled_from(CALENDARS),
    pauses=st.frozensets(st.sampled_from(CATEGORIES[2:5])),
    grace=st.sampled_from((timedelta(0), HOUR)),
)


@settings(max_examples=80, deadline=None)
@given(stories(), terms, terms, st.integers(0, 200), st.integers(0, 6000))
def test_the_parts_leave_no_gap_and_add_up_to_the_figure(
    facts: list[Fact], first: Terms, second: Terms, changed: int, later: int
) -> None:
    now = max(fact.at for fact in facts) + later * MINUTE
    agreed = [first, replace(second, since=MONDAY + changed * HOUR)]
    for found in (each for measure in MEASURES for each in clocks(measure, facts, agreed, now)):
        stretches = found.stretches
        assert all(one.end == other.start for one, other in pairwise(stretches))
        assert all(stretch.start < stretch.end for stretch in stretches)
        if stretches:
            assert (stretches[0].start, stretches[-1].end) == (found.started_at, found.stopped_at or now)
        assert sum((stretch.counted for stretch in stretches), timedelta(0)) == found.elapsed
        assert found.remaining + found.elapsed == found.goal


@settings(max_examples=80, deadline=None)
@given(stories(), terms, st.integers(0, 6000), st.randoms())
def test_reading_after_each_fact_ends_where_reading_all_at_once_does(
    facts: list[Fact], agreed: Terms, later: int, shuffled: object
) -> None:
    now = max(fact.at for fact in facts) + later * MINUTE
    for measure in MEASURES:
        counted = timedelta(0)
        for known in range(1, len(facts) + 1):
            if found := clock(measure, facts[:known], [agreed], facts[known - 1].at):
                counted = found.elapsed
        last = clock(measure, facts, [agreed], now)
        mixed = list(facts)
        shuffled.shuffle(mixed)  # type: ignore[attr-defined]
        assert clock(measure, mixed, [agreed], now) == last
        if last is not None and last.stopped_at is not None:
            assert last.elapsed == counted
        elif last is not None:
            assert last.elapsed >= counted


@settings(max_examples=80, deadline=None)
@given(stories(), terms, st.integers(0, 60))
def test_it_is_due_when_the_goal_is_used_up_and_late_only_after_that(
    facts: list[Fact], agreed: Terms, after: int
) -> None:
    now = max(fact.at for fact in facts)
    for found in (each for measure in MEASURES for each in clocks(measure, facts, [agreed], now)):
        if found.due_at is not None and found.state == "running" and found.due_at > now:
            again = clocks(found.measure, facts, [agreed], found.due_at)[found.cycle - 1]
            assert again.elapsed == agreed.goal
        assert found.late == (found.elapsed > agreed.goal + agreed.grace) or found.elapsed == agreed.goal + agreed.grace
        if found.breached_at is not None:
            assert found.due_at is not None
            assert found.started_at < found.due_at <= found.breached_at <= (found.stopped_at or now)


@settings(max_examples=60, deadline=None)
@given(stories(), terms, terms)
def test_what_was_paused_stays_paused_when_the_policy_changes(facts: list[Fact], first: Terms, second: Terms) -> None:
    changed = max(fact.at for fact in facts) + HOUR
    before = clock("resolution", facts, [first], changed)
    after = clock("resolution", facts, [first, replace(second, since=changed)], changed)
    assert before is not None
    assert after is not None
    assert after.elapsed == before.elapsed
    kept = [stretch for stretch in after.stretches if stretch.end <= changed]
    assert kept == list(before.stretches)
    assert after.stopped_at is not None or after.goal == second.goal


def test_the_clock_stands_still_outside_working_hours_and_says_why() -> None:
    found = read("resolution", told((2, "waiting_requester"), (4, "open")), 24)
    assert [(part.kind, part.reason, part.counted) for part in found.stretches] == [
        ("running", "", 2 * HOUR),
        ("paused", "waiting_requester", timedelta(0)),
        ("running", "", 3 * HOUR),
        ("outside", "", timedelta(0)),
        ("running", "", HOUR),
    ]
    assert found.elapsed == 6 * HOUR
    assert found.due_at == MONDAY + 26 * HOUR


def test_a_ticket_that_waits_is_never_due_and_is_not_late_when_it_goes_on() -> None:
    paused = read("resolution", told((7, "waiting_requester")), 24 * 7)
    assert (paused.state, paused.paused_for, paused.due_at, paused.late) == ("paused", "waiting_requester", None, False)
    again = read("resolution", told((7, "waiting_requester"), (24 * 7, "open")), 24 * 7)
    assert (again.state, again.late, again.due_at) == ("running", False, MONDAY + (24 * 7 + 1) * HOUR)


def test_a_ticket_taken_up_again_after_its_end_goes_on_from_the_time_that_had_counted() -> None:
    solved = read("resolution", told((6, "resolved")), 24 * 30)
    assert (solved.outcome, solved.elapsed, solved.stopped_at) == ("met", 6 * HOUR, MONDAY + 6 * HOUR)
    closed = told((6, "resolved"), (24, "closed"), (24 * 7, "open"))
    again = read("resolution", closed, 24 * 7 + 1)
    assert (again.state, again.elapsed, again.late) == ("running", 7 * HOUR, False)
    assert {part.reason for part in again.stretches if part.kind == "paused"} == {"resolved", "closed"}


def test_the_first_reply_is_the_first_that_an_agent_writes_or_the_end_of_the_ticket() -> None:
    assert read("first_reply", told((1, "asked"), (3, "answered"), (5, "answered")), 9).elapsed == 3 * HOUR
    assert read("first_reply", told((2, "resolved"), (3, "open")), 9).elapsed == 2 * HOUR
    assert read("first_reply", told((1, "asked")), 4).state == "running"


def test_each_time_the_requester_waits_for_an_answer_is_timed_on_its_own() -> None:
    facts = told((1, "answered"), (2, "asked"), (3, "asked"), (5, "answered"), (6, "asked"))
    found = clocks("next_reply", facts, [replace(EIGHT_HOURS, goal=2 * HOUR)], MONDAY + 7 * HOUR)
    assert [(each.cycle, each.elapsed, each.outcome) for each in found] == [(1, 3 * HOUR, "late"), (2, HOUR, "open")]


def test_thanks_for_a_solution_starts_no_clock_but_taking_the_ticket_up_again_does() -> None:
    thanks = told((1, "answered"), (2, "resolved"), (3, "asked"))
    assert clock("next_reply", thanks, [EIGHT_HOURS], MONDAY + 4 * HOUR) is None
    again = [*thanks, Fact(MONDAY + 3 * HOUR, "status", "open", seq=9)]
    found = clock("next_reply", again, [EIGHT_HOURS], MONDAY + 4 * HOUR)
    assert found is not None
    assert (found.state, found.elapsed) == ("running", HOUR)


def test_what_is_asked_before_the_first_answer_is_the_business_of_the_first_reply() -> None:
    assert clock("next_reply", told((1, "asked"), (2, "asked")), [EIGHT_HOURS], MONDAY + 9 * HOUR) is None


def test_a_question_that_the_solution_answered_is_not_asked_again_when_the_ticket_is_taken_up() -> None:
    facts = told((1, "answered"), (2, "asked"), (3, "resolved"), (4, "open"))
    [found] = clocks("next_reply", facts, [EIGHT_HOURS], MONDAY + 9 * HOUR)
    assert (found.outcome, found.elapsed) == ("met", HOUR)


def test_a_clock_is_never_read_before_the_last_thing_that_happened() -> None:
    assert read("resolution", told((3, "open")), 0).elapsed == 3 * HOUR


def test_done_in_the_very_moment_in_which_the_time_is_used_up_is_not_late() -> None:
    goal = replace(EIGHT_HOURS, goal=2 * HOUR)
    assert read("first_reply", told((2, "answered")), 9, goal).outcome == "met"
    assert read("first_reply", told((2.001, "answered")), 9, goal).outcome == "late"
    assert read("first_reply", told(), 2, goal).late, "whoever wakes at that moment must not wait for the next"


def test_grace_calls_nobody_late_and_leaves_what_is_due() -> None:
    kind = replace(EIGHT_HOURS, goal=2 * HOUR, grace=HOUR)
    assert read("first_reply", told((3, "answered")), 9, kind).outcome == "met"
    late = read("first_reply", told((3.5, "answered")), 9, kind)
    assert (late.due_at, late.breached_at) == (MONDAY + 2 * HOUR, MONDAY + 3 * HOUR)


def test_a_shorter_promise_is_not_broken_before_it_was_made() -> None:
    urgent = Terms(HOUR, Calendar.always(), since=MONDAY + 5 * HOUR)
    found = read("resolution", told(), 6, EIGHT_HOURS, urgent)
    assert (found.due_at, found.breached_at) == (MONDAY + HOUR, MONDAY + 5 * HOUR)


def test_a_promise_made_after_the_work_was_done_does_not_make_it_late() -> None:
    urgent = Terms(HOUR, Calendar.always(), since=MONDAY + 5 * HOUR)
    assert read("resolution", told((4, "resolved")), 6, EIGHT_HOURS, urgent).outcome == "met"


def test_a_calendar_without_hours_is_never_due() -> None:
    found = read("resolution", told(), 24 * 400, Terms(HOUR, Calendar("UTC")))
    assert (found.state, found.elapsed, found.due_at, found.late) == ("running", timedelta(0), None, False)


def test_a_server_clock_that_was_set_back_takes_no_time_and_gives_none() -> None:
    facts = told((3, "waiting_requester"), (1, "open"), (4, "resolved"))
    found = read("resolution", facts, 0)
    assert found.elapsed == 4 * HOUR
    assert [part.end for part in found.stretches] == [MONDAY + 4 * HOUR]


def test_a_ticket_that_arrives_finished_took_no_time() -> None:
    facts = [Fact(MONDAY, "opened", "closed", seq=1)]
    assert [read(measure, facts, 99).elapsed for measure in ("first_reply", "resolution")] == [timedelta(0)] * 2


@pytest.mark.parametrize(
    ("facts", "agreed", "measure"),
    [([], [EIGHT_HOURS], "resolution"), (told(), [], "resolution"), (told(), [EIGHT_HOURS], "praise")],
)
def test_a_clock_of_nothing_is_refused(facts: list[Fact], agreed: list[Terms], measure: str) -> None:
    with pytest.raises(ValueError, match=r"needs facts|unknown measure"):
        clock(measure, facts, agreed, MONDAY)


@settings(max_examples=60, deadline=None)
@given(stories(), st.integers(0, 6000))
def test_the_stays_of_a_ticket_leave_no_gap(facts: list[Fact], later: int) -> None:
    now = max(fact.at for fact in facts) + later * MINUTE
    found = stays(facts, now)
    assert all(one.end == other.start and one[:2] != other[:2] for one, other in pairwise(found))
    assert sum((stay.end - stay.start for stay in found), timedelta(0)) == now - MONDAY


def test_time_is_told_by_team_and_status() -> None:
    facts = [*told((1, "open")), Fact(MONDAY + 3 * HOUR, "team", team="network", seq=9)]
    assert [(stay.team, stay.category, stay.end - stay.start) for stay in stays(facts, MONDAY + 5 * HOUR)] == [
        ("", "new", HOUR),
        ("", "open", 2 * HOUR),
        ("network", "open", 2 * HOUR),
    ]
