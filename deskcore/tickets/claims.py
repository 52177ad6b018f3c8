"""Names that a ticket takes for a plugin and no other ticket gets: what a plugin saw before the lock still holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.extensions import db, insert_into
from deskcore.tickets.models import Ticket, TicketClaim
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

#: How often the plugins are asked anew about one ticket because others came first.
ATTEMPTS = 5


class Taken(Exception):
    """Another ticket has taken the name since the plugins were asked."""


def take(session: Session, ticket_id: int, claims: Iterable[tuple[str, str]]) -> None:
    """Let a new ticket take names; belongs inside the unit of work that opens it.

    :param claims: pairs of a plugin and a name.
    :raises Taken: when another ticket has one of them.
    """
    # Always in the same order, so that two who take the same never wait for one another.
    for plugin, name in sorted(set(claims)):
        row = {"plugin": plugin, "digest": _digest(name), "ticket_id": ticket_id}
        taking = insert_into(session, TicketClaim).values(row).on_conflict_do_nothing()
        if session.scalar(taking.returning(TicketClaim.ticket_id)) is None:
            raise Taken


def taken(plugin: str, name: str) -> str | None:
    """Return the number of the ticket that took a name for a plugin; nothing when none did.

    It is ``""`` where whoever asks does not see that ticket.

    :param name: as in ``Changes.takes``.
    """
    with acting_as(SYSTEM) as session:
        mine = TicketClaim.plugin == plugin, TicketClaim.digest == _digest(name)
        ticket_id = session.scalar(select(TicketClaim.ticket_id).where(*mine))
    if ticket_id is None:
        return None
    return db.session.scalar(select(Ticket.number).where(Ticket.id == ticket_id)) or ""


def _digest(name: str) -> str:
    # What is stored tells nothing of what stands in the answers.
    return hashlib.sha256(name.encode()).hexdigest()
