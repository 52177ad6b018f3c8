"""Whom an internal note addresses: agents who are named in it after an ``@``, and who see the ticket."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from deskcore.people.models import DeskGrant, Person
from deskcore.tickets.agent_models import NoteMention
from deskcore.tickets.conversation_models import Note
from deskcore.tickets.models import Ticket, TicketParticipant

#: Whatever has a ``name`` and an ``email``.
N = TypeVar("N")


def keep_mentions(session: Session, ticket: Ticket, note: Note) -> None:
    """Keep whom a stored note addresses; belongs inside the unit of work that writes it."""
    if "@" not in note.body:
        return
    found = [row.id for row in mentioned(note.body, _readers(session, ticket)) if row.id != note.author_id]
    session.add_all(NoteMention(person_id=person_id, note_id=note.id) for person_id in found)


def mentioned(text: str, people: Iterable[N]) -> list[N]:
    """Return the people whom a text names after an ``@``: by name, by address, or by what stands before its ``@``.

    :param people: objects with ``name`` and ``email``, of which those that are named come back.
    """
    return [person for person in people if "@" in text and _named(person).search(text)]


def _readers(session: Session, ticket: Ticket) -> Sequence[Any]:
    works = sa.select(DeskGrant.person_id).where(DeskGrant.desk_id == ticket.desk_id)
    wanted = sa.select(Person.id, Person.name, Person.email).where(Person.id.in_(works), Person.active)
    if ticket.visibility == "named":
        named = TicketParticipant.ticket_id == ticket.id, TicketParticipant.role == "member"
        wanted = wanted.where(Person.id.in_(sa.select(TicketParticipant.person_id).where(*named)))
    return session.execute(wanted).all()


def _named(person: Any) -> re.Pattern[str]:
    ways = (person.email, person.email.partition("@")[0], person.name)
    words = "|".join(re.escape(way) for way in ways if way)
    return re.compile(rf"(?<![\w.@])@(?:{words})(?![\w@]|[.-]\w)", re.IGNORECASE)
