"""The timeline: one line for each thing that happened, written in the transaction in which it happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.runtime import runtime
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.viewer import Viewer
from deskcore.work import after_commit

#: Kinds of event that people who take part see in the portal.
PUBLIC_KINDS = frozenset({"opened", "message_added", "status_changed", "assigned", "participant_added", "withdrawn"})
#: Version of the shape of ``data``; a delivery carries it, so that an upgrader can translate old ones.
SCHEMA = 1


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
        schema=SCHEMA,
        pending=True,
    )
    session.add(event)
    after_commit(runtime().wake.set)
    return event
