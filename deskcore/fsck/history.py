"""Whether a ticket is what its events, from the first to the last, say it became."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from deskcore.fsck.batches import TicketRows
from deskcore.tickets.timeline import FOLDED

#: Kind of event, with the word of what it changes.
_CHANGED_BY = {
    "status_changed": "status",
    "assigned": "assignee",
    "priority_changed": "priority",
    "escalated": "team",
    "moved": "desk",
    "tags_changed": "tags",
    "visibility_changed": "visibility",
}
#: Stands for what no event has told yet: tickets of the first days were opened without saying as what.
_UNTOLD = object()


def is_what_its_history_says(ticket: TicketRows) -> Iterator[str]:
    """Status, priority, desk, team, assignee, tags and visibility are the fold of the ticket's events."""
    state: dict[str, Any] = dict.fromkeys(FOLDED, _UNTOLD) | {"assignee": None}
    for event in ticket.events:
        if event.kind == "opened" and event.data:
            state = dict.fromkeys(FOLDED) | event.data
            continue
        word = _CHANGED_BY.get(event.kind)
        if word is None:
            continue
        if state[word] not in (_UNTOLD, event.data.get("from")):
            yield f"Event {event.seq} does not follow from the {word} before it."
        state[word] = event.data.get("to")
        if word == "desk":
            state["team"] = None  # nobody has chosen one there yet
    yield from _differences(ticket, state)


def _differences(ticket: TicketRows, state: Mapping[str, Any]) -> Iterator[str]:
    for word, column in FOLDED.items():
        if state[word] is not _UNTOLD and state[word] != getattr(ticket.row, column):
            yield f"Its events end with another {word} than the ticket has."
