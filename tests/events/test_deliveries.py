"""From an event to the plugins that listen: at least once, in order, and never late."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from deskcore.clock import now
from deskcore.events.jobs import queue_job, queue_scheduled
from deskcore.events.models import Delivery, JobRow
from deskcore.extensions import db
from deskcore.hooks.specs import hookimpl
from deskcore.hooks.state import StateRow
from deskcore.runtime import runtime
from deskcore.tickets import deliveries, services
from deskcore.tickets.housekeeping import housekeeping
from deskcore.tickets.models import TicketEvent
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, current_viewer
from deskcore.work import acting_as
from deskcore.worker import Worker

Act = Callable[..., AbstractContextManager[Any]]


class Listener:
    """A plugin that writes down what it is told, and fails as often as it is asked to."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.failures = 0
        self.seen_as: Any = None

    def _hear(self, event: Any) -> None:
        if self.failures:
            self.failures -= 1
            raise ValueError("not now")
        self.seen_as = current_viewer()
        self.heard.append((event.kind, event.id))

    @hookimpl
    def ticket_opened(self, event: Any, ticket: Any) -> None:
        """Hear of a new ticket."""
        self._hear(event)

    @hookimpl
    def ticket_changed(self, event: Any, ticket: Any) -> None:
        """Hear of a change."""
        self._hear(event)

    @hookimpl
    def message_added(self, event: Any, ticket: Any) -> None:
        """Hear of a message."""
        self._hear(event)


@pytest.fixture
def listener(app_context: Flask) -> Listener:
    """Register a listening plugin beside the loaded ones."""
    plugins, heard = runtime().plugins, Listener()
    plugins.manager.register(heard, "listener")
    states = dict(plugins.states) | {"listener": StateRow("listener", True, "enabled")}
    from dataclasses import replace

    runtime().plugins = replace(plugins, states=states, loaded=plugins.loaded | {"listener"})
    return heard


@pytest.fixture
def number(act: Act, listener: Listener, person_named: Any) -> str:
    """Give the number of a ticket that was just opened."""
    anna = person_named("anna.kowalska").id
    with act("anna.kowalska"):
        return open_ticket(NewTicket("it", "incident", "It jams", "x", anna, "portal", {"service": "printer"}))


def work(app: Flask) -> None:
    """Let a worker do everything that is due."""
    Worker(app).run_once()


def pending() -> int:
    """Return how many events still wait for their deliveries."""
    with acting_as(SYSTEM) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(TicketEvent).where(TicketEvent.pending)) or 0


def states() -> list[str]:
    """Return the state of every delivery."""
    with acting_as(SYSTEM) as session:
        return list(session.scalars(sa.select(Delivery.state).order_by(Delivery.id)))


def test_a_subscriber_hears_of_each_event_once_and_in_order(
    app: Flask, act: Act, listener: Listener, number: str
) -> None:
    with act("marek.nowak", "workspace"):
        services.reply(number, "Hello")
        services.set_priority(number, "high")
    work(app)
    work(app)
    kinds = [kind for kind, _ in listener.heard]
    assert kinds == ["opened", "message_added", "status_changed", "priority_changed"]
    assert pending() == 0
    assert set(states()) == {"done"}


def test_a_handler_works_as_its_plugin_with_the_desks_it_was_given(app: Flask, listener: Listener, number: str) -> None:
    work(app)
    assert listener.seen_as.area == "plugin"
    assert listener.seen_as.plugin == "listener"
    assert dict(listener.seen_as.desk_roles) == {}


def test_a_failing_handler_is_tried_again_and_later_events_of_the_ticket_wait(
    app: Flask, act: Act, listener: Listener, number: str
) -> None:
    listener.failures = 1
    with act("marek.nowak", "workspace"):
        services.note(number, "x")
    work(app)
    assert listener.heard == []
    assert states() == ["waiting", "waiting"]
    with time_machine.travel(now() + timedelta(minutes=5)):
        work(app)
    assert [kind for kind, _ in listener.heard] == ["opened", "note_added"]


