"""Showing a sensitive answer to somebody who asks for it: never by the way, and never without an entry in the log."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore import audit
from deskcore.errors import NotAllowed, NotFound
from deskcore.extensions import db
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket, TicketParticipant
from deskcore.tickets.sensitive import opened_answer, sealed_in
from deskcore.viewer import current_viewer
from deskcore.work import unit_of_work


def may_reveal(ticket: Ticket) -> bool:
    """Tell whether the viewer may have sensitive answers of a ticket shown.

    Whoever works on its desk may, at work; and whoever is asked to approve it, in the portal, as long as it waits.
    """
    viewer = current_viewer()
    if viewer.area == "workspace":
        return ticket.desk_id in viewer.desk_roles
    return viewer.area == "portal" and ticket.held_by is not None and _approves(ticket, viewer.person_id)


def _approves(ticket: Ticket, person_id: int | None) -> bool:
    mine = TicketParticipant.ticket_id == ticket.id, TicketParticipant.person_id == person_id
    wanted = select(TicketParticipant.person_id).where(*mine, TicketParticipant.role == "approver")
    return db.session.scalar(wanted) is not None


def reveal(number: str, field: str) -> Any:
    """Return the sensitive answer to a field in clear; the audit log says who saw which one.

    :raises NotFound: when the viewer does not see the ticket, or it holds no sensitive answer to such a field.
    :raises NotAllowed: when the viewer neither works on the ticket's desk nor is asked to approve it.
    :raises Locked: when it cannot be opened; nothing was shown then, and nothing is recorded.
    """
    with unit_of_work() as session:
        ticket = find_ticket(number)
        if not may_reveal(ticket):
            raise NotAllowed(_("Only those who work on the ticket's desk or approve it can have this shown."))
        if not any(place.partition("/")[0] == field for place, _value in sealed_in(ticket.answers)):
            raise NotFound(_("This ticket holds no sensitive answer of that name."))
        value = opened_answer(ticket, field)
        # Nobody but these may know whose ticket it is, so the entry names the ticket alone.
        audit.record(session, "answer.revealed", audit.Subject("ticket", ticket.number), after={"field": field})
    return value
