"""The page on which a message of a ticket becomes a ticket of its own: first which one, then what is asked for."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.tickets.loading import find_ticket
from deskcore.tickets.splitting import messages_of
from deskcore.web.workspace.area import Item, blueprint, show
from deskcore.web.workspace.surroundings import surroundings

#: Characters of a message by which one knows it again, and the newest ones that are offered.
EXCERPT, MOST = 200, 50


@blueprint.get("/tickets/<number>/split")
def split(number: str) -> ResponseReturnValue:
    """Offer the messages of a ticket, each of which can become one of its own."""
    ticket = find_ticket(number)
    address = url_for("workspace.ticket", number=ticket.number, **surroundings())
    return show(
        "workspace/split.html",
        ticket=ticket,
        messages=messages_of(ticket)[:MOST],
        excerpt=EXCERPT,
        back=address,
        crumbs=[Item(ticket.number, address), Item(_("Split"))],
    )
