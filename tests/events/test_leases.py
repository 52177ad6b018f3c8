"""Leases: kept while a worker lives, lost when it is stopped, and nothing is written without one."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from deskcore.clock import now
from deskcore.events import leases
from deskcore.events.jobs import queue_job, run_next
from deskcore.events.models import Delivery, JobRow
from deskcore.extensions import db
from deskcore.people.services import create_person, find_person
from deskcore.runtime import CoreJob, runtime
from deskcore.work import unit_of_work
from deskcore.worker import Worker

from .conftest import Listener, column, later, set_all, states, work

PATIENCE = 30.0


def job(run: Any) -> None:
    """Let the core have a job, and queue it."""
    runtime().core_jobs = dict(runtime().core_jobs) | {"core.test": CoreJob(lambda payload: run(), schedule="")}
    queue_job("core.test")


def take_over(app: Flask) -> None:
    """Let another worker do what is claimed, as if its lease had run out."""
    set_all(JobRow, lease_until=now() - timedelta(seconds=1))
    with later(seconds=1):
        done = Thread(target=Worker(app).run_once)
        done.start()
        done.join(PATIENCE)


@given(st.integers(1, 200))
def test_the_pauses_double_up_to_the_limit_and_are_never_all_the_same(attempts: int) -> None:
    doubled = min(10 * 2 ** (attempts - 1), 3 * 3600)
    pause = leases.pause_after(attempts).total_seconds()
    assert 0.75 * doubled <= pause <= 1.25 * doubled


def test_the_pauses_of_two_pieces_of_work_differ() -> None:
    assert len({leases.pause_after(3) for _ in range(20)}) > 1


def test_all_attempts_together_take_about_a_day() -> None:
    total = sum((leases.pause_after(attempt) for attempt in range(1, leases.MAX_ATTEMPTS)), timedelta())
    assert timedelta(hours=16) < total < timedelta(hours=30)


def test_what_was_taken_over_can_no_longer_write_and_has_one_effect(app: Flask, app_context: Flask) -> None:
    begun: list[str] = []

    def run() -> None:
        begun.append("")
        if len(begun) == 1:
            take_over(app)
            create_person("late@meridian.example", "Late", None)
        create_person("once@meridian.example", "Once", None)

    job(run)
    assert run_next()
    assert len(begun) == 2
    assert find_person("once@meridian.example") is not None
    assert find_person("late@meridian.example") is None
    assert column(JobRow.state) == ["done"]
    assert column(JobRow.attempts) == [2]


def test_a_failure_after_the_lease_was_lost_changes_nothing(app: Flask, app_context: Flask) -> None:
    begun: list[str] = []

    def run() -> None:
        begun.append("")
        if len(begun) == 1:
            take_over(app)
            raise ValueError("too late")

    job(run)
    assert run_next()
    assert (column(JobRow.state), column(JobRow.error)) == (["done"], [""])


def test_a_handler_that_catches_everything_is_refused_at_each_write(
    app: Flask, listener: Listener, number: str
) -> None:
    refused: list[str] = []

    def meanwhile(event: Any) -> None:
        set_all(Delivery, lease="somebody else")
        for _ in range(2):
            try:
                create_person("late@meridian.example", "Late", None)
            except leases.LeaseLost:
                refused.append(event.kind)

    listener.meanwhile = meanwhile
    work(app)
    assert refused == ["opened", "opened"]
    assert find_person("late@meridian.example") is None
    assert states() == ["waiting"]


def test_a_write_renews_the_lease(app_context: Flask) -> None:
    left: list[timedelta] = []

    def run() -> None:
        set_all(JobRow, lease_until=now() + timedelta(seconds=1))
        create_person("slow@meridian.example", "Slow", None)
        left.append(column(JobRow.lease_until)[0] - now())

    job(run)
    run_next()
    assert left[0] > timedelta(seconds=30)


def test_a_slow_piece_of_work_keeps_its_lease_without_writing(
    app: Flask, app_context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "BEAT", 0.01)
    renewed = Event()

    def watch(before: Any) -> None:
        with app.app_context():
            while not renewed.is_set():
                if column(JobRow.lease_until)[0] > before:
                    renewed.set()

    def run() -> None:
        watching = Thread(target=watch, args=(column(JobRow.lease_until)[0],))
        watching.start()
        assert renewed.wait(PATIENCE)
        watching.join(PATIENCE)

    job(run)
    run_next()
    assert (column(JobRow.state), column(JobRow.error)) == (["done"], [""])


def test_a_piece_of_work_that_hangs_is_not_kept_for_ever(app_context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT", 0.0)
    monkeypatch.setattr(leases, "LONGEST", timedelta(0))
    job(lambda: None)
    row = leases.claim(leases.due(JobRow))
    assert row is not None
    over = Event()
    keeping = Thread(target=leases._keep, args=(db.engine, row, over))
    keeping.start()
    keeping.join(PATIENCE)
    ended = not keeping.is_alive()
    over.set()
    assert ended


def test_what_a_stopping_process_gives_back_is_done_by_another_and_no_longer_by_it(
    app: Flask, app_context: Flask
) -> None:
    begun: list[str] = []

    def run() -> None:
        begun.append("")
        if len(begun) == 1:
            leases.give_back_all()
            assert column(JobRow.lease) == [None]
            assert column(JobRow.attempts) == [0]
            create_person("late@meridian.example", "Late", None)

    job(run)
    run_next()
    assert column(JobRow.state) == ["waiting"]
    assert run_next()
    assert column(JobRow.state) == ["done"]
    assert find_person("late@meridian.example") is None
    assert not runtime().claimed


def test_outside_of_claimed_work_nothing_is_fenced(app_context: Flask, count_statements: Any) -> None:
    with count_statements() as seen, unit_of_work():
        pass
    assert seen == []


def test_nothing_is_claimed_while_a_restored_installation_is_held(app: Flask, listener: Listener, number: str) -> None:
    from deskcore.events.holding import hold, release

    with unit_of_work() as session:
        hold(session)
    work(app)
    assert (listener.heard, states()) == ([], ["waiting"])
    with unit_of_work() as session:
        release(session)
    work(app)
    assert listener.kinds == ["opened"]


def test_a_lease_that_ran_out_and_that_nobody_took_is_still_good(app_context: Flask) -> None:
    def run() -> None:
        set_all(JobRow, lease_until=now() - timedelta(hours=1))
        create_person("slow@meridian.example", "Slow", None)

    job(run)
    run_next()
    assert find_person("slow@meridian.example") is not None
    assert column(JobRow.state) == ["done"]
