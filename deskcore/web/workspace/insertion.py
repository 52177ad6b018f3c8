"""A saved reply on its way into an answer: its variables filled in for one ticket, and the status that follows."""

from __future__ import annotations

from collections.abc import Mapping

from deskcore.desks.catalogue import DeskEntry
from deskcore.runtime import runtime
from deskcore.tickets.agent_models import SavedReply
from deskcore.tickets.models import Ticket
from deskcore.tickets.saved_replies import filled, find_saved_reply
from deskcore.web.viewer import current_person, language


def inserted(ticket: Ticket, token: str) -> tuple[str, str]:
    """Return the text of a saved reply for a ticket, and the key of the status it sets; ``""`` for none.

    :raises NotFound: when the agent has no such saved reply.
    """
    reply = find_saved_reply(token)
    return filled(reply.body, values_for(ticket)), status_after(reply, desk_of(ticket))


def desk_of(ticket: Ticket) -> DeskEntry:
    """Return the desk that a ticket is on."""
    return runtime().catalogue.desk_by_id(ticket.desk_id)


def status_after(reply: SavedReply, desk: DeskEntry) -> str:
    """Return the key of the status on a desk that a saved reply sets; ``""`` for none."""
    return desk.status_of(reply.category).key if reply.category else ""


def values_for(ticket: Ticket) -> Mapping[str, str]:
    """Return what the variables of a saved reply stand for."""
    name = ticket.requester.name
    return {
        "requester": name,
        "first_name": name.split()[0] if name.split() else name,
        "number": ticket.number,
        "subject": ticket.subject,
        "desk": desk_of(ticket).title.in_language(language()),
        "me": current_person().name,
    }
