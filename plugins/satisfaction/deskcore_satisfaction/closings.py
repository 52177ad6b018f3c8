"""The end of a ticket, read from its timeline: when, by whom, after whose work, and whether it was an end at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from deskcore.plugin import EventView, TicketView, people, tickets
from deskcore_satisfaction.rules import Closing, may_ask

FINISHED = ("resolved", "closed")
#: What only those do who work on a ticket.
_WORK = frozenset(
    {"assigned", "escalated", "linked", "moved", "note_added", "priority_changed", "tags_changed", "visibility_changed"}
)


@dataclass
class Ending:
    """What a timeline tells of the last end of its ticket.

    :param seq: of the line; ``by``: address of whoever finished it; nothing while the ticket goes on.
    """

    seq: int = 0
    at: datetime | None = None
    by: str = ""
    withdrawn: bool = False
    merged: bool = False
    duplicates: int = 0
    workers: set[str] = field(default_factory=set)

    def hear(self, event: EventView) -> None:
        """Take in one line, in order."""
        data, undone = event.data, "undoes" in event.data
        if event.kind in ("opened", "status_changed"):
            self._move(event)
        elif event.kind == "withdrawn":
            self.withdrawn = True
        elif event.kind == "merged":
            self.merged = not undone
        elif event.kind == "linked" and data.get("link") == "duplicate":
            self.duplicates += -1 if undone else 1
        if event.kind in _WORK or (event.kind == "message_added" and data.get("from_agent")):
            self.workers.add(event.actor_email)
        if event.kind in ("opened", "assigned"):
            self.workers.add(str(data.get("assignee") or data.get("to") or ""))

    def _move(self, event: EventView) -> None:
        if event.data.get("category") not in FINISHED:
            self.seq, self.at, self.by, self.withdrawn = 0, None, "", False
        elif not self.seq:
            self.seq, self.at, self.by = int(event.id.rpartition("/")[2]), event.at, event.actor_email
            if not self.withdrawn:
                self.workers.add(event.actor_email)


def ending_of(events: Iterable[EventView]) -> Ending:
    """Return what a whole timeline tells of the end of its ticket."""
    ending = Ending()
    for event in events:
        ending.hear(event)
    return ending


def closing_of(ticket: TicketView, events: Sequence[EventView]) -> tuple[Closing, datetime] | None:
    """Return the end of a ticket and when it was; nothing while it goes on."""
    ending = ending_of(events)
    if ending.at is None or ticket.status_category not in FINISHED:
        return None
    requester = frozenset(people.addresses_of(ticket.requester.email))
    solver = "" if ending.by in requester else ending.by
    closing = Closing(
        seq=ending.seq,
        desk=ticket.desk,
        request_type=ticket.request_type,
        requester=requester,
        workers=frozenset(ending.workers - {""}),
        agent=ticket.assignee.email if ticket.assignee else solver,
        open_to_questions=may_ask(tickets.read(ticket.number).type, confidential=people.is_confidential(ticket.desk)),
        withdrawn=ending.withdrawn,
        duplicate=ending.merged or ending.duplicates > 0,
    )
    return closing, ending.at
