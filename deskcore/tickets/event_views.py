"""Events as plugins see them: in the present shape, with names in the place of ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from deskcore.events import schemas
from deskcore.events.models import Delivery
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.loading import ticket_view, with_people
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.tickets.snapshots import EventView, TicketView
from deskcore.tickets.timeline import announced

#: Where data holds ids, by kind of event.
_PEOPLE = {
    "opened": ("assignee",),
    "assigned": ("from", "to", "instead_of"),
    "left_unassigned": ("instead_of",),
    "participant_added": ("person",),
    "participant_removed": ("person",),
    "member_added": ("person",),
    "member_removed": ("person",),
    "break_glass_given": ("person",),
    "break_glass_ended": ("person",),
    "merged": ("follower",),
}
_TEAMS = {"opened": ("team",), "escalated": ("from", "to")}
_DESKS = {"opened": ("desk",), "moved": ("from", "to"), "linked": ("desk",)}
_TICKETS = {"linked": ("other",), "merged": ("into",), "joined": ("other",)}


@dataclass(frozen=True)
class Recorded:
    """An event as it is stored, its data in the present shape."""

    kind: str
    seq: int
    number: str
    at: datetime
    actor_email: str
    channel: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Names:
    """What the ids mean that events hold: addresses of people, numbers of tickets."""

    people: Mapping[int, str]
    tickets: Mapping[int, str]

    @classmethod
    def of(cls, session: Session, events: Iterable[Recorded]) -> Names:
        """Look up what some events mention, each kind of thing at once."""
        people: set[int] = set()
        tickets: set[int] = set()
        for event in events:
            people |= {event.data[key] for key in _held(event, _PEOPLE)}
            tickets |= {event.data[key] for key in _held(event, _TICKETS)}
        emails = select(Person.id, Person.email).where(Person.id.in_(people))
        # That there is a confidential ticket, whoever only hears of the other one must not learn.
        told = Ticket.visibility == "desk", Ticket.desk_id.not_in(runtime().catalogue.confidential)
        numbers = select(Ticket.id, Ticket.number).where(Ticket.id.in_(tickets), *told)
        return cls(
            dict(session.execute(emails).all()) if people else {},
            dict(session.execute(numbers).all()) if tickets else {},
        )


def views_of(session: Session, delivery: Delivery) -> tuple[EventView, TicketView]:
    """Return what a delivery tells its subscriber: the event, and the ticket as it is now.

    :param session: of the system.
    """
    ticket = session.scalars(with_people(select(Ticket).where(Ticket.id == delivery.ticket_id))).one()
    event = recorded(session.execute(events().where(TicketEvent.id == delivery.event_id)).one())
    return event_view(event, Names.of(session, [event]), overtaken=delivery.overtaken), ticket_view(ticket)


def events() -> Select[Any]:
    """Return the query for events with what :func:`recorded` needs of each."""
    columns = TicketEvent.ticket_id, TicketEvent.kind, TicketEvent.seq, TicketEvent.at, TicketEvent.channel
    wanted = select(*columns, TicketEvent.data, TicketEvent.schema, Ticket.number, Person.email)
    wanted = wanted.select_from(TicketEvent).join(Ticket, Ticket.id == TicketEvent.ticket_id)
    return wanted.outerjoin(Person, Person.id == TicketEvent.actor_id)


def recorded(row: Any) -> Recorded:
    """Return a row of :func:`events` in the present shape."""
    data = schemas.read(row.kind, row.schema, row.data) or {}
    return Recorded(row.kind, row.seq, row.number, row.at, row.email or "", row.channel, data)


def event_view(
    event: Recorded, names: Names, more: Mapping[str, Any] | None = None, *, overtaken: bool = False
) -> EventView:
    """Return an event as a plugin sees it.

    :param more: data beside what is recorded.
    """
    hook, told = announced(event.data)
    data = told if hook else {**_public(event, names), **(more or {})}
    return EventView(
        id=f"{event.number}/{event.seq}",
        kind=hook or event.kind,
        number=event.number,
        at=event.at,
        actor_email=event.actor_email,
        channel=event.channel,
        data=data,
        schema=schemas.current(event.kind),
        overtaken=overtaken,
    )


def _public(event: Recorded, names: Names) -> dict[str, Any]:
    """Return an event's data with names in the place of ids, which never leave the core."""
    data, catalogue = dict(event.data), runtime().catalogue
    for key in _held(event, _PEOPLE):
        data[key] = names.people.get(data[key])
    for key in _held(event, _TICKETS):
        data[key] = names.tickets.get(data[key])
    for key in _held(event, _TEAMS):
        team = catalogue.team_by_id(data[key])
        data[key] = team.key if team else None
    for key in _held(event, _DESKS):
        data[key] = catalogue.desk_by_id(data[key]).key
    return data


def _held(event: Recorded, keys: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [key for key in keys.get(event.kind, ()) if event.data.get(key) is not None]
