"""The newest of what a viewer sees, at the price of one look: for pages that ask again and again.

Whatever is returned here was filtered by the access policy, so that an answer made of it tells nobody that something
happened which they do not see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import Select, bindparam, select

from deskcore.errors import NotFound
from deskcore.events import schemas
from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.tickets.pages import Entry, Named
from deskcore.viewer import current_viewer

#: So many tickets of a desk are looked at: of two changes at the same time, the one that was begun first may become
#: visible last, and would not be noticed behind the other.
_NEWEST = 3
#: Lines of a ticket that are put into words; who was away for longer reads them on the page.
_LINES = 100


@dataclass(frozen=True)
class Newest:
    """How far a ticket has come.

    :param seq: number of its newest line.
    """

    id: int
    number: str
    desk_id: int
    visibility: str
    version: int
    seq: int


def newest_in(number: str) -> Newest:
    """Return how far a ticket has come that the session's viewer sees, in one statement.

    :raises NotFound: when there is none, or the viewer may not know that there is one.
    """
    row = db.session.execute(_NEWEST_IN, {"number": number.upper()[:20]}).one_or_none()
    if row is None:
        raise NotFound(_("There is no ticket %(number)s.", number=number))
    return Newest(*row)


_NEWEST_IN = select(Ticket.id, Ticket.number, Ticket.desk_id, Ticket.visibility, Ticket.version, Ticket.last_seq).where(
    Ticket.number == bindparam("number", type_=Ticket.number.type)
)


def newest_on_desks() -> tuple[str, ...]:
    """Return what stands newest on each desk of the session's viewer, in one statement: another one after each event.

    A ticket that is for named people, or on a desk of others, is no part of it.
    """
    desks = current_viewer().desk_roles
    if not desks:
        return ()
    return tuple(str(value) for value in db.session.execute(_newest_on(tuple(sorted(desks)))).one())


@lru_cache(maxsize=256)
def _newest_on(desks: Sequence[int]) -> Select[Any]:
    """Return the statement; each part of it is answered by one step in an index."""
    found = Ticket.number + ":" + sa.cast(Ticket.version, sa.String)
    return select(
        *(
            select(found)
            .where(Ticket.desk_id == desk)
            .order_by(Ticket.updated_at.desc(), Ticket.id.desc())
            .limit(1)
            .offset(place)
            .scalar_subquery()
            for desk in desks
            for place in range(_NEWEST)
        )
    )


def lines_since(ticket: Newest, seq: int) -> list[Entry]:
    """Return the lines of a ticket behind one of them, without what was written, in one statement."""
    rows = db.session.execute(_since(), {"ticket": ticket.id, "seq": seq})
    return [_entry(row) for row in rows]


@cache
def _since() -> Select[Any]:
    event = (TicketEvent.seq, TicketEvent.kind, TicketEvent.at, TicketEvent.actor_plugin, TicketEvent.channel)
    wanted = select(*event, TicketEvent.data, TicketEvent.schema, Person.id, Person.name, Person.email)
    wanted = wanted.select_from(TicketEvent).outerjoin(Person, Person.id == TicketEvent.actor_id)
    behind = TicketEvent.seq > bindparam("seq", type_=TicketEvent.seq.type)
    wanted = wanted.where(TicketEvent.ticket_id == bindparam("ticket", type_=Ticket.id.type), behind)
    return wanted.order_by(TicketEvent.seq.desc()).limit(_LINES)


def _entry(row: Any) -> Entry:
    data = schemas.read(row.kind, row.schema, row.data)
    author = Named(row.id, row.name, row.email) if row.id is not None else None
    kind = row.kind if data is not None else "newer"
    return Entry(row.seq, kind, row.at, author, row.actor_plugin, row.channel, data or {})
