"""Leases: whose a piece of work is, for how long, and what becomes of it.

Work is claimed by one worker at a time. Its lease is renewed while the worker lives, however long the work takes; a
worker that ended or was stopped loses it, and another one takes over. From then on the first can no longer write:
every unit of work inside a claimed piece of work looks at the lease under its own lock (the fence).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import uniform
from threading import Event, Thread
from time import monotonic
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Engine, select
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.events.holding import nothing_is_held
from deskcore.events.models import Claimed
from deskcore.extensions import Executor, UTCDateTime, db
from deskcore.hooks.errors import HandlerFailed, describe, is_outage, trace_of
from deskcore.hooks.state import own_transaction
from deskcore.runtime import runtime
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, fence, unit_of_work

log = logging.getLogger("deskcore.events")

#: How long a worker that gives no sign of life keeps its work.
LEASE = timedelta(seconds=60)
#: Seconds between two signs of life.
BEAT = 15.0
#: How long one piece of work may take; then it counts as hung, and is no longer kept.
LONGEST = timedelta(hours=6)
#: The pause after the first failure; each further one is twice as long, up to the limit.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=3)
#: Failures after which work is dead: with these pauses, after about a day.
MAX_ATTEMPTS = 18
#: Written into the statement, because an index of waiting work alone serves only statements that name the state.
_WAITING = sa.literal("waiting", literal_execute=True)

W = TypeVar("W", bound=Claimed)


class LeaseLost(Exception):
    """The work was given to somebody else meanwhile; nothing of it may be written any more."""


def is_due(model: type[Claimed]) -> ColumnElement[bool]:
    """Return the condition that work waits, may be tried now, and is in nobody's hands."""
    # Asked at each execution: statements are kept, because to build one takes longer than to run it.
    present = sa.bindparam("present", callable_=now, type_=UTCDateTime())
    free = sa.or_(model.lease_until.is_(None), model.lease_until < present)
    return sa.and_(model.state == _WAITING, model.due_at <= present, free)


def due(model: type[W], *conditions: ColumnElement[bool]) -> sa.Select[W]:
    """Return the query for the piece of work that is due for longest.

    :param conditions: what it must meet beside being due.
    """
    wanted = select(model).where(is_due(model), nothing_is_held(), *conditions)
    return wanted.order_by(model.due_at, model.id).limit(1)


def claim(wanted: sa.Select[W]) -> W | None:
    """Take the piece of work that a query of :func:`due` finds, if there is one.

    :returns: its row as it was claimed; it is no longer part of a session.
    """
    with acting_as(SYSTEM) as session:
        if session.scalar(wanted) is None:
            return None
        with unit_of_work():
            row = session.scalar(wanted.with_for_update(skip_locked=True))
            if row is None:
                return None
            if row.lease is None or row.attempts <= 1:
                row.lease, row.lease_until = secrets.token_hex(16), now() + LEASE
                row.attempts += 1
                return row
            # That one worker ended says little about its work; that several did may mean that it ends them.
            _set(session, row, _after(row.attempts, "The worker that was at it ended or was stopped."))
    return claim(wanted)


def attempt(
    row: Claimed, run: Callable[[], bool], on_done: Callable[[Session], None] = lambda _: None
) -> BaseException | None:
    """Do a claimed piece of work, and record what became of it unless it went to somebody else meanwhile.

    :param run: does it; returns false when it cannot be done for now, and is given back.
    :param on_done: called in the transaction that records success.
    :returns: the error for which it will be tried again or is dead, or nothing.
    :raises BaseException: when the database was gone meanwhile.
    """
    try:
        with _held(row):
            done = run()
    except BaseException as error:
        if is_outage(error):
            # It counts as no failure; the worker waits before it claims anything else.
            _finish(row, {"attempts": row.attempts - 1, "due_at": now() + FIRST_PAUSE})
            raise
        return error if _put_off(row, error) else None
    if not done:
        give_back(row)
    elif not _finish(row, {"state": "done", "error": "", "trace": "", "due_at": now()}, on_done):
        _warn_lost(row)
    return None


def give_back(row: Claimed) -> None:
    """Let somebody else do a claimed piece of work, as if it had not been claimed."""
    _finish(row, {"attempts": row.attempts - 1})


def give_back_all() -> None:
    """Give back whatever this process has claimed and not finished; what it still tries to write of it is refused."""
    for row in list(runtime().claimed):
        give_back(row)


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after that many failures: doubled each time, and never the same for two of them."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(attempts - 1, 30)
    return min(doubled, LONGEST_PAUSE) * uniform(0.75, 1.25)


@contextmanager
def _held(row: Claimed) -> Iterator[None]:
    """Keep the lease for the length of the block, and let nothing be written inside it without the lease."""
    over = Event()
    Thread(target=_keep, args=(db.engine, row, over), name="deskcore-lease", daemon=True).start()
    token = fence.set(lambda session: _check(session, row))
    runtime().claimed.add(row)
    try:
        yield
    finally:
        runtime().claimed.discard(row)
        fence.reset(token)
        over.set()


def _keep(engine: Engine, row: Claimed, over: Event) -> None:
    """Renew a lease until the work is over, lost, or takes too long; a stopped process runs no such thread."""
    end = monotonic() + LONGEST.total_seconds()
    while not over.wait(BEAT) and monotonic() < end:
        try:
            with own_transaction(engine) as connection:
                if not _renewed(connection, row):
                    return
        except Exception as error:
            log.warning("a lease could not be renewed and is tried again: %s", describe(error))


def _check(session: Session, row: Claimed) -> None:
    # Renewing locks the row, so that nobody can claim it before this transaction ends.
    if not _renewed(session, row):
        raise LeaseLost(f"somebody else has taken over {_named(row)}")


def _renewed(on: Executor, row: Claimed) -> bool:
    return _update(on, row, {"lease_until": now() + LEASE})


def _put_off(row: Claimed, error: BaseException) -> bool:
    cause = error.cause if isinstance(error, HandlerFailed) else error
    if _finish(row, _after(row.attempts, describe(cause), trace_of(cause))):
        return True
    _warn_lost(row)
    return False


def _after(attempts: int, error: str, trace: str = "") -> dict[str, Any]:
    """Return what is recorded after a failure: when it is tried again, or that it is dead."""
    said = {"error": error, "trace": trace}
    if attempts < MAX_ATTEMPTS:
        return said | {"due_at": now() + pause_after(attempts)}
    return said | {"state": "dead", "due_at": now(), "key": secrets.token_hex(6)}


def _finish(row: Claimed, values: dict[str, Any], on_done: Callable[[Session], None] = lambda _: None) -> bool:
    with acting_as(SYSTEM) as session, unit_of_work():
        if not _set(session, row, values):
            return False
        on_done(session)
        return True


def _set(on: Executor, row: Claimed, values: dict[str, Any]) -> bool:
    """Record an outcome and end the lease."""
    return _update(on, row, {"lease": None, "lease_until": None, **values})


def _update(on: Executor, row: Claimed, values: dict[str, Any]) -> bool:
    """Write to a claimed row; return false when it is claimed by somebody else."""
    model = type(row)
    mine = sa.update(model).where(model.id == row.id, model.lease == row.lease, model.state == "waiting")
    written = on.execute(mine.values(values).returning(model.id), execution_options={"synchronize_session": False})
    return written.scalar() is not None


def _warn_lost(row: Claimed) -> None:
    log.warning("%s took too long or was stopped; somebody else does it, and nothing more is written", _named(row))


def _named(row: Claimed) -> str:
    return f"{row.__class__.__name__} {row.id}"
