"""How the background work stands, and when it is worth a warning."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask

from deskcore.events.holding import hold
from deskcore.events.jobs import queue_job
from deskcore.events.models import Delivery
from deskcore.extensions import db
from deskcore.hooks.heartbeats import beat
from deskcore.runtime import runtime
from deskcore.tickets import deliveries
from deskcore.tickets.work_status import work_status
from deskcore.work import unit_of_work

from .conftest import Listener, Open, bury, column, later, set_state, work


def warnings() -> str:
    return " ".join(work_status().warnings())


def alive() -> None:
    with unit_of_work() as session:
        beat(session, "host:1", "work", 0)


def test_a_quiet_installation_has_nothing_to_say(app: Flask, listener: Listener, number: str) -> None:
    work(app)
    status = work_status()
    assert (status.pending, status.deliveries.waiting, status.jobs.waiting) == (0, 0, 0)
    assert warnings() == ""


def test_it_counts_what_waits_and_since_when(app: Flask, listener: Listener, number: str, opened: Open) -> None:
    status = work_status()
    assert (status.pending, status.deliveries.waiting) == (1, 0)
    assert status.oldest_pending is not None
    deliveries.subscribe()
    deliveries.fan_out()
    status = work_status()
    assert (status.pending, status.oldest_pending) == (0, None)
    assert (status.deliveries.waiting, status.deliveries.due) == (1, 1)
    assert status.deliveries.oldest_due == column(Delivery.due_at)[0]


def test_it_counts_leases_retries_and_deaths(app: Flask, listener: Listener, number: str, opened: Open) -> None:
    deliveries.subscribe()
    deliveries.fan_out()
    deliveries._claim()
    assert (work_status().deliveries.held, work_status().deliveries.due) == (1, 0)
    with later(minutes=2):
        assert (work_status().deliveries.expired, work_status().deliveries.due) == (1, 1)
    opened()
    listener.failures = 1
    work(app)
    assert work_status().deliveries.retrying == 1
    opened()
    bury(app, listener)
    assert work_status().deliveries.dead >= 1


def test_what_waits_behind_a_failing_one_is_not_due(app: Flask, listener: Listener, number: str, note: object) -> None:
    note(number)  # type: ignore[operator]
    listener.failures = 1
    work(app)
    status = work_status()
    assert (status.deliveries.waiting, status.deliveries.due, status.deliveries.retrying) == (2, 0, 1)


def test_work_that_nobody_does_is_worth_a_warning(app_context: Flask, listener: Listener, number: str) -> None:
    assert "no worker is alive" in warnings()
    with later(minutes=6):
        alive()
        assert "Work waits for 6 minutes already" in warnings()
    alive()
    assert warnings() == ""


def test_a_serving_process_counts_as_a_worker_only_if_it_has_threads_for_it(
    app_context: Flask, listener: Listener, number: str
) -> None:
    with unit_of_work() as session:
        beat(session, "host:1", "serve", 0)
    assert "no worker is alive" in warnings()
    runtime().config = replace(runtime().config, worker_threads=1)
    assert warnings() == ""


def test_dead_letters_are_worth_a_warning(app: Flask, listener: Listener, number: str) -> None:
    bury(app, listener)
    assert warnings() == "1 delivery or job failed too often; retry or discard it."


def test_what_waits_for_a_plugin_that_should_work_is_worth_a_warning_and_nothing_else_is_said_of_it(
    app: Flask, listener: Listener, number: str
) -> None:
    deliveries.subscribe()
    deliveries.fan_out()
    queue_job("listener.report")
    set_state("listener", "missing")
    [rest] = work_status().resting
    assert (rest.plugin, rest.state, rest.count) == ("listener", "missing", 2)
    assert (work_status().deliveries.due, work_status().jobs.due) == (0, 0)
    assert "Work waits for “listener”, which does not work" in warnings()
    set_state("listener", "disabled", wanted=False)
    assert warnings() == ""
    assert work_status().resting[0].state == "disabled"


def test_a_restored_installation_that_is_held_is_worth_a_warning(app_context: Flask) -> None:
    with unit_of_work() as session:
        hold(session)
    db.session.rollback()
    assert "since a backup was restored" in warnings()
