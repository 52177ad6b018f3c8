"""Dead letters: deliveries and jobs that failed too often, and now wait for an administrator.

What an administrator is shown holds no text of a ticket, and of a ticket of a confidential desk not even its number.
No plugin is needed to read, retry or discard them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, Literal

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from deskcore import audit
from deskcore.clock import now
from deskcore.desks.models import DeskRow
from deskcore.errors import NotFound, Problem, Refused
from deskcore.events.jobs import is_job_of
from deskcore.events.models import Claimed, Delivery, JobRow
from deskcore.runtime import runtime
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, after_commit, unit_of_work

#: Characters that the reason of a discard may have.
MAX_REASON = 500
_MODELS: tuple[type[Delivery], type[JobRow]] = (Delivery, JobRow)
_OVER = {"key": None, "lease": None, "lease_until": None}
_UNTRACKED = {"synchronize_session": False}


@dataclass(frozen=True)
class DeadLetter:
    """A delivery or a job that is dead, as far as an administrator may know it.

    :param key: its name in addresses and commands.
    :param plugin: who was to be told, or whose job it is; ``core`` for the helpdesk itself.
    :param kind: of the event, or the job's own name.
    :param ticket: number; empty for a job, and for a ticket of a confidential desk.
    :param since: when it died.
    :param overtaken: whether later events of the ticket were delivered since.
    """

    key: str
    what: Literal["delivery", "job"]
    plugin: str
    kind: str
    ticket: str
    attempts: int
    since: datetime
    error: str
    trace: str
    overtaken: bool = False


def dead_letters(plugin: str = "", limit: int = 100) -> list[DeadLetter]:
    """Return the dead letters that are dead for longest, first.

    :param plugin: of this one only.
    :param limit: how many at most.
    """
    with acting_as(SYSTEM) as session:
        sources = (_deliveries(session, plugin, limit), _jobs(session, plugin, limit))
        return list(islice(merge(*sources, key=lambda letter: letter.since), limit))


def dead_by_plugin() -> dict[str, int]:
    """Return how many dead letters there are, by plugin."""
    counts: dict[str, int] = {}
    with acting_as(SYSTEM) as session:
        for model in _MODELS:
            owner = _owner(model)
            counted = select(owner, sa.func.count()).where(model.state == "dead").group_by(owner)
            for name, count in session.execute(counted):
                plugin = name.partition(".")[0]
                counts[plugin] = counts.get(plugin, 0) + count
    return dict(sorted(counts.items()))


def retry(key: str) -> DeadLetter:
    """Try a dead letter again from the beginning.

    :raises NotFound: when there is none of this key, or somebody else was faster.
    """
    letter = find_dead_letter(key)
    with unit_of_work() as session:
        _change(session, letter, _retried())
        audit.record(session, "work.retried", _subject(letter.plugin), after=_about(letter))
        after_commit(runtime().wake.set)
    return letter


def retry_all(plugin: str) -> int:
    """Try all dead letters of a plugin again; return how many there were."""
    with unit_of_work() as session:
        count = _change_all(session, plugin, _retried())
        if count:
            audit.record(session, "work.retried", _subject(plugin), after={"count": count})
        after_commit(runtime().wake.set)
    return count


def discard(key: str, reason: str) -> DeadLetter:
    """Never do what a dead letter was about.

    :param reason: why, for whoever asks later; it goes into the audit log.
    :raises NotFound: when there is none of this key, or somebody else was faster.
    :raises Refused: without a reason.
    """
    letter, reason = find_dead_letter(key), _checked(reason)
    with unit_of_work() as session:
        _change(session, letter, _discarded(reason))
        after = _about(letter) | {"reason": reason}
        audit.record(session, "work.discarded", _subject(letter.plugin), after=after)
    return letter


def discard_all(plugin: str, reason: str) -> int:
    """Discard all dead letters of a plugin; return how many there were.

    :raises Refused: without a reason.
    """
    reason = _checked(reason)
    with unit_of_work() as session:
        count = _change_all(session, plugin, _discarded(reason))
        if count:
            after = {"count": count, "reason": reason}
            audit.record(session, "work.discarded", _subject(plugin), after=after)
    return count


def find_dead_letter(key: str) -> DeadLetter:
    """Return the dead letter of this key.

    :raises NotFound: when there is none.
    """
    with acting_as(SYSTEM) as session:
        for letter in (*_deliveries(session, key=key), *_jobs(session, key=key)):
            return letter
    raise NotFound(_("There is no such delivery or job any more: it was tried again or discarded."))


def _deliveries(session: Session, plugin: str = "", limit: int = 1, key: str = "") -> Iterator[DeadLetter]:
    wanted = select(Delivery, TicketEvent.kind, Ticket.number, DeskRow.confidential)
    wanted = wanted.join(TicketEvent, TicketEvent.id == Delivery.event_id)
    wanted = wanted.join(Ticket, Ticket.id == Delivery.ticket_id).join(DeskRow, DeskRow.id == Ticket.desk_id)
    wanted = wanted.where(*_chosen(Delivery, plugin, key)).order_by(Delivery.due_at, Delivery.id).limit(limit)
    for row, kind, number, confidential in session.execute(wanted):
        ticket = "" if confidential else number
        yield DeadLetter(
            what="delivery", plugin=row.subscriber, kind=kind, ticket=ticket, overtaken=row.overtaken, **_common(row)
        )


def _jobs(session: Session, plugin: str = "", limit: int = 1, key: str = "") -> Iterator[DeadLetter]:
    wanted = select(JobRow).where(*_chosen(JobRow, plugin, key)).order_by(JobRow.due_at, JobRow.id).limit(limit)
    for row in session.scalars(wanted):
        owner, _dot, job = row.kind.partition(".")
        yield DeadLetter(what="job", plugin=owner, kind=job, ticket="", **_common(row))


def _common(row: Claimed) -> dict[str, Any]:
    said = {"error": row.error, "trace": row.trace}
    return said | {"key": row.key or "", "attempts": row.attempts, "since": row.due_at}


def _chosen(model: type[Delivery | JobRow], plugin: str, key: str) -> Iterator[ColumnElement[bool]]:
    yield model.state == "dead"
    if key:
        yield model.key == key
    if plugin:
        yield _belongs(model, plugin)


def _owner(model: type[Delivery | JobRow]) -> Any:
    return Delivery.subscriber if model is Delivery else JobRow.kind


def _belongs(model: type[Delivery | JobRow], plugin: str) -> ColumnElement[bool]:
    return Delivery.subscriber == plugin if model is Delivery else is_job_of(plugin)


def _change(session: Session, letter: DeadLetter, values: Mapping[str, Any]) -> None:
    model = Delivery if letter.what == "delivery" else JobRow
    changed = sa.update(model).where(model.state == "dead", model.key == letter.key).values(values)
    if session.scalar(changed.returning(model.id), execution_options=_UNTRACKED) is None:
        raise NotFound(_("There is no such delivery or job any more: it was tried again or discarded."))


def _change_all(session: Session, plugin: str, values: Mapping[str, Any]) -> int:
    count = 0
    for model in _MODELS:
        changed = sa.update(model).where(model.state == "dead", _belongs(model, plugin)).values(values)
        count += len(session.scalars(changed.returning(model.id), execution_options=_UNTRACKED).all())
    return count


def _retried() -> dict[str, Any]:
    return {"state": "waiting", "attempts": 0, "due_at": now(), **_OVER}


def _discarded(reason: str) -> dict[str, Any]:
    return {"state": "discarded", "reason": reason, "due_at": now(), **_OVER}


def _checked(reason: str) -> str:
    reason = " ".join(reason.split())
    if not reason:
        raise Refused(Problem(_("Say why it is discarded."), "reason"))
    if len(reason) > MAX_REASON:
        raise Refused(Problem(_("Say it in at most %(count)s characters.", count=MAX_REASON), "reason"))
    return reason


def _subject(plugin: str) -> audit.Subject:
    return audit.Subject("plugin", plugin)


def _about(letter: DeadLetter) -> dict[str, Any]:
    return {"kind": letter.kind} | ({"ticket": letter.ticket} if letter.ticket else {})
