"""What time does to clocks, and going through all open tickets when the rules change: jobs, a few tickets at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from deskcore.plugin import now, people, session, tickets, unit_of_work
from deskcore_sla_policies.following import BATCH, follow, read_ahead
from deskcore_sla_policies.models import Followed, Heard, Run

#: Key of the job that goes through all open tickets.
RUN = "sla_run"
#: So many seconds one piece of that work takes; then others have their turn.
_PIECE = 2.0
#: Seconds in which a transaction should be over, for whose end others may have to wait.
_SHORT = 0.05
#: Tickets that are written in one transaction at least: to begin one costs as much as to write them.
FEW = 50
#: After so long without a look, something may have been missed, even if the plugin was on all the time.
_MISSED = timedelta(minutes=15)
#: How exactly the table knows when there was a look.
_NOTED_EVERY = timedelta(minutes=5)


def watch(payload: Mapping[str, Any]) -> None:
    """Look at the tickets of which some time is up; called every minute."""
    _catch_up()
    while ids := _awaited():
        for ticket_id in ids:
            follow([ticket_id])
        if len(ids) < BATCH:
            return


def begin_run(reason: str, *, finished: bool = False) -> None:
    """Let workers read all open tickets again; what an earlier run had left, this one does too.

    After a change of a calendar the finished tickets that were read before are read again, too: it holds for the past.

    :param finished: all finished tickets: they are read for the first time.
    """
    again = reason == "calendar"
    with unit_of_work() as work:
        for earlier in work.scalars(select(Run).where(Run.state == "running").with_for_update()):
            earlier.state, earlier.ended_at = "replaced", now()
            finished, again = finished or earlier.finished, again or earlier.again
        row = Run(reason=reason, finished=finished, again=again)
        work.add(row)
        work.flush()
        tickets.do_later(RUN, {"run": row.id})


def run(payload: Mapping[str, Any]) -> None:
    """Read some tickets again, and queue the rest; a worker that ended is followed by another one."""
    size, end = FEW, monotonic() + _PIECE
    while monotonic() < end:
        row = session().get(Run, payload.get("run"), populate_existing=True)
        if row is None or row.state != "running":
            return
        ids, total = _following(row, size), _total(row) if row.total is None else row.total
        ahead, quietly = read_ahead(ids), row.reason != "catch_up"
        alone = [] if quietly else ahead.pressing
        # What is done about a ticket takes its time: it has a transaction of its own, as when its time is up.
        for ticket_id in alone:
            follow([ticket_id])
        with unit_of_work() as work:
            begun = monotonic()
            follow([each for each in ids if each not in alone], quietly=quietly, ahead=ahead)
            step = update(Run).where(Run.id == row.id, Run.after == row.after, Run.state == "running")
            values: dict[str, Any] = {"after": ids[-1], "done": Run.done + _known_count(ids)} if ids else _ended()
            values["total"] = total
            work.execute(step.values(values), execution_options={"synchronize_session": False})
        if not ids:
            return
        # On a busy computer others wait for the end of a transaction longer: fewer tickets are written in it then.
        size = min(2 * size, BATCH) if monotonic() - begun < _SHORT else max(size // 2, FEW)
    tickets.do_later(RUN, payload)


def latest_run() -> Run | None:
    """Return how the latest run stands."""
    return session().scalar(select(Run).order_by(Run.id.desc()).limit(1))


def _following(row: Run, size: int) -> list[int]:
    """Return the tickets that come next, so many at most."""
    found = tickets.ids(limit=size, after=row.after, unfinished=not row.finished)
    if row.again:
        known = select(Followed.ticket_id).where(Followed.ticket_id > row.after).order_by(Followed.ticket_id)
        found = sorted({*found, *session().scalars(known.limit(size))})[:size]
    return found


def _total(row: Run) -> int:
    """Return how many tickets there are to read on desks whose volume everybody may know."""
    desks = _known_desks()
    unread = tickets.count(desks, unfinished=not row.finished)
    if not row.again or row.finished:
        return unread
    return max(unread, _followed(Followed.desk.in_(desks)))


def _known_count(ids: Collection[int]) -> int:
    """Return how many of some tickets, which were just read, are on desks whose volume everybody may know."""
    return _followed(Followed.ticket_id.in_(ids), Followed.desk.in_(_known_desks()))


def _known_desks() -> list[str]:
    return [desk for desk in people.desks() if not people.is_confidential(desk)]


def _followed(*conditions: ColumnElement[bool]) -> int:
    return session().scalar(select(func.count()).where(*conditions)) or 0


def _ended() -> dict[str, Any]:
    return {"state": "done", "ended_at": now()}


def _awaited() -> list[int]:
    """Return tickets that somebody has to look at now, those that have waited longest first."""
    due = select(Followed.ticket_id).where(Followed.wake_at <= now())
    return list(session().scalars(due.order_by(Followed.wake_at, Followed.ticket_id).limit(BATCH)))


def _catch_up() -> None:
    """Read all open tickets when the plugin did not look for a while, or looks for the first time."""
    heard, moment, since = session().get(Heard, 1), now(), tickets.heard_since()
    was_off = heard is not None and heard.at < since <= moment
    if heard is not None and not was_off and abs(moment - heard.at) < _NOTED_EVERY:
        return
    missed = heard is None or was_off or abs(moment - heard.at) > _MISSED
    with unit_of_work() as work:
        _note(moment)
        if missed:
            begin_run("catch_up")
        work.flush()


def _note(moment: datetime) -> None:
    with unit_of_work() as work:
        row = work.get(Heard, 1)
        if row is None:
            work.add(Heard(id=1, at=moment))
        else:
            row.at = moment
        work.flush()
