"""Events as plugins see them: in the present shape, with names in the place of ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.events import schemas
from deskcore.events.models import Delivery
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.loading import ticket_view, with_people
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.tickets.snapshots import EventView, TicketView

#: Where data holds ids, by kind of event.
_PEOPLE = {
    "opened": ("assignee",),
    "assigned": ("from", "to"),
    "participant_added": ("person",),
    "participant_removed": ("person",),
    "member_added": ("person",),
    "member_removed": ("person",),
    "break_glass_given": ("person",),
    "break_glass_ended": ("person",),
}
_TEAMS = {"opened": ("team",), "escalated": ("from", "to")}
_DESKS = {"opened": ("desk",), "moved": ("from", "to")}


def views_of(session: Session, delivery: Delivery) -> tuple[EventView, TicketView]:
    """Return what a delivery tells its subscriber: the event, and the ticket as it is now.

    :param session: of the system.
    """
    ticket = session.scalars(with_people(select(Ticket).where(Ticket.id == delivery.ticket_id))).one()
    found = select(TicketEvent, Person.email).outerjoin(Person, Person.id == TicketEvent.actor_id)
    event, email = session.execute(found.where(TicketEvent.id == delivery.event_id)).one()
    view = EventView(
        id=f"{ticket.number}/{event.seq}",
        kind=event.kind,
        number=ticket.number,
        at=event.at,
        actor_email=email or "",
        channel=event.channel,
        data=_public(session, event.kind, schemas.read(event.kind, event.schema, event.data) or {}),
        schema=schemas.current(event.kind),
        overtaken=delivery.overtaken,
    )
    return view, ticket_view(ticket)


def _public(session: Session, kind: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event's data with names in the place of ids, which never leave the core."""
    data, catalogue = dict(stored), runtime().catalogue
    for key in _held(data, _PEOPLE, kind):
        data[key] = session.scalar(select(Person.email).where(Person.id == data[key]))
    for key in _held(data, _TEAMS, kind):
        team = catalogue.team_by_id(data[key])
        data[key] = team.key if team else None
    for key in _held(data, _DESKS, kind):
        data[key] = catalogue.desk_by_id(data[key]).key
    if kind == "linked":
        data["other"] = session.scalar(select(Ticket.number).where(Ticket.id == data["other"]))
    return data


def _held(data: Mapping[str, Any], keys: Mapping[str, tuple[str, ...]], kind: str) -> list[str]:
    return [key for key in keys.get(kind, ()) if data.get(key) is not None]