def test_another_ticket_does_not_wait_for_a_failing_one(
    app: Flask, act: Act, listener: Listener, number: str, person_named: Any
) -> None:
    listener.failures = 1
    anna = person_named("anna.kowalska").id
    with act("anna.kowalska"):
        other = open_ticket(NewTicket("it", "incident", "Other", "x", anna, "portal", {"service": "mail"}))
    work(app)
    assert [event_id for _, event_id in listener.heard] == [f"{other}/1"]


def test_after_eight_attempts_it_is_dead_with_its_reason_and_the_next_event_goes_on(
    app: Flask, act: Act, listener: Listener, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime().callers, "failed", lambda *_: None)
    listener.failures = 8
    with act("marek.nowak", "workspace"):
        services.note(number, "x")
    for day in range(9):
        with time_machine.travel(now() + timedelta(days=day)):
            work(app)
    assert states() == ["dead", "done"]
    with acting_as(SYSTEM) as session:
        assert "not now" in session.scalars(sa.select(Delivery.error).where(Delivery.state == "dead")).one()
    assert [kind for kind, _ in listener.heard] == ["note_added"]


def test_what_a_paused_plugin_has_not_heard_it_hears_later(app: Flask, listener: Listener, number: str) -> None:
    deliveries.fan_out()
    runtime().plugins.breaker.open("listener")
    work(app)
    assert (listener.heard, states()) == ([], ["waiting"])
    runtime().plugins.breaker.close("listener")
    with time_machine.travel(now() + timedelta(minutes=6)):
        work(app)
    assert [kind for kind, _ in listener.heard] == ["opened"]


def test_a_worker_that_lost_its_lease_changes_nothing(app_context: Flask, listener: Listener, number: str) -> None:
    deliveries.fan_out()
    first = deliveries._claim()
    assert first is not None
    assert deliveries._claim() is None
    with time_machine.travel(now() + deliveries.LEASE + timedelta(seconds=1)):
        second = deliveries._claim()
        assert second is not None
        deliveries._finish(first[0], first[1], {"state": "dead", "error": "late"})
        assert states() == ["waiting"]
        deliveries._finish(second[0], second[1], {"state": "done"})
        assert states() == ["done"]


def test_two_workers_never_deliver_the_same_event(app: Flask, act: Act, listener: Listener, number: str) -> None:
    with act("marek.nowak", "workspace"):
        for place in range(10):
            services.note(number, f"Note {place}")
    threads = [threading.Thread(target=work, args=(app,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work(app)
    assert len(listener.heard) == len(set(listener.heard)) == 11
    assert [event_id for _, event_id in listener.heard] == [f"{number}/{seq}" for seq in range(1, 12)]


def test_nothing_is_written_when_there_is_nothing_to_do(app: Flask, app_context: Flask, count_statements: Any) -> None:
    work(app)
    with count_statements() as seen:
        work(app)
    assert all(statement.startswith("SELECT") for statement in seen)


def test_a_scheduled_job_is_queued_once_however_many_workers_tick(app_context: Flask) -> None:
    before = now().replace(hour=2, minute=0)
    after = before + timedelta(hours=4)
    for _ in range(3):
        queue_scheduled(before, after)
    rows = db.session.scalars(sa.select(JobRow)).all()
    assert [row.kind for row in rows] == ["core.housekeeping"]


def test_a_queued_job_runs_and_is_done(app: Flask, app_context: Flask) -> None:
    queue_job("core.housekeeping")
    work(app)
    assert db.session.scalars(sa.select(JobRow.state)).all() == ["done"]


def test_a_job_of_an_absent_plugin_is_dead_with_the_reason(app: Flask, app_context: Flask) -> None:
    queue_job("gone.tidy")
    work(app)
    row = db.session.scalars(sa.select(JobRow)).one()
    assert (row.state, "plugin is off" in row.error) == ("dead", True)


def test_housekeeping_keeps_what_is_recent(app_context: Flask, listener: Listener, number: str) -> None:
    work(app_context)
    with acting_as(SYSTEM):
        housekeeping({})
    assert states() == ["done"]
    with time_machine.travel(now() + timedelta(days=8)), acting_as(SYSTEM):
        housekeeping({})
    assert states() == []
