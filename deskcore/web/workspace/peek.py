"""A look into a ticket from a list: what it is about and what was written last, without the page around it."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from deskcore.runtime import runtime
from deskcore.tickets import pages
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.noting import note_read
from deskcore.tickets.workflow import priority_key
from deskcore.web.viewer import language
from deskcore.web.workspace.area import blueprint
from deskcore.web.workspace.due import due
from deskcore.web.workspace.sentences import Words
from deskcore.web.workspace.thread import thread

#: Messages, notes and lines between them that are shown; before them, that there are more.
_LAST = 6


@blueprint.get("/tickets/<number>/peek")
def peek(number: str) -> ResponseReturnValue:
    """Show what a ticket is about and what was written last."""
    ticket = find_ticket(number)
    note_read(ticket)
    desk, entries = runtime().catalogue.desk_by_id(ticket.desk_id), pages.history(ticket)
    conversation = thread(entries, Words(desk, pages.people_named(entries), ticket.requester.name))
    items = [*conversation.first, *conversation.earlier, *conversation.last]
    own = next((each for each in desk.statuses if each.key == ticket.status), None)
    return render_template(
        "workspace/piece_peek.html",
        ticket=ticket,
        status_word=own.title.in_language(language()) if own else "",
        priority=priority_key(ticket.priority),
        left=due(ticket.due_at, ticket.status_category, ticket.due_state, ticket.due_soon_at),
        items=items[-_LAST:],
        earlier=max(0, len(items) - _LAST),
    )
