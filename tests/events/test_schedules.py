"""Scheduled jobs: each moment once, whatever the number of workers, the clock or the time of the year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine
from cronsim import CronSim
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskcore.events import schedules
from deskcore.events.models import JobRow, Schedule
from deskcore.events.schedules import moments, queue_scheduled
from deskcore.hooks.checks import check_content
from deskcore.hooks.errors import BadContribution
from deskcore.hooks.installation_parts import Job
from deskcore.runtime import CoreJob, runtime
from deskcore.work import unit_of_work
from deskcore.worker import Worker

from .conftest import Listener, add_job, column, on_sqlite, set_state, work

WARSAW = ZoneInfo("Europe/Warsaw")


@pytest.fixture
def schedule(app_context: Flask) -> Any:
    """Give a function that lets the core have one scheduled job, and no other."""

    def one(expression: str) -> None:
        runtime().core_jobs = {"core.test": CoreJob(lambda payload: None, expression)}

    return one


@pytest.fixture
def daily(schedule: Any) -> None:
    """Let the core have a job at 3:00 each day."""
    schedule("0 3 * * *")


def at(text: str) -> Any:
    """Let it be that time in Warsaw; it is not daylight saving that the test is about."""
    return time_machine.travel(datetime.fromisoformat(text).replace(tzinfo=WARSAW), tick=False)


def tick(text: str) -> None:
    """Let a worker look at the schedules at that time."""
    with at(text):
        queue_scheduled()


def fired() -> list[str]:
    """Return the moments that jobs were queued for, in Warsaw's time."""
    slots = [datetime.fromisoformat(slot).astimezone(WARSAW) for slot in column(JobRow.slot)]
    return [f"{slot:%m-%d %H:%M}" for slot in slots]


def test_a_schedule_begins_at_the_present(daily: None) -> None:
    tick("2026-03-02 12:00")
    assert fired() == []
    tick("2026-03-03 02:59")
    assert fired() == []
    tick("2026-03-03 03:00")
    assert fired() == ["03-03 03:00"]


