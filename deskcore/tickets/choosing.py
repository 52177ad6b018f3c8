"""Which tickets there are, for plugins that go through many of them: by id, a batch at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute

from deskcore.extensions import db
from deskcore.runtime import runtime
from deskcore.tickets.loading import ticket_view, with_people
from deskcore.tickets.models import Ticket
from deskcore.tickets.snapshots import TicketView
from deskcore.tickets.workflow import priority_key


@dataclass(frozen=True)
class Outline:
    """What rules look at in a ticket: of a :class:`TicketView` what costs little to read of many.

    :param seq: of its newest event; while it stays the same, nothing has happened to the ticket.
    """

    number: str
    desk: str
    request_type: str
    priority: str
    team: str
    seq: int


def ids(
    *, limit: int, after: int = 0, unfinished: bool = False, newest_first: bool = False, desk: str = ""
) -> list[int]:
    """Return ids of tickets that whoever asks sees, in the order in which they were stored.

    They are what ``ticket_id`` of the plugin's own rows is, and never leave the server.

    :param after: the last one of the batch before.
    :param unfinished: only those that are neither resolved nor closed.
    :param desk: key of the desk they are on; empty for all.
    """
    wanted = select(Ticket.id).limit(limit)
    if newest_first:
        wanted = wanted.order_by(Ticket.id.desc())
        wanted = wanted.where(Ticket.id < after) if after else wanted
    else:
        wanted = wanted.where(Ticket.id > after).order_by(Ticket.id)
    if unfinished:
        wanted = wanted.where(Ticket.finished.is_(False))
    if desk:
        wanted = wanted.where(Ticket.desk_id == runtime().catalogue.desk(desk).id)
    return list(db.session.scalars(wanted))


def count(desks: Collection[str], *, unfinished: bool = False) -> int:
    """Return how many tickets on some desks whoever asks sees.

    :param desks: their keys.
    :param unfinished: only those that are neither resolved nor closed.
    """
    here = [runtime().catalogue.desk(desk).id for desk in desks]
    wanted = select(func.count()).select_from(Ticket).where(Ticket.desk_id.in_(here))
    return db.session.scalar(wanted.where(Ticket.finished.is_(False)) if unfinished else wanted) or 0


def ids_of(numbers: Iterable[str]) -> Mapping[str, int]:
    """Return what ``ticket_id`` of the plugin's own rows is, by number, in one statement; as far as whoever asks sees.

    It is for columns, which are asked by the numbers that tickets have now.
    """
    wanted = select(Ticket.number, Ticket.id).where(Ticket.number.in_(sorted(set(numbers))))
    return {row.number: row.id for row in db.session.execute(wanted)}


def views(found: Collection[int]) -> Mapping[int, TicketView]:
    """Return tickets as they are now, by id, in one statement; those that whoever asks does not see are left out."""
    wanted = with_people(select(Ticket).where(Ticket.id.in_(found))).order_by(Ticket.id)
    return {ticket.id: ticket_view(ticket) for ticket in db.session.scalars(wanted)}


def outlines(found: Collection[int], *, held: bool = False) -> Mapping[int, Outline]:
    """Return what rules look at in tickets, by id, in one statement; as far as whoever asks sees them.

    :param held: nobody else changes them until the surrounding unit of work has ended.
    """
    catalogue, outlined = runtime().catalogue, {}
    for row in db.session.execute(_outlined(held), {"ids": list(found)}):
        entry, team = catalogue.type_by_id(row.request_type_id), catalogue.team_by_id(row.team_id)
        outlined[row.id] = Outline(
            number=row.number,
            desk=catalogue.desk_by_id(row.desk_id).key,
            request_type=entry.type.key if entry else "",
            priority=priority_key(row.priority),
            team=team.key if team else "",
            seq=row.last_seq,
        )
    return outlined


@cache
def _outlined(held: bool) -> Select[Any]:
    columns: tuple[InstrumentedAttribute[Any], ...] = (
        Ticket.id,
        Ticket.number,
        Ticket.desk_id,
        Ticket.request_type_id,
        Ticket.priority,
        Ticket.team_id,
        Ticket.last_seq,
    )
    wanted = select(*columns).where(Ticket.id.in_(bindparam("ids", expanding=True)))
    wanted = wanted.order_by(Ticket.id)
    return wanted.with_for_update(of=Ticket, key_share=True) if held else wanted
