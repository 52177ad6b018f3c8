"""How the background work stands: what waits and for how long, what is dead, who works, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.events.holding import held_since
from deskcore.events.jobs import is_job_of
from deskcore.events.leases import is_due
from deskcore.events.models import Delivery, JobRow
from deskcore.hooks import state
from deskcore.hooks.heartbeats import Beat, heartbeats
from deskcore.runtime import runtime
from deskcore.tickets.deliveries import CORE, is_next, is_readable
from deskcore.tickets.models import TicketEvent
from deskcore.tickets.services.held_replies import count_stuck_replies, next_reply_due
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

#: Work that could be done and is not, for so long, means that something is wrong.
LATE = timedelta(minutes=5)
#: A worker that has given no sign of life for so long is gone.
SILENT = timedelta(minutes=1)


@dataclass(frozen=True)
class Queue:
    """How the deliveries stand, or the jobs.

    :param waiting: not done yet, for whatever reason; ``due`` of them could be done now.
    :param oldest_due: since when the oldest of these could be done.
    :param retrying: those that have failed, and wait for their next attempt.
    :param held: in the hands of a worker; ``expired`` of those workers give no sign of life.
    """

    waiting: int
    due: int
    oldest_due: datetime | None
    retrying: int
    dead: int
    held: int
    expired: int


@dataclass(frozen=True)
class Resting:
    """Work that waits for a plugin which cannot do it now.

    :param state: of the plugin, such as ``quarantined``; ``unknown`` when it was never seen.
    :param wanted: whether the plugin is switched on, so that something is wrong.
    """

    plugin: str
    state: str
    wanted: bool
    count: int


@dataclass(frozen=True)
class WorkStatus:
    """How everything stands at one moment.

    :param oldest_reply: since when a reply that an agent has sent should have gone out.
    :param stuck_replies: replies that could not go out.
    :param pending: events that no subscriber was given yet, with the moment of the oldest.
    :param newer: those of them that a newer version wrote, and that wait for it.
    :param held_since: since when a restored installation tells nobody anything.
    :param workers: processes that may work, with their last sign of life.
    """

    at: datetime
    pending: int
    oldest_pending: datetime | None
    newer: int
    deliveries: Queue
    jobs: Queue
    resting: Sequence[Resting]
    workers: Sequence[Beat]
    held_since: datetime | None
    oldest_reply: datetime | None = None
    stuck_replies: int = 0

    def warnings(self) -> Iterator[str]:
        """Yield what is wrong, each in one sentence with what to do about it."""
        alive = [beat for beat in self.workers if beat.at > self.at - SILENT]
        waiting = (self.oldest_pending, self.deliveries.oldest_due, self.jobs.oldest_due, self.oldest_reply)
        oldest = min(filter(None, waiting), default=None)
        if self.held_since is not None:
            yield _("Nothing is delivered since a backup was restored; look at the data, then release it.")
        elif oldest is not None and not alive:
            yield _("Work waits, and no worker is alive; start “deskcore worker”, or set worker_threads.")
        elif oldest is not None and self.at - oldest > LATE:
            minutes = int((self.at - oldest).total_seconds() // 60)
            yield _("Work waits for %(minutes)s minutes already; start more workers.", minutes=minutes)
        dead = self.deliveries.dead + self.jobs.dead
        if dead:
            yield ngettext(
                "%(num)s delivery or job failed too often; retry or discard it.",
                "%(num)s deliveries or jobs failed too often; retry or discard them.",
                dead,
            )
        if self.stuck_replies:
            yield ngettext(
                "%(num)s reply could not be sent; the log says why, and its author can take it back.",
                "%(num)s replies could not be sent; the log says why, and their authors can take them back.",
                self.stuck_replies,
            )
        if self.newer:
            yield _("Events of a newer version of Deskcore wait; install that version again.")
        for rest in self.resting:
            if rest.wanted:
                yield _(
                    "Work waits for “%(plugin)s”, which does not work; correct or switch it off.", plugin=rest.plugin
                )


def work_status() -> WorkStatus:
    """Return how the background work stands; no plugin is needed for it."""
    with acting_as(SYSTEM) as session:
        resting = _resting(session)
        off = [one.plugin for one in resting]
        pending, oldest_pending, newer = _pending(session)
        return WorkStatus(
            at=now(),
            pending=pending,
            oldest_pending=oldest_pending,
            newer=newer,
            deliveries=_queue(session, Delivery, is_next(), Delivery.subscriber.not_in(off)),
            jobs=_queue(session, JobRow, *(~is_job_of(plugin) for plugin in off)),
            resting=resting,
            workers=_workers(session),
            held_since=held_since(session),
            oldest_reply=reply if (reply := next_reply_due()) and reply < now() else None,
            stuck_replies=count_stuck_replies(),
        )


def _queue(session: Session, model: type[Delivery | JobRow], *doable: ColumnElement[bool]) -> Queue:
    count, now_doable = sa.func.count, sa.and_(is_due(model), *doable)
    waiting, held = model.state == "waiting", model.lease.is_not(None)
    counted = select(
        count().filter(waiting).label("waiting"),
        count().filter(now_doable).label("due"),
        sa.func.min(model.due_at).filter(now_doable).label("oldest_due"),
        count().filter(waiting, model.attempts > 0, model.due_at > now()).label("retrying"),
        count().filter(model.state == "dead").label("dead"),
        count().filter(held).label("held"),
        count().filter(held, model.lease_until < now()).label("expired"),
    )
    return Queue(**session.execute(counted.where(model.state.in_(("waiting", "dead")))).one()._mapping)


def _pending(session: Session) -> tuple[int, datetime | None, int]:
    known, count = is_readable(), sa.func.count
    counted = select(count().filter(known), sa.func.min(TicketEvent.at).filter(known), count().filter(~known))
    pending, oldest, newer = session.execute(counted.where(TicketEvent.pending)).one()
    return pending, oldest, newer


def _resting(session: Session) -> list[Resting]:
    """Return what waits for plugins that do not work, by plugin."""
    counts: Counter[str] = Counter()
    for owner, model in ((Delivery.subscriber, Delivery), (JobRow.kind, JobRow)):
        counted = select(owner, sa.func.count()).where(model.state == "waiting").group_by(owner)
        for name, count in session.execute(counted):
            counts[name.partition(".")[0]] += count
    states = state.read_states(session)
    found = ((plugin, states.get(plugin), count) for plugin, count in sorted(counts.items()) if plugin != CORE)
    return [
        Resting(plugin, row.state if row else "unknown", bool(row and row.wanted), count)
        for plugin, row, count in found
        if row is None or row.state != "enabled"
    ]


def _workers(session: Session) -> list[Beat]:
    """Return the processes of the last day that work events and jobs off; serving ones do with threads for it."""
    serving_too = runtime().config.worker_threads > 0
    beats = heartbeats(session, now() - timedelta(days=1))
    return [beat for beat in beats if beat.kind == "work" or serving_too]
