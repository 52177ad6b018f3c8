"""Background jobs: rows that are queued by hand or by a schedule, and claimed by one worker at a time."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cronsim import CronSim
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from deskcore.clock import now
from deskcore.desks.services import plugin_viewer
from deskcore.events.models import JobRow
from deskcore.hooks.errors import describe
from deskcore.runtime import runtime
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, after_commit, unit_of_work

log = logging.getLogger("deskcore.events")

LEASE = timedelta(minutes=10)
MAX_ATTEMPTS = 5


def queue_job(kind: str, payload: Mapping[str, Any] | None = None, slot: str | None = None) -> None:
    """Queue a job in the surrounding or an own unit of work.

    :param kind: ``<plugin>.<job>``.
    :param slot: a name under which the same job is queued only once, ever.
    """
    with unit_of_work() as session:
        insert = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
        row = insert(JobRow).values(kind=kind, payload=dict(payload or {}), slot=slot, due_at=now())
        session.execute(row.on_conflict_do_nothing(index_elements=["kind", "slot"]))
        after_commit(runtime().wake.set)


def queue_scheduled(since: datetime, until: datetime) -> None:
    """Queue every scheduled job whose moment lies between two ticks of a worker; only one process succeeds.

    :param since: the tick before, exclusive; ``until`` is this one, inclusive. Both in UTC.
    """
    zone = runtime().config.zone
    for kind, schedule in _schedules().items():
        moment = next(CronSim(schedule, since.astimezone(zone)))
        if moment <= until.astimezone(zone):
            queue_job(kind, slot=moment.astimezone(until.tzinfo).isoformat())


def _schedules() -> dict[str, str]:
    scheduled = {f"{item.plugin}.{item.value.key}": item.value.schedule for item in runtime().plugins.jobs}
    core = {kind: job.schedule for kind, job in runtime().core_jobs.items()}
    return {kind: schedule for kind, schedule in (core | scheduled).items() if schedule}


def run_next() -> bool:
    """Claim one job, run it and record what became of it; return whether there was one."""
    claimed = _claim()
    if claimed is None:
        return False
    job_id, lease, kind, payload, attempts = claimed
    plugin = kind.partition(".")[0]
    run = _function(kind)
    if run is None:
        _finish(job_id, lease, {"state": "dead", "error": "Its plugin is off or no longer has such a job."})
        return True
    try:
        with acting_as(_viewer(plugin)):
            run(payload)
    except BaseException as error:
        if plugin != "core":
            runtime().callers.failed(plugin, kind, error)
        log.warning("job %s failed: %s", kind, describe(error))
        _retry(job_id, lease, attempts, error)
    else:
        _finish(job_id, lease, {"state": "done", "error": ""})
    return True


def _due(moment: datetime) -> sa.Select[Any]:
    free = sa.or_(JobRow.lease_until.is_(None), JobRow.lease_until < moment)
    wanted = select(JobRow).where(JobRow.state == "waiting", JobRow.due_at <= moment, free)
    return wanted.order_by(JobRow.due_at, JobRow.id).limit(1)


def _claim() -> tuple[int, str, str, dict[str, Any], int] | None:
    moment = now()
    with acting_as(SYSTEM) as session:
        if session.scalar(_due(moment)) is None:
            return None
        with unit_of_work():
            row = session.scalar(_due(moment).with_for_update(skip_locked=True))
            if row is None:
                return None
            row.lease, row.lease_until, row.attempts = secrets.token_hex(16), moment + LEASE, row.attempts + 1
            return row.id, row.lease, row.kind, row.payload, row.attempts


def _function(kind: str) -> Callable[[Mapping[str, Any]], None] | None:
    if kind in runtime().core_jobs:
        return runtime().core_jobs[kind].run
    for item in runtime().plugins.jobs:
        if f"{item.plugin}.{item.value.key}" == kind:
            return item.value.run
    return None


def _viewer(plugin: str) -> Viewer:
    return SYSTEM if plugin == "core" else plugin_viewer(plugin)


def _retry(job_id: int, lease: str, attempts: int, error: BaseException) -> None:
    said = describe(error)[:2000]
    if attempts >= MAX_ATTEMPTS:
        _finish(job_id, lease, {"state": "dead", "error": said})
    else:
        _finish(job_id, lease, {"due_at": now() + timedelta(minutes=2**attempts), "error": said})


def _finish(job_id: int, lease: str, values: dict[str, Any]) -> None:
    with acting_as(SYSTEM) as session, unit_of_work():
        mine = sa.update(JobRow).where(JobRow.id == job_id, JobRow.lease == lease)
        session.execute(mine.values(lease=None, lease_until=None, **values))
