"""Background jobs: rows that are queued by hand or by a schedule, and claimed by one worker at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from deskcore.clock import now
from deskcore.desks.services import plugin_viewer
from deskcore.events import leases
from deskcore.events.models import JobRow
from deskcore.extensions import insert_into
from deskcore.runtime import runtime
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, after_commit, unit_of_work


def queue_job(
    kind: str,
    payload: Mapping[str, Any] | None = None,
    slot: str | None = None,
    delay: timedelta = timedelta(),
) -> None:
    """Queue a job in the surrounding or an own unit of work.

    :param kind: ``<plugin>.<job>``.
    :param slot: a name under which the same job is queued only once, as long as its row is kept.
    :param delay: before which it is not done.
    """
    with unit_of_work() as session:
        due_at = now() + delay
        row = insert_into(session, JobRow).values(kind=kind, payload=dict(payload or {}), slot=slot, due_at=due_at)
        session.execute(row.on_conflict_do_nothing())
        after_commit(runtime().wake.set)


def do_later(job: str, payload: Mapping[str, Any] | None = None, *, at: datetime | None = None, once: str = "") -> None:
    """Queue a job of a plugin in the surrounding or an own unit of work.

    :param job: key of a job that an active plugin adds.
    :param at: before which it is not done; left out, it is done as soon as a worker is free.
    :param once: a name under which it is queued only once, as long as its row is kept.
    :raises LookupError: when no active plugin adds such a job.
    """
    kind = next((f"{item.plugin}.{job}" for item in runtime().plugins.jobs if item.value.key == job), None)
    if kind is None:
        raise LookupError(f"no active plugin adds a job {job}")
    queue_job(kind, payload, once or None, max(at - now(), timedelta()) if at else timedelta())


def run_next() -> bool:
    """Claim one job, run it and record what became of it; return whether there was one.

    The jobs of a plugin that is off, paused or gone rest until it is back.
    """
    plugins = runtime().plugins
    row = leases.claim(_due(("core", *(name for name in sorted(plugins.loaded) if plugins.active(name)))))
    if row is None:
        return False
    plugin = row.kind.partition(".")[0]
    error = leases.attempt(row, partial(_run, row, plugin))
    if error is not None and plugin != "core":
        runtime().callers.failed(plugin, row.kind, error)
    return True


def is_job_of(plugin: str) -> ColumnElement[bool]:
    """Return the condition on :class:`JobRow` that the job is one of the plugin's."""
    return JobRow.kind.startswith(f"{plugin}.", autoescape=True)


@lru_cache(maxsize=100)
def _due(plugins: tuple[str, ...]) -> sa.Select[JobRow]:
    return leases.due(JobRow, sa.or_(*(is_job_of(plugin) for plugin in plugins)))


def _run(row: JobRow, plugin: str) -> bool:
    function = _functions().get(row.kind)
    if function is None:
        raise LookupError(f"there is no job {row.kind} any more")
    if plugin == "core":
        with acting_as(SYSTEM):
            function(row.payload)
        return True
    callers, budget = runtime().callers, runtime().plugins.breaker.limits.job
    with acting_as(plugin_viewer(plugin)), callers.watching(plugin, row.kind, budget):
        function(deepcopy(row.payload))
    return True


def _functions() -> dict[str, Callable[[Mapping[str, Any]], None]]:
    core = {kind: job.run for kind, job in runtime().core_jobs.items()}
    return core | {f"{item.plugin}.{item.value.key}": item.value.run for item in runtime().plugins.jobs}
