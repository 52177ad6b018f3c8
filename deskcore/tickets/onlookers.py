"""Who of some people sees a ticket in the workspace at this moment: asked before one is told of another."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from sqlalchemy import Select, bindparam, or_, select

from deskcore.clock import now
from deskcore.extensions import db
from deskcore.people.models import DeskGrant, Person
from deskcore.runtime import runtime
from deskcore.tickets.access import NAMED_ROLES
from deskcore.tickets.latest import Newest
from deskcore.tickets.models import Ticket, TicketParticipant

_TICKET = bindparam("ticket", type_=Ticket.id.type)


def onlookers(ticket: Newest, ids: Collection[int]) -> dict[int, str]:
    """Return the names, by id, of those of these people who see a ticket in the workspace, in one statement.

    :param ticket: one that the session's viewer sees.
    """
    if not ids:
        return {}
    confidential = ticket.desk_id in runtime().catalogue.confidential
    given = {"ids": [*ids], "desk": ticket.desk_id, "ticket": ticket.id, "present": now()}
    wanted = _seeing(named=ticket.visibility == "named", confidential=confidential)
    return {row.id: row.name for row in db.session.execute(wanted, given)}


@cache
def _seeing(*, named: bool, confidential: bool) -> Select[int, str]:
    """Return the statement; it says of others what the access policy says of whoever asks."""
    works_there = select(DeskGrant.person_id).where(DeskGrant.desk_id == bindparam("desk"))
    wanted = select(Person.id, Person.name).where(
        Person.id.in_(bindparam("ids", expanding=True)), Person.active, Person.id.in_(works_there)
    )
    part = select(TicketParticipant.person_id).where(TicketParticipant.ticket_id == _TICKET)
    if named:
        present = bindparam("present", type_=TicketParticipant.until.type)
        current = or_(TicketParticipant.until.is_(None), TicketParticipant.until > present)
        wanted = wanted.where(Person.id.in_(part.where(TicketParticipant.role.in_(NAMED_ROLES), current)))
    if confidential:
        wanted = wanted.where(Person.id.not_in(part.where(TicketParticipant.role == "requester")))
    return wanted.order_by(Person.name, Person.id)
