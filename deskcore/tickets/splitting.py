"""A message that is to become a ticket of its own: what can be split off, and how the new ticket quotes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.tickets.children import keeps_to_itself
from deskcore.tickets.models import Ticket
from deskcore.tickets.pages import Entry, history
from deskcore.tickets.texts import MAX_TEXT

#: What stands before each line of a quotation.
_QUOTED = "> "


def messages_of(ticket: Ticket) -> Sequence[Entry]:
    """Return what was written to a ticket by whoever takes part, newest first: its messages, not its notes."""
    written = [entry for entry in history(ticket) if entry.kind in ("opened", "message") and entry.body.strip()]
    return written[::-1]


def quotation(ticket: Ticket, there: RequestTypeEntry, seq: int) -> Mapping[str, Any]:
    """Return the answers that quote a message in the form of a new ticket.

    Nothing is quoted where the people who see the new one must learn nothing of this one, and where the form has no
    room for a text.

    :param seq: number of the message; of what is no message, nothing is quoted.
    """
    message = next((entry for entry in messages_of(ticket) if entry.seq == seq), None)
    room = next((field for field in there.type.fields if field.type == "longtext" and not field.sensitive), None)
    if message is None or room is None or keeps_to_itself(ticket, there.desk):
        return {}
    name = message.author.name if message.author else ticket.requester.name
    lines = [_QUOTED + line for line in message.body.strip().splitlines()]
    head = _("%(name)s wrote in %(number)s:", name=name, number=ticket.number)
    return {room.key: "\n".join([head, *lines])[: min(room.max_length or MAX_TEXT, MAX_TEXT)]}
