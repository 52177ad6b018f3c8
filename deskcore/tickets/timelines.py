"""What happened to tickets, as plugins read it: from the first event to the last, a few statements for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import and_

from deskcore.extensions import db
from deskcore.runtime import runtime
from deskcore.tickets.conversation_models import Message
from deskcore.tickets.event_views import Names, event_view, events, recorded
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import TicketEvent
from deskcore.tickets.snapshots import EventView


def timeline(number: str) -> tuple[EventView, ...]:
    """Return everything that happened to a ticket, oldest first, as :func:`timelines` does.

    :raises NotFound: when there is none, or whoever asks may not know that there is one.
    """
    ticket = find_ticket(number)
    return timelines([ticket.id])[ticket.id]


def timelines(ids: Collection[int], *, kinds: Collection[str] = ()) -> Mapping[int, tuple[EventView, ...]]:
    """Return everything that happened to tickets, oldest first, in three statements at most.

    Beside what handlers are told, the data of ``opened`` has the ``category`` of its status, and that of
    ``message_added`` tells ``from_agent``: whether the desk wrote it.

    :param ids: that rows of the plugin's own tables carry; of tickets that whoever asks does not see, nothing is told.
    :param kinds: of events; all when left out.
    """
    wrote = and_(Message.ticket_id == TicketEvent.ticket_id, Message.seq == TicketEvent.seq)
    wanted = events().add_columns(Message.from_agent).outerjoin(Message, wrote)
    wanted = wanted.where(TicketEvent.ticket_id.in_(ids)).order_by(TicketEvent.ticket_id, TicketEvent.seq)
    rows = db.session.execute(wanted.where(TicketEvent.kind.in_(kinds)) if kinds else wanted).all()
    kept = [recorded(row) for row in rows]
    names = Names.of(db.session(), kept)
    told: defaultdict[int, list[EventView]] = defaultdict(list)
    for row, event in zip(rows, kept, strict=True):
        told[row.ticket_id].append(event_view(event, names, _more(row)))
    return defaultdict(tuple, {ticket_id: tuple(events) for ticket_id, events in told.items()})


def _more(row: Any) -> dict[str, Any]:
    if row.kind == "opened":
        return {"category": _category(row.data)}
    return {"from_agent": bool(row.from_agent)} if row.kind == "message_added" else {}


def _category(opened: Mapping[str, Any]) -> str:
    """Return the category of a ticket's first status; a status that is gone since counts as new."""
    desk = runtime().catalogue.desk_by_id(opened["desk"]) if "desk" in opened else None
    known = (*desk.worn, *desk.former) if desk else ()
    return next((status.category for status in known if status.key == opened.get("status")), "new")
