"""Background jobs: queued once per slot, done by one worker, resting while their plugin is off."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from deskcore.events.jobs import queue_job
from deskcore.events.models import JobRow
from deskcore.hooks.installation_parts import Job
from deskcore.runtime import CoreJob, runtime
from deskcore.tickets import deliveries
from deskcore.viewer import current_viewer

from .conftest import Listener, Open, add_job, column, later, on_sqlite, set_state, work

pytestmark = on_sqlite


def test_a_queued_job_runs_and_is_done(app: Flask, app_context: Flask) -> None:
    queue_job("core.housekeeping")
    work(app)
    assert column(JobRow.state) == ["done"]


def test_the_same_slot_is_queued_once(app_context: Flask) -> None:
    for _ in range(3):
        queue_job("core.housekeeping", slot="today")
    assert column(JobRow.slot) == ["today"]


def test_a_job_works_as_its_plugin_with_what_it_was_queued_with(app: Flask, listener: Listener) -> None:
    seen: list[Any] = []
    add_job("listener", Job("report", lambda payload: seen.append((current_viewer().plugin, dict(payload)))))
    queue_job("listener.report", {"month": 5})
    work(app)
    assert seen == [("listener", {"month": 5})]


def test_a_job_that_fails_is_tried_again(app: Flask, app_context: Flask) -> None:
    seen: list[Any] = []

    def run(payload: Any) -> None:
        seen.append(payload)
        if len(seen) == 1:
            raise SystemExit("even this ends the job alone")

    runtime().core_jobs = {"core.test": CoreJob(run, "")}
    queue_job("core.test")
    work(app)
    assert (column(JobRow.state), len(seen)) == (["waiting"], 1)
    assert "even this" in column(JobRow.error)[0]
    with later(minutes=1):
        work(app)
    assert (column(JobRow.state), column(JobRow.error), len(seen)) == (["done"], [""], 2)


@pytest.mark.parametrize("state", ["disabled", "quarantined", "missing", "blocked"])
def test_a_job_rests_while_its_plugin_does_not_work(app: Flask, listener: Listener, state: str) -> None:
    seen: list[Any] = []
    add_job("listener", Job("report", seen.append))
    set_state("listener", state)
    queue_job("listener.report")
    work(app)
    assert (column(JobRow.state), column(JobRow.attempts), seen) == (["waiting"], [0], [])
    set_state("listener", "enabled")
    work(app)
    assert (column(JobRow.state), len(seen)) == (["done"], 1)


def test_a_job_that_its_plugin_no_longer_has_is_tried_again_until_it_is_dead(app: Flask, listener: Listener) -> None:
    queue_job("listener.gone")
    work(app)
    assert column(JobRow.error) == ["LookupError: there is no job listener.gone any more"]


def test_the_underscore_in_a_plugins_name_stands_for_itself(app: Flask, app_context: Flask) -> None:
    assert "it_desk" in runtime().plugins.loaded
    queue_job("itxdesk.report")
    work(app)
    assert column(JobRow.attempts) == [0]


def test_neither_deliveries_nor_jobs_wait_until_the_others_are_all_done(
    app: Flask, listener: Listener, number: str, opened: Open
) -> None:
    order: list[str] = []
    opened()
    listener.meanwhile = lambda event: order.append("delivery")
    runtime().core_jobs = {"core.test": CoreJob(lambda payload: order.append("job"), "")}
    for _ in range(2):
        queue_job("core.test")
    deliveries.subscribe()
    deliveries.fan_out()
    work(app)
    assert order == ["delivery", "job", "delivery", "job"]
