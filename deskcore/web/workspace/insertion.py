"""Texts on their way into an answer: a saved reply filled in for one ticket, or what a plugin's panel offers."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from deskcore.desks.catalogue import DeskEntry
from deskcore.errors import NotFound
from deskcore.runtime import runtime
from deskcore.tickets.agent_models import SavedReply
from deskcore.tickets.edits import values_of
from deskcore.tickets.loading import ticket_view
from deskcore.tickets.models import Ticket
from deskcore.tickets.saved_replies import filled, find_saved_reply
from deskcore.web import slots
from deskcore.web.viewer import current_person
from deskcore.web.workspace.area import viewer_view


def inserted(ticket: Ticket, token: str) -> tuple[str, str]:
    """Return the text of a saved reply for a ticket, and the key of the status it sets; ``""`` for none.

    :raises NotFound: when the agent has no such saved reply.
    """
    reply = find_saved_reply(token)
    return filled(reply.body, values_for(ticket)), status_after(reply, desk_of(ticket))


def offered(ticket: Ticket, place: str) -> str:
    """Return a text that a panel of a plugin offers for the answer to a ticket.

    :param place: the panel's name, the number of the line, and that of the text in it, with dots between them.
    :raises NotFound: when nothing of the kind is offered.
    """
    name, *numbers = place.split(".")
    plugin, _dash, key = name.partition("-")
    panel = slots.panel(plugin, key, ticket_view(ticket), viewer_view()) if len(numbers) == 2 else None
    found = panel is not None and all(number.isdecimal() and len(number) < 3 for number in numbers)
    rows = panel.rows[int(numbers[0]) :] if panel is not None and found else ()
    texts = rows[0].inserts[int(numbers[1]) :] if rows else ()
    if not texts:
        raise NotFound(_("This text is not offered any more."))
    return texts[0][1]


def desk_of(ticket: Ticket) -> DeskEntry:
    """Return the desk that a ticket is on."""
    return runtime().catalogue.desk_by_id(ticket.desk_id)


def status_after(reply: SavedReply, desk: DeskEntry) -> str:
    """Return the key of the status on a desk that a saved reply sets; ``""`` for none."""
    return desk.status_of(reply.category).key if reply.category else ""


def values_for(ticket: Ticket) -> Mapping[str, str]:
    """Return what the variables of a saved reply stand for."""
    return values_of(ticket.number, ticket.subject, ticket.requester.name, desk_of(ticket), current_person().name)
