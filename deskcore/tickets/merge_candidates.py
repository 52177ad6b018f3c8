"""Tickets into which another one may have to be merged: open ones of the same person, and those that sound alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.lists import list_tickets
from deskcore.tickets.loading import ticket_view
from deskcore.tickets.models import Ticket
from deskcore.tickets.queries import TicketQuery
from deskcore.tickets.similar import alike, share_words

#: So many are offered, and so many of the same person are compared.
_MOST, _COMPARED = 8, 20


@dataclass(frozen=True)
class Candidate:
    """An open ticket into which another one could be merged.

    :param same_person: whoever asked is the same.
    :param alike: its subject, or its words, are like those of the other one.
    """

    number: str
    subject: str
    status_category: str
    requester: str
    same_person: bool
    alike: bool = False


def candidates(ticket: Ticket) -> list[Candidate]:
    """Return the open tickets that are most likely about the same, as far as the viewer sees them; the likeliest first.

    In three statements, whatever there is; where no plugin keeps an index, those of the same person only.
    """
    found = {each.number: each for each in alike(ticket_view(ticket), _MOST) if not each.finished}
    rows = {row.number: row for row in [*_those(ticket, Ticket.number.in_(found)), *_of_person(ticket)]}
    offered = [
        Candidate(
            row.number,
            row.subject,
            row.status_category,
            row.requester,
            row.requester_id == ticket.requester_id,
            row.number in found or share_words(ticket.subject, row.subject),
        )
        for row in rows.values()
    ]
    return sorted(offered, key=lambda each: (not each.alike, not each.same_person))[:_MOST]


def searched(ticket: Ticket, words: str, person_id: int) -> list[Candidate]:
    """Return the open tickets that have words in them, the newest change first."""
    page = list_tickets(TicketQuery(queue="open", text=words, limit=_MOST + 1), person_id)
    email = ticket.requester.email
    return [
        Candidate(row.number, row.subject, row.status_category, row.requester_name, row.requester_email == email)
        for row in page.rows
        if row.number != ticket.number
    ][:_MOST]


def _of_person(ticket: Ticket) -> Iterable[Any]:
    return _those(ticket, Ticket.requester_id == ticket.requester_id)


def _those(ticket: Ticket, condition: Any) -> Sequence[Any]:
    wanted: Any = select(
        Ticket.number, Ticket.subject, Ticket.status_category, Ticket.requester_id, Person.name.label("requester")
    )
    wanted = wanted.join(Person, Person.id == Ticket.requester_id).where(condition, Ticket.finished.is_(False))
    wanted = wanted.where(Ticket.id != ticket.id, Ticket.visibility == ticket.visibility)
    confidential = runtime().catalogue.confidential
    if ticket.desk_id in confidential:
        wanted = wanted.where(Ticket.desk_id == ticket.desk_id, Ticket.requester_id == ticket.requester_id)
    elif confidential:
        wanted = wanted.where(Ticket.desk_id.not_in(confidential))
    return db.session.execute(wanted.order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(_COMPARED)).all()
