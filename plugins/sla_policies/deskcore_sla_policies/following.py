"""Keeping the clocks of tickets: read anew whenever something happens, and looked at when a time runs out.

What is stored is only what :mod:`deskcore_sla_policies.reading` says, so that reading everything again changes nothing.
What is done about it leaves a mark in the same transaction; a mark is made once, whatever happens to workers or clocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from deskcore.plugin import EventView, TicketView, now, session, setting, tickets, unit_of_work
from deskcore_sla_policies import acting
from deskcore_sla_policies.calendar_store import calendars
from deskcore_sla_policies.calendars import Calendar
from deskcore_sla_policies.models import ClockRow, Followed, Mark
from deskcore_sla_policies.policies import Ruleset, Subject
from deskcore_sla_policies.reading import Kept, Reading, read
from deskcore_sla_policies.rules import PLUGIN, rulesets

#: Tickets that are read in one transaction, for whose end others may have to wait.
BATCH = 20


@dataclass(frozen=True)
class Around:
    """What tickets are read by: all policies there have been, and the calendars."""

    rulesets: Sequence[Ruleset]
    calendars: Mapping[str, Calendar]

    @classmethod
    def now(cls) -> Around:
        """Return what holds now."""
        return cls(rulesets(), calendars())


def follow(ids: Collection[int], *, opened: bool = False, quietly: bool = False) -> None:
    """Read the clocks of some tickets, store how they stand, and do what there is to do.

    Nothing is done about time that passed before anybody kept the clocks of a ticket.

    :param ids: a batch at most, in one transaction.
    :param opened: they were just opened; other tickets that are read for the first time are older than their clocks.
    :param quietly: nothing is done about any time that has passed: it passed before the rules were those of now.
    """
    around = Around.now()
    with unit_of_work() as work:
        # Locked before anything is read: who comes later reads what was written meanwhile.
        rows = _locked(work, ids)
        views, events = tickets.views(ids), tickets.timelines(ids)
        unknown = views.keys() - rows.keys()
        rows |= {ticket_id: _begun(work, ticket_id, views[ticket_id]) for ticket_id in unknown}
        readings = {
            ticket_id: _read(rows[ticket_id], view, events[ticket_id], around) for ticket_id, view in views.items()
        }
        _store(work, readings)
        tickets.set_due({ticket_id: reading.due for ticket_id, reading in readings.items()})
        marks = marks_of(readings)
        for ticket_id, reading in readings.items():
            quiet = quietly or (ticket_id in unknown and not opened)
            _act(work, views[ticket_id], rows[ticket_id], reading, marks[ticket_id], quiet)
        work.flush()


def look_at(ids: Collection[int]) -> None:
    """Read tickets and keep nothing: what takes long the first time is then not done while others wait for a lock."""
    around = Around.now()
    views, events = tickets.views(ids), tickets.timelines(ids)
    for ticket_id, view in views.items():
        read(events[ticket_id], subject_of(view), around.rulesets, around.calendars, now())


def subject_of(view: TicketView, row: Followed | None = None) -> Subject:
    """Return what policies look at in a ticket.

    :param row: what is remembered of whoever asked; left out, it is as at present.
    """
    asked, by = (view.desk, view.request_type, view.priority), view.requester
    if row is not None:
        return Subject(*asked, row.department, row.location, row.vip)
    return Subject(*asked, by.department, by.location, is_vip(by.email))


def is_vip(email: str) -> bool:
    """Tell whether somebody is on the list of those to whom more is promised."""
    listed = str(setting(PLUGIN, "vips") or "").replace(",", " ").replace(";", " ").split()
    return email.lower() in {each.lower() for each in listed}


def marks_of(ids: Collection[int]) -> Mapping[int, set[tuple[str, int, int]]]:
    """Return what was done about the clocks of tickets already, by ticket."""
    found: defaultdict[int, set[tuple[str, int, int]]] = defaultdict(set)
    for mark in session().scalars(select(Mark).where(Mark.ticket_id.in_(ids))):
        found[mark.ticket_id].add((mark.measure, mark.cycle, mark.percent))
    return found


def _locked(work: Session, ids: Collection[int]) -> dict[int, Followed]:
    wanted = select(Followed).where(Followed.ticket_id.in_(ids)).order_by(Followed.ticket_id)
    wanted = wanted.with_for_update(of=Followed).execution_options(populate_existing=True)
    return {row.ticket_id: row for row in work.scalars(wanted)}


def _begun(work: Session, ticket_id: int, view: TicketView) -> Followed:
    subject = subject_of(view)
    row = Followed(
        ticket_id=ticket_id,
        department=subject.department,
        location=subject.location,
        vip=subject.vip,
        desk=subject.desk,
        request_type=subject.request_type,
        priority=subject.priority,
        opened_at=view.created_at,
    )
    work.add(row)
    return row


def _read(row: Followed, view: TicketView, events: Sequence[EventView], around: Around) -> Reading:
    subject = subject_of(view, row)
    row.desk, row.priority, row.team = subject.desk, subject.priority, view.team
    return read(events, subject, around.rulesets, around.calendars, now())


def _store(work: Session, readings: Mapping[int, Reading]) -> None:
    """Make the stored clocks of tickets say what was read; what says so already is not written."""
    wanted = select(ClockRow).where(ClockRow.ticket_id.in_(readings)).execution_options(populate_existing=True)
    there = {(row.ticket_id, row.measure, row.cycle): row for row in work.scalars(wanted)}
    for ticket_id, reading in readings.items():
        for kept in reading.kept:
            key = (ticket_id, kept.clock.measure, kept.clock.cycle)
            row = there.pop(key, None) or ClockRow(ticket_id=ticket_id, measure=key[1], cycle=key[2])
            for name, value in stored(kept).items():
                if getattr(row, name) != value:
                    setattr(row, name, value)
            work.add(row)
    if there:
        gone = delete(ClockRow).where(ClockRow.id.in_([row.id for row in there.values()]))
        work.execute(gone, execution_options={"synchronize_session": False})
    work.flush()


def stored(kept: Kept) -> dict[str, object]:
    """Return what is stored of a clock; of one that runs, nothing that changes with every second."""
    clock = kept.clock
    running = clock.state == "running"
    return {
        "policy": kept.policy.key,
        "revision": kept.revision,
        "state": clock.state,
        "paused_for": clock.paused_for,
        "outcome": clock.outcome,
        "goal": round(clock.goal.total_seconds()),
        "elapsed": 0 if running else round(clock.elapsed.total_seconds()),
        "started_at": clock.started_at,
        "stopped_at": clock.stopped_at,
        "due_at": clock.due_at,
        "breached_at": clock.breached_at,
    }


def _act(
    work: Session,
    view: TicketView,
    row: Followed,
    reading: Reading,
    done: set[tuple[str, int, int]],
    quietly: bool,
) -> None:
    """Do what has come to be done about a ticket, each once, and note when somebody has to look again."""
    for kept, stage in reading.reached(done):
        name = kept.name_of(stage)
        done.add(name)
        work.add(Mark(ticket_id=row.ticket_id, measure=name[0], cycle=name[1], percent=name[2], acted=not quietly))
        if not quietly:
            work.flush()
            acting.act(view, kept, stage)
    row.wake_at = reading.next_look(done)
