"""The line to the mail server: one worker at a time holds it, and it rests while the server is away."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deskcore.plugin import now, unit_of_work
from deskcore_notifications.models import Line, new_token

#: How long a worker that gives no sign of life keeps the line: longer than one letter can take.
LEASE = timedelta(minutes=2)
#: The pause after the server was away for the first time; each further one is twice as long, up to the limit.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=5)


def line() -> Line:
    """Return the line; inside a unit of work."""
    with unit_of_work() as work:
        row = work.get(Line, 1, with_for_update=True, populate_existing=True)
        return row if row is not None else _made(work)


def _made(work: Session) -> Line:
    try:
        with work.begin_nested():
            work.add(Line(id=1))
    except IntegrityError:
        pass  # another worker was faster
    return work.get_one(Line, 1, with_for_update=True, populate_existing=True)


def take() -> str:
    """Take the line; return by which name it is held, or nothing while another worker has it or it rests."""
    with unit_of_work() as work:
        row, moment = line(), now()
        if (row.held_until is not None and row.held_until > moment) or _rests(row, moment):
            return ""
        row.holder, row.held_until = new_token(), moment + LEASE
        work.flush()
        return row.holder


def keep(holder: str) -> bool:
    """Hold the line for longer, in the surrounding unit of work; return false when it went to somebody else."""
    row = line()
    if row.holder != holder:
        return False
    row.held_until = now() + LEASE
    return True


def give_back(holder: str) -> None:
    """Let the next worker have the line."""
    with unit_of_work() as work:
        row = line()
        if row.holder == holder:
            row.holder, row.held_until = "", None
        work.flush()


def answered() -> None:
    """Note that the server took something or refused it: it is there."""
    row = line()
    row.failures, row.away_since, row.paused_until, row.error = 0, None, None, ""


def away(error: str) -> datetime:
    """Note that the server cannot be reached, and return until when it is left alone."""
    row, moment = line(), now()
    row.failures += 1
    row.away_since = row.away_since or moment
    row.error = error[:300]
    row.paused_until = moment + min(FIRST_PAUSE * 2 ** min(row.failures - 1, 20), LONGEST_PAUSE)
    return row.paused_until


def try_now() -> None:
    """Do not wait any longer."""
    with unit_of_work() as work:
        line().paused_until = None
        work.flush()


def _rests(row: Line, moment: datetime) -> bool:
    return row.paused_until is not None and row.paused_until > moment
