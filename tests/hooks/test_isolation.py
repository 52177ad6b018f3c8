"""What a plugin may do to the database: read where it is asked, and never keep the write lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from threading import Event, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable

from deskcore.extensions import db
from deskcore.hooks.breaker import Breaker, HookLimits
from deskcore.hooks.callers import Callers
from deskcore.hooks.deadlines import Call, DeadlinePool
from deskcore.hooks.errors import Overrun
from deskcore.hooks.failures import read_failures
from deskcore.hooks.flights import Flight, Flights
from deskcore.hooks.health import Health
from deskcore.hooks.registry import Registry
from deskcore.hooks.state import StateRow
from deskcore.lent import Lent, lent_here
from deskcore.runtime import runtime
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

WRITE = sa.text("UPDATE plugin_state SET trace = 'written'")
READ = sa.text("SELECT trace FROM plugin_state")


@pytest.fixture
def callers(app_context: Flask) -> Iterator[Callers]:
    """Callers of one plugin that is on, in an application with a database; its transactions may last a moment."""
    registry = Registry(
        states={"a": StateRow("a", True, "enabled")},
        loaded=frozenset({"a"}),
        breaker=Breaker(HookLimits(deadline=0.5, failures=100)),
    )
    found = Callers(lambda: registry, db.engine)
    with acting_as(SYSTEM):
        yield found


def written() -> bool:
    with db.engine.connect() as connection:
        return "written" in connection.scalars(READ).all()


def failures() -> list[str]:
    with db.engine.connect() as connection:
        return [row["error"] for row in read_failures(connection, "a")]


def write() -> str:
    with unit_of_work() as session:
        session.execute(WRITE)
    return "done"


def test_what_only_asks_may_read(callers: Callers) -> None:
    asked = callers.ask("a", "panel x", lambda: len(db.session.scalars(READ).all()), 5.0)
    assert asked.error is None
    assert asked.value == len(runtime().plugins.states)


def test_what_only_asks_cannot_write_and_others_can_afterwards(callers: Callers) -> None:
    assert callers.ask("a", "panel x", write, 5.0).error is not None
    assert not written()
    assert "readonly" in failures()[0].replace("read-only", "readonly")
    write()
    assert written()


def test_an_action_may_write(callers: Callers) -> None:
    assert callers.ask("a", "action x", write, 5.0, reading=False).value == "done"
    assert written()


def test_what_is_left_open_is_undone_and_locks_nothing(callers: Callers) -> None:
    kept: list[Any] = []

    def leave_open() -> None:
        kept.append(unit_of_work())
        kept[0].__enter__().execute(WRITE)

    assert callers.ask("a", "action x", leave_open, 5.0, reading=False).error is None
    assert not written()
    write()


def test_an_action_that_is_cut_off_lets_go_of_the_lock(callers: Callers) -> None:
    gate = Event()

    def hang() -> None:
        with unit_of_work() as session:
            session.execute(WRITE)
            gate.wait(30)

    asked = callers.ask("a", "action x", hang, 0.3, reading=False)
    assert isinstance(asked.error, Overrun)
    assert not written()
    write()
    gate.set()


def test_what_took_too_long_can_begin_nothing_more(callers: Callers) -> None:
    gate, refused = Event(), Event()

    def late() -> None:
        gate.wait(30)
        try:
            write()
        except RuntimeError:
            refused.set()

    callers.ask("a", "action x", late, 0.3, reading=False)
    gate.set()
    assert refused.wait(30)
    assert not written()


def test_a_lock_is_lost_also_while_another_failure_waits_to_be_recorded(app_context: Flask) -> None:
    recording, gate, lent = Event(), Event(), Lent()

    def record(flight: Flight, seconds: float) -> None:
        recording.set()
        gate.wait(30)

    flights, somebody = Flights(Health(), 0.1, record), Thread(target=write_elsewhere, args=(app_context,))

    def keep_the_lock() -> None:
        with flights.under_way("a", "job x", lent), acting_as(SYSTEM), unit_of_work() as session:
            session.execute(WRITE)
            somebody.start()
            somebody.join(20)

    token = lent_here.set(lent)
    try:
        with flights.under_way("slow", "page x", Lent(), 0.01):
            assert recording.wait(30)
            with pytest.raises(SQLAlchemyError):
                keep_the_lock()
    finally:
        gate.set()
        lent_here.reset(token)
    assert lent.was_cut


def test_a_plugin_leaves_threads_for_the_pages_of_others(callers: Callers) -> None:
    with ExitStack() as open_requests:
        for _ in range(4):
            open_requests.enter_context(callers.answering("a", "page x"))
        with pytest.raises(ServiceUnavailable):
            open_requests.enter_context(callers.answering("a", "page x"))
        with callers.answering("b", "page x"):
            pass
    with callers.answering("a", "page x"):
        pass


@pytest.mark.parametrize("statement", [None, READ])
def test_what_nothing_can_cut_off_loses_the_lock_and_says_so(
    app: Flask, callers: Callers, statement: sa.TextClause | None
) -> None:
    somebody = Thread(target=write_elsewhere, args=(app,))

    def keep_the_lock() -> None:
        with callers.watching("a", "job x"), unit_of_work() as session:
            session.execute(WRITE)
            somebody.start()
            somebody.join(30)  # it ends as soon as the lock is gone
            if statement is not None:
                session.execute(statement)

    with pytest.raises(Overrun, match="kept the write lock"):
        keep_the_lock()
    assert not somebody.is_alive()
    assert not written()


def write_elsewhere(app: Flask) -> None:
    """Write to the same rows as somebody else."""
    with app.app_context(), db.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(sa.text("UPDATE plugin_state SET version = 'x'"))


def test_a_plugin_whose_calls_last_holds_up_no_other() -> None:
    pool, gate = DeadlinePool(2), Event()
    calls = [Call("slow", lambda: gate.wait(30)) for _ in range(2)] + [Call("quick", lambda: "done")]
    pool.run(calls, 0.3)
    gate.set()
    assert calls[2].value == "done"


def test_a_page_that_takes_too_long_is_recorded_with_its_time_while_it_still_runs(callers: Callers) -> None:
    with callers.watching("a", "page x", budget=0.01):
        gate = Event()
        while not failures():
            gate.wait(0.02)
    assert len(failures()) == 1
    assert failures()[0].startswith("Overrun: has been at it for 0.")