def test_each_moment_is_queued_once_however_often_and_from_wherever_one_looks(app: Flask, daily: None) -> None:
    tick("2026-03-02 12:00")

    def look() -> None:
        with app.app_context():
            queue_scheduled()

    with at("2026-03-03 03:00:01"):
        threads = [Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    tick("2026-03-03 03:00:02")
    assert fired() == ["03-03 03:00"]


@on_sqlite
def test_a_worker_that_starts_makes_up_for_what_was_missed_once_for_the_latest_moment(app: Flask, daily: None) -> None:
    with at("2026-03-02 12:00"):
        work(app)
    with at("2026-03-05 08:00"):
        Worker(app).run_once()
        Worker(app).run_once()
    assert fired() == ["03-05 03:00"]


@on_sqlite
def test_what_was_missed_long_ago_is_let_go(schedule: Any) -> None:
    schedule("0 3 1 * *")
    tick("2026-03-20 12:00")
    tick("2026-04-08 12:00")
    assert fired() == []
    tick("2026-05-01 03:00")
    assert fired() == ["05-01 03:00"]


@on_sqlite
def test_a_clock_that_is_set_back_repeats_nothing(daily: None) -> None:
    for text in ("2026-03-02 12:00", "2026-03-03 03:10", "2026-03-03 02:50", "2026-03-03 03:05", "2026-03-04 03:00"):
        tick(text)
    assert fired() == ["03-03 03:00", "03-04 03:00"]


@on_sqlite
def test_a_clock_that_was_years_ahead_stops_no_schedule(daily: None) -> None:
    for text in ("2026-03-02 12:00", "2031-03-03 12:00", "2026-03-02 12:10", "2026-03-03 03:00"):
        tick(text)
    assert fired() == ["03-03 03:00", "03-03 03:00"]
    assert sorted(slot[:4] for slot in column(JobRow.slot)) == ["2026", "2031"]


@on_sqlite
def test_the_schedule_of_a_plugin_that_was_off_begins_anew(app: Flask, listener: Listener, daily: None) -> None:
    add_job("listener", Job("report", lambda payload: None, "0 4 * * *"))
    tick("2026-03-02 12:00")
    set_state("listener", "disabled", wanted=False)
    tick("2026-03-05 12:00")
    set_state("listener", "enabled")
    tick("2026-03-06 12:00")
    assert [kind for kind in column(JobRow.kind) if kind == "listener.report"] == []
    tick("2026-03-07 04:00")
    assert "listener.report" in column(JobRow.kind)


def hours(day: str) -> Iterator[datetime]:
    """Yield every minute of a day in Warsaw, from midnight to midnight, whatever its length."""
    moment = datetime.fromisoformat(day).replace(tzinfo=WARSAW).astimezone(UTC)
    end = (datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=WARSAW).astimezone(UTC)
    while moment < end:
        yield moment
        moment += timedelta(minutes=1)


def in_a_day(expression: str, day: str, step: int) -> list[str]:
    """Return when a job is queued on a day on which a worker looks every ``step`` minutes, restarted each time."""
    found: list[str] = []
    since = datetime.fromisoformat(day).replace(tzinfo=WARSAW).astimezone(UTC) - timedelta(minutes=1)
    last = since
    for moment in [*hours(day)][::step]:
        due = list(moments(expression, WARSAW, last, moment))
        if due:
            last = due[-1]
            found += [f"{one.astimezone(WARSAW):%H:%M %z}" for one in due]
    return found


SPRING, AUTUMN = "2026-03-29", "2026-10-25"


@pytest.mark.parametrize("step", [1, 7, 60])
def test_a_job_in_the_hour_that_spring_leaves_out_is_done_at_the_change(step: int) -> None:
    assert in_a_day("30 2 * * *", SPRING, step) == ["03:00 +0200"]


@pytest.mark.parametrize("step", [1, 7, 60])
def test_a_job_in_the_hour_that_autumn_repeats_is_done_the_first_time_only(step: int) -> None:
    assert in_a_day("30 2 * * *", AUTUMN, step) == ["02:30 +0200"]


@pytest.mark.parametrize(("day", "count"), [(SPRING, 23), (AUTUMN, 25), ("2026-06-01", 24)])
def test_an_hourly_job_is_done_every_hour_that_passes(day: str, count: int) -> None:
    found = in_a_day("0 * * * *", day, 1)
    assert len(found) == len(set(found)) == count


@pytest.mark.parametrize("day", [SPRING, AUTUMN, "2026-06-01"])
def test_a_midnight_job_is_done_once_a_day(day: str) -> None:
    assert [one[:5] for one in in_a_day("0 0 * * *", day, 1)] == ["00:00"]


def test_a_worker_that_starts_within_the_repeated_hour_does_not_repeat_its_first_half() -> None:
    second_half = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    following = next(moments("30 2 * * *", WARSAW, second_half, second_half + timedelta(days=3)))
    assert f"{following.astimezone(WARSAW):%m-%d %H:%M}" == "10-26 02:30"


def test_no_night_between_two_years_is_lost_or_done_twice() -> None:
    start, end = (datetime(year, 1, 1, tzinfo=WARSAW).astimezone(UTC) for year in (2026, 2027))
    nights = [f"{one.astimezone(WARSAW):%m-%d}" for one in moments("30 2 * * *", WARSAW, start, end)]
    assert len(nights) == len(set(nights)) == 365


FIELDS = st.tuples(
    st.one_of(st.integers(0, 59).map(str), st.sampled_from(["*/7", "*/30", "0,30"])),
    st.one_of(st.just("*"), st.integers(0, 23).map(str), st.sampled_from(["*/6", "1-3", "2,14"])),
    st.one_of(st.just("*"), st.integers(1, 28).map(str)),
    st.one_of(st.just("*"), st.integers(1, 12).map(str)),
    st.one_of(st.just("*"), st.integers(0, 6).map(str)),
)
#: Seconds between two looks: usual ones, a night, more than a week, and a clock that is set back.
STEPS = st.one_of(st.integers(1, 300), st.integers(3600, 50_000), st.integers(0, 700_000), st.integers(-7200, -1))
#: The two nights of 2026 in which Warsaw's clocks change, and the days around them.
STARTS = st.builds(
    lambda night, seconds: night + timedelta(seconds=seconds),
    st.sampled_from([datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]),
    st.integers(-90_000, 90_000),
)


def by_the_book(expression: str, looks: list[datetime]) -> list[datetime]:
    """Return what is to be queued: at each look the latest moment since the last one, unless it is too long ago."""
    # From well before: CronSim may begin within the hour that is repeated.
    every = [one.astimezone(UTC) for one in _iterated(expression, looks[0] - timedelta(days=2), max(looks))]
    reached, queued = looks[0], []
    for look in looks[1:]:
        missed = [one for one in every if reached < one <= look]
        if missed and missed[-1] > look - schedules.RECENT:
            queued.append(missed[-1])
        reached = max(missed[-1], look - schedules.RECENT) if missed else reached
    return queued


def _iterated(expression: str, start: datetime, end: datetime) -> Iterator[datetime]:
    for one in CronSim(expression, start.astimezone(WARSAW)):
        if one.astimezone(UTC) > end:
            return
        yield one


@on_sqlite
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=FIELDS, start=STARTS, steps=st.lists(STEPS, min_size=1, max_size=8))
def test_any_schedule_fires_as_cronsim_says_however_one_looks(
    app_context: Flask, fields: tuple[str, ...], start: datetime, steps: list[int]
) -> None:
    expression = " ".join(fields)
    runtime().core_jobs = {"core.test": CoreJob(lambda payload: None, expression)}
    with unit_of_work() as session:
        session.execute(sa.delete(JobRow))
        session.execute(sa.delete(Schedule))
    looks = [*accumulate(steps, lambda moment, step: moment + timedelta(seconds=step), initial=start)]
    for look in looks:
        with time_machine.travel(look, tick=False):
            queue_scheduled()
    assert [datetime.fromisoformat(slot) for slot in column(JobRow.slot)] == by_the_book(expression, looks)


@pytest.mark.parametrize("expression", ["every night", "61 * * * *", "* * * * * *", "0 0 30 2 *"])
def test_a_plugin_with_a_schedule_that_means_nothing_is_left_out_with_the_reason(expression: str) -> None:
    with pytest.raises(BadContribution, match="schedule"):
        check_content("fleet", {"register_jobs": (Job("wash", lambda payload: None, expression),)})


@on_sqlite
def test_how_far_a_schedule_got_outlives_the_row_of_its_job(daily: None) -> None:
    tick("2026-03-02 12:00")
    tick("2026-03-03 03:00")
    with unit_of_work() as session:
        session.execute(sa.delete(JobRow))
    tick("2026-03-03 03:01")
    assert fired() == []


@on_sqlite
def test_the_core_cleans_up_every_night(app: Flask, app_context: Flask) -> None:
    tick("2026-03-02 12:00")
    tick("2026-03-03 03:17")
    assert "core.housekeeping" in column(JobRow.kind)
