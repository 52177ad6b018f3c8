"""The timeline: one line for each thing that happened, written in the transaction in which it happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.events import schemas
from deskcore.runtime import runtime
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.viewer import Viewer
from deskcore.work import after_commit

#: Kinds of event that people who take part see in the portal.
PUBLIC_KINDS = frozenset(
    {"opened", "message_added", "status_changed", "assigned", "participant_added", "withdrawn", "merged"}
)
#: What events change, in the words of their data, with the column of the ticket in which it ends.
FOLDED = {
    "desk": "desk_id", "status": "status", "priority": "priority", "team": "team_id", "assignee": "assignee_id",
    "tags": "tags", "visibility": "visibility",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """Something that was just done to a ticket and can be taken back; see :mod:`deskcore.tickets.undo`.

    :param seq: of the line that says it.
    :param resolved_at: when the ticket was solved, before its status changed.
    :param before: of a move to another desk, what it changed; see :mod:`deskcore.tickets.services.moving_back`.
    :param into: of a merge, the ticket that it went into; see :mod:`deskcore.tickets.services.taking_apart`.
    :param held: token of a reply that goes out in a moment; nothing of what was done with it is taken back afterwards.
    """

    ticket_id: int
    seq: int
    resolved_at: datetime | None = None
    before: Mapping[str, Any] | None = None
    into: int | None = None
    held: str | None = None


def opened_as(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a ticket's first event: the state that every later one changes.

    With it the timeline alone tells how a ticket came to be what it is.

    :param values: of the new row.
    """
    return {key: values[column] for key, column in FOLDED.items() if values.get(column) is not None}


def record(
    session: Session, ticket: Ticket, viewer: Viewer, kind: str, channel: str, data: Mapping[str, Any] | None = None
) -> TicketEvent:
    """Append a line to a ticket's timeline; it is at once the outbox that subscribers are told from.

    :param data: ids and field names with ``from`` and ``to``; never contents.
    """
    ticket.last_seq += 1
    event = TicketEvent(
        ticket_id=ticket.id,
        seq=ticket.last_seq,
        kind=kind,
        actor_id=viewer.person_id,
        actor_plugin=viewer.plugin,
        channel=channel,
        at=now(),
        public=kind in PUBLIC_KINDS,
        data=dict(data or {}),
        schema=schemas.current(kind),
        pending=True,
    )
    session.add(event)
    after_commit(runtime().wake.set)
    return event


def announced(data: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the hook by which a plugin announces an event, and what it tells; no hook for any other event.

    :param data: of the event.
    """
    return str(data.get("hook") or ""), data.get("told") or {}


def said_by_plugin(data: Mapping[str, Any], language: str) -> str:
    """Return the sentence of a line that a plugin added, from the data of its event."""
    said = data.get("text") or {}
    return str(said.get(language) or said.get("en") or "")
