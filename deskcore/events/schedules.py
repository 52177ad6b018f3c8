"""Scheduled jobs: queued by whichever worker looks first once their moment has come.

How far each schedule got is a row, so neither a restart nor a second worker repeats or forgets a moment. When several
moments have passed since the last look, because everything was down, the job is queued once, for the latest of them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from cronsim import CronSim
from sqlalchemy import select

from deskcore.clock import now
from deskcore.events.holding import held_since
from deskcore.events.jobs import queue_job
from deskcore.events.models import Schedule
from deskcore.extensions import insert_into
from deskcore.runtime import runtime
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

log = logging.getLogger("deskcore.events")

#: A moment that was missed is made up for if it is not older than this.
RECENT = timedelta(days=7)
#: A schedule that got further into the future than this was driven by a wrong clock, and begins anew.
_AHEAD = timedelta(days=1)


def queue_scheduled() -> None:
    """Queue every scheduled job whose moment has come and that nobody has queued for it.

    A schedule begins at the present when it is seen for the first time, and again after its plugin was off.
    """
    moment, zone = now(), runtime().config.zone
    with acting_as(SYSTEM) as session:
        if held_since(session) is not None:
            return  # what is missed until the release is made up for once
        reached = dict(session.execute(select(Schedule.kind, Schedule.last_at)).all())
        for kind in filter(_is_switched_off, reached):
            with unit_of_work():
                session.execute(sa.delete(Schedule).where(Schedule.kind == kind))
        for kind, expression in _schedules().items():
            last = reached.get(kind)
            if last is None or last > moment + _AHEAD:
                _begin(kind, moment)
            elif _following(expression, zone, last) <= moment:
                missed = list(moments(expression, zone, max(last, moment - RECENT), moment))
                _advance(kind, last, moment, missed)


def moments(expression: str, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the moments of a cron expression, in UTC.

    A fixed time that the change to summer time leaves out comes at the change, and one that the change back repeats
    comes the first time only; what comes every hour, or more often, goes by the time that passes.

    :param zone: in which the expression is meant.
    :param since: exclusive; ``until`` is inclusive.
    """
    for local in CronSim(expression, since.astimezone(zone)):
        moment = local.astimezone(UTC)
        if moment > until:
            return
        # From within an hour that is repeated, the first moment may be one of the time it was there before.
        if moment > since:
            since = moment
            yield moment


@lru_cache(maxsize=1000)
def _following(expression: str, zone: ZoneInfo, last: datetime) -> datetime:
    never = datetime.max.replace(tzinfo=UTC)
    return next(moments(expression, zone, last, never), never)


def _schedules() -> dict[str, str]:
    core = {kind: job.schedule for kind, job in runtime().core_jobs.items()}
    added = {f"{item.plugin}.{item.value.key}": item.value.schedule for item in runtime().plugins.jobs}
    return {kind: schedule for kind, schedule in (core | added).items() if schedule}


def _is_switched_off(kind: str) -> bool:
    state = runtime().plugins.states.get(kind.partition(".")[0])
    return state is not None and not state.wanted


def _begin(kind: str, moment: datetime) -> None:
    with unit_of_work() as session:
        row = insert_into(session, Schedule).values(kind=kind, last_at=moment)
        session.execute(row.on_conflict_do_update(index_elements=["kind"], set_={"last_at": moment}))


def _advance(kind: str, last: datetime, moment: datetime, missed: list[datetime]) -> None:
    """Queue the job for the latest moment, unless another process was faster."""
    latest = missed[-1] if missed else moment
    with unit_of_work() as session:
        mine = sa.update(Schedule).where(Schedule.kind == kind, Schedule.last_at == last)
        advanced = session.scalar(mine.values(last_at=latest).returning(Schedule.kind))
        if advanced and missed:
            queue_job(kind, slot=latest.isoformat())
    if advanced and len(missed) != 1:
        log.warning("%s was not done at %d of its moments; it is done now", kind, len(missed))
