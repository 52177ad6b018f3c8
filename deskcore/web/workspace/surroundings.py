"""The list that a ticket was opened from: its address carries it, and the page leads back to it and on in it."""

from __future__ import annotations

from typing import Any

from flask import g, request, url_for

from deskcore.desks.catalogue import DeskEntry
from deskcore.tickets.lists import neighbours
from deskcore.tickets.models import NO_DUE, Ticket
from deskcore.web.viewer import current_person, language
from deskcore.web.workspace.area import Item, queue_title
from deskcore.web.workspace.filters import ListState, read_list


def came_from() -> ListState | None:
    """Return the list that a ticket was opened from, which its address carries; nothing when it names none."""
    if "came_from" not in g:
        g.came_from = read_list(request.args) if {"queue", "q", "view"} & set(request.args) else None
    found: ListState | None = g.came_from
    return found


def surroundings() -> dict[str, Any]:
    """Return what addresses say of the list that a ticket was opened from."""
    found = came_from()
    return found.carried if found else {}


def marked_list(ticket: Ticket) -> str:
    """Return the list that the side list marks: the one the agent came from, else where the ticket stands."""
    found = came_from()
    return found.place if found else f"queue {_home_queue(ticket)}"


def before_and_after(ticket: Ticket) -> tuple[str, str]:
    """Return the addresses of the tickets before and after this one in the list it was opened from."""
    found = came_from()
    if found is None:
        return "", ""
    values = {
        "updated": ticket.updated_at,
        "created": ticket.created_at,
        "priority": ticket.priority,
        "due": ticket.due_at or NO_DUE,
        "number": ticket.id,
    }
    value = values[found.query.sort.removeprefix("-")]
    numbers = neighbours(found.query, current_person().id, value, ticket.id)
    before, after = (
        url_for("workspace.ticket", number=number, **surroundings()) if number else "" for number in numbers
    )
    return before, after


def crumbs(ticket: Ticket, desk: DeskEntry) -> list[Item]:
    """Return the way back to the list."""
    found = came_from()
    if found is None:
        queue = _home_queue(ticket)
        return [Item(queue_title(queue), url_for("workspace.queue", queue=queue)), Item(ticket.number)]
    if found.view is not None:
        title = found.view.name
    else:
        title = desk.title.in_language(language()) if found.desk == desk.key else queue_title(found.base)
    return [Item(title, found.url()), Item(ticket.number)]


def _home_queue(ticket: Ticket) -> str:
    if ticket.finished:
        return "finished"
    if ticket.assignee_id == current_person().id:
        return "mine"
    return "unassigned" if ticket.assignee_id is None else "open"
