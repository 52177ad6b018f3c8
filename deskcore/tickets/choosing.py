"""Which tickets there are, for plugins that go through many of them: by id, a batch at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import func, select

from deskcore.extensions import db
from deskcore.runtime import runtime
from deskcore.tickets.loading import ticket_view, with_people
from deskcore.tickets.models import Ticket
from deskcore.tickets.snapshots import TicketView


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
