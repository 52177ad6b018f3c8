"""Keeping the clocks of tickets: read anew whenever something happens, and looked at when a time runs out.

What is stored is only what :mod:`deskcore_sla_policies.reading` says, so that reading everything again changes nothing.
What is done about it leaves a mark in the same transaction; a mark is made once, whatever happens to workers or clocks.

Many tickets are read before anybody has to wait for it: what was read ahead is written if nothing has happened to the
ticket since, and neither to the rules nor to what is stored; otherwise the ticket is read once more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from deskcore.plugin import TicketView, now, setting, tickets, unit_of_work
from deskcore_sla_policies import acting
from deskcore_sla_policies.calendar_store import calendars
from deskcore_sla_policies.calendars import Calendar
from deskcore_sla_policies.history import KINDS
from deskcore_sla_policies.models import Followed
from deskcore_sla_policies.policies import Ruleset, Stage, Subject
from deskcore_sla_policies.reading import Kept, Reading, read
from deskcore_sla_policies.rules import PLUGIN, rulesets
from deskcore_sla_policies.stored import Change, Stored, change_of, stored_of, versions_of, write

#: Tickets that are written in one transaction at most.
BATCH = 400


@dataclass(frozen=True)
class Around:
    """What tickets are read by: all policies there have been, and the calendars."""

    rulesets: Sequence[Ruleset]
    calendars: Mapping[str, Calendar]

    @classmethod
    def now(cls) -> Around:
        """Return what holds now."""
        return cls(rulesets(), calendars())


@dataclass(frozen=True)
class Look:
    """A ticket as it was read, and what follows from that.

    :param stored: what was stored of its clocks then.
    :param reached: what has come to be done about it.
    :param change: what has to be written.
    """

    outline: tickets.Outline
    stored: Stored
    due: tickets.Due
    reached: Sequence[tuple[Kept, Stage]]
    change: Change

    @classmethod
    def of(
        cls, ticket_id: int, outline: tickets.Outline, asked: tuple[Subject, datetime], stored: Stored, reading: Reading
    ) -> Look:
        """Return what follows from a reading.

        :param asked: what is remembered of the ticket, and when it was opened.
        """
        subject, opened_at = asked
        reached = reading.reached(stored.marks)
        marks = [kept.name_of(stage) for kept, stage in reached]
        ticket = {
            "ticket_id": ticket_id,
            **asdict(subject),
            "team": outline.team,
            "opened_at": opened_at,
            "wake_at": reading.next_look({*stored.marks, *marks}),
        }
        return cls(outline, stored, reading.due, reached, change_of(stored, ticket, reading.kept, marks))

    def written(self, quiet: bool) -> Change:
        """Return what has to be written.

        :param quiet: nothing is done about what has come to be done.
        """
        return replace(self.change, marks=[{**mark, "acted": not quiet} for mark in self.change.marks])


@dataclass(frozen=True)
class Ahead:
    """Tickets that were read before anything of them is written, and what they were read by."""

    around: Around
    looks: Mapping[int, Look]

    @property
    def pressing(self) -> list[int]:
        """Return the tickets about which something has come to be done."""
        return [ticket_id for ticket_id, look in self.looks.items() if look.reached]


def read_ahead(ids: Collection[int]) -> Ahead:
    """Read tickets while nobody waits for it, and keep nothing; :func:`follow` takes what still holds of it."""
    around = Around.now()
    return Ahead(around, _looks(tickets.outlines(ids), around))


def follow(ids: Collection[int], *, opened: bool = False, quietly: bool = False, ahead: Ahead | None = None) -> None:
    """Read the clocks of some tickets, store how they stand, and do what there is to do.

    Nothing is done about time that passed before anybody kept the clocks of a ticket.

    :param ids: a batch at most, in one transaction.
    :param opened: they were just opened; other tickets that are read for the first time are older than their clocks.
    :param quietly: nothing is done about any time that has passed: it passed before the rules were those of now.
    :param ahead: what was read of them just before.
    """
    with unit_of_work() as work:
        # Held before anything is read: who comes later reads what was written meanwhile.
        outlines, around = tickets.outlines(ids, held=True), Around.now()
        looks = _unchanged(ahead, outlines, around) if ahead is not None else {}
        looks |= _looks({each: outline for each, outline in outlines.items() if each not in looks}, around)
        quiet = {each for each, look in looks.items() if quietly or (look.stored.ticket is None and not opened)}
        write(look.written(each in quiet) for each, look in looks.items())
        tickets.set_due({each: look.due for each, look in looks.items()})
        _act({each: look.reached for each, look in looks.items() if look.reached and each not in quiet})
        work.flush()


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


def _unchanged(ahead: Ahead, outlines: Mapping[int, tickets.Outline], around: Around) -> dict[int, Look]:
    """Return what was read ahead and still holds: nothing has happened to the ticket, its clocks or the rules."""
    if ahead.around != around:
        return {}
    versions = versions_of(ahead.looks)
    return {
        ticket_id: look
        for ticket_id, look in ahead.looks.items()
        if outlines.get(ticket_id) == look.outline and versions.get(ticket_id, 0) == look.stored.version
    }


def _looks(outlines: Mapping[int, tickets.Outline], around: Around) -> dict[int, Look]:
    """Read tickets.

    :param outlines: of all of them, read before anything else is.
    """
    if not outlines:
        return {}
    stored, events = stored_of(outlines), tickets.timelines(outlines, kinds=KINDS)
    first = [ticket_id for ticket_id in outlines if stored[ticket_id].ticket is None]
    views = tickets.views(first) if first else {}
    found = {}
    for ticket_id, outline in outlines.items():
        row = stored[ticket_id].ticket
        if row is None and ticket_id not in views:
            continue  # it went meanwhile where one does not see it
        if row is None:
            subject, opened_at = subject_of(views[ticket_id]), views[ticket_id].created_at
        else:
            said = outline.desk, outline.request_type, outline.priority
            subject, opened_at = Subject(*said, row.department, row.location, row.vip), row.opened_at
        reading = read(events[ticket_id], subject, around.rulesets, around.calendars, now())
        found[ticket_id] = Look.of(ticket_id, outline, (subject, opened_at), stored[ticket_id], reading)
    return found


def _act(reached: Mapping[int, Sequence[tuple[Kept, Stage]]]) -> None:
    """Do what has come to be done about tickets; that it is done is marked in this transaction already."""
    views = tickets.views(reached) if reached else {}
    for ticket_id, stages in reached.items():
        for kept, stage in stages:
            acting.act(views[ticket_id], kept, stage)
