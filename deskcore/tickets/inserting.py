"""Inserting a new ticket with all that belongs to it, inside the unit of work that opens it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.sections import holder_of
from deskcore.events import schemas
from deskcore.tickets.attachments import attach
from deskcore.tickets.claims import take
from deskcore.tickets.models import Ticket, TicketEvent, TicketExclusion, TicketParticipant, TicketTag
from deskcore.tickets.naming import Circle
from deskcore.tickets.numbers import next_number
from deskcore.tickets.sealed_files import Places, places_in
from deskcore.tickets.sensitive import stored
from deskcore.tickets.timeline import opened_as
from deskcore.viewer import Viewer

if TYPE_CHECKING:
    from deskcore.tickets.opening import NewTicket


@dataclass(frozen=True)
class Settled:
    """What the ticket gets after all plugins were asked.

    :param by_rule: the manager takes part because the desk says so.
    :param takes: names that no other ticket gets, each with the plugin for which it is taken.
    """

    priority: int
    team_id: int | None
    tags: tuple[str, ...]
    visibility: str
    circle: Circle
    manager_id: int | None
    by_rule: bool
    anonymous: bool
    extra: dict[str, Any]
    takes: tuple[tuple[str, str], ...] = ()


def insert_ticket(session: Session, viewer: Viewer, new: NewTicket, entry: RequestTypeEntry, asked: Settled) -> str:
    """Insert a ticket and return its number.

    :param viewer: who appears to have sent it.
    :raises Taken: when another ticket has taken a name that it would take.
    """
    values = _columns(session, new, entry, asked)
    number, opened_at = values["number"], values["created_at"]
    ticket_id: int = session.execute(sa.insert(Ticket).returning(Ticket.id), values).scalar_one()
    take(session, ticket_id, asked.takes)
    _insert_around(session, viewer, new, ticket_id, values, anonymous=asked.anonymous)
    if new.uploads:
        places = Places(values["sealed_as"] or "", places_in(new.answers, entry.type.fields))
        attach(session, ticket_id, new.uploads, sender=viewer if asked.anonymous else None, places=places)
    _insert_circle(session, ticket_id, asked.circle, opened_at)
    if asked.manager_id is not None:
        _insert_manager(session, ticket_id, asked, new.channel, entry.plugin, opened_at)
    return str(number)


def _columns(session: Session, new: NewTicket, entry: RequestTypeEntry, asked: Settled) -> dict[str, Any]:
    """Return what stands in the ticket itself, with the next number of its desk."""
    opened_at = new.opened_at or now()
    holder = None if new.approved or new.import_key else holder_of(entry)
    status = entry.desk.status_of("waiting_approval" if holder else "new")
    return {
        "number": next_number(session, entry.desk),
        "desk_id": entry.desk.id,
        "request_type_id": entry.id,
        "form_version_id": entry.form_version_id,
        "subject": new.subject or entry.type.title.en,
        "description": new.description,
        "status": status.key,
        "status_category": status.category,
        "finished": False,
        "priority": asked.priority,
        "channel": new.channel,
        "requester_id": new.requester_id,
        "team_id": asked.team_id,
        **stored(entry.type.fields, new.answers),
        "extra": asked.extra,
        "tags": list(asked.tags),
        "visibility": asked.visibility,
        "last_seq": 1 if asked.manager_id is None else 2,
        "created_at": opened_at,
        "updated_at": opened_at,
        "import_key": new.import_key,
        "held_by": holder,
    }


def _insert_around(
    session: Session, viewer: Viewer, new: NewTicket, ticket_id: int, values: Mapping[str, Any], *, anonymous: bool
) -> None:
    """Insert what belongs to a new ticket: who takes part, its first event and its tags.

    :param anonymous: then nobody takes part: whoever stands for all who send such tickets must never see one.
    """
    at, tags = values["created_at"], values["tags"]
    roles = [{"ticket_id": ticket_id, "person_id": new.requester_id, "role": "requester", "since": at}]
    if viewer.area == "portal" and viewer.person_id not in (None, new.requester_id):
        roles.append({"ticket_id": ticket_id, "person_id": viewer.person_id, "role": "reporter", "since": at})
    if not anonymous:
        session.execute(sa.insert(TicketParticipant), roles)
    event = {
        "ticket_id": ticket_id,
        "seq": 1,
        "kind": "opened",
        "actor_id": viewer.person_id or new.requester_id,
        "actor_plugin": viewer.plugin,
        "channel": new.channel,
        "at": at,
        "public": True,
        "data": opened_as(values),
        "schema": schemas.current("opened"),
        "pending": True,
    }
    session.execute(sa.insert(TicketEvent), event)
    if tags:
        session.execute(sa.insert(TicketTag), [{"ticket_id": ticket_id, "tag": tag} for tag in tags])


def _insert_manager(
    session: Session, ticket_id: int, asked: Settled, channel: str, plugin: str | None, at: datetime
) -> None:
    """Insert that the manager of whoever asks takes part, with the line that says so."""
    role = {"ticket_id": ticket_id, "person_id": asked.manager_id, "role": "manager", "by_rule": asked.by_rule}
    session.execute(sa.insert(TicketParticipant), role | {"since": at})
    event = {
        "ticket_id": ticket_id,
        "seq": 2,
        "kind": "participant_added",
        "actor_plugin": None if asked.by_rule else plugin,
        "channel": channel,
        "at": at,
        "public": True,
        "data": {"person": asked.manager_id, "role": "manager"},
        "schema": schemas.current("participant_added"),
        "pending": True,
    }
    session.execute(sa.insert(TicketEvent), event)


def _insert_circle(session: Session, ticket_id: int, circle: Circle, at: datetime) -> None:
    """Insert who alone of the desk sees a new ticket, and who never may."""
    if circle.named:
        role = {"ticket_id": ticket_id, "role": "member", "since": at}
        session.execute(sa.insert(TicketParticipant), [role | {"person_id": each} for each in sorted(circle.named)])
    if circle.never:
        rows = [{"ticket_id": ticket_id, "person_id": each} for each in sorted(circle.never)]
        session.execute(sa.insert(TicketExclusion), rows)
