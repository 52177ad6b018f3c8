"""The few tickets and tags that a search box offers while somebody types; all within the viewer's policy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from deskcore.extensions import db
from deskcore.tickets.lists import list_tickets
from deskcore.tickets.models import Ticket, TicketTag
from deskcore.tickets.queries import TicketQuery


@dataclass(frozen=True)
class Jump:
    """A ticket to which one may want to go."""

    number: str
    subject: str
    category: str


def tickets_numbered(numbers: Iterable[str]) -> list[Jump]:
    """Return the tickets with these numbers that the viewer sees, in the order of the numbers, in one statement."""
    wanted = list(dict.fromkeys(numbers))
    if not wanted:
        return []
    columns = select(Ticket.number, Ticket.subject, Ticket.status_category).where(Ticket.number.in_(wanted))
    found = {row.number: Jump(*row) for row in db.session.execute(columns)}
    return [found[number] for number in wanted if number in found]


def tickets_with_words(words: str, person_id: int, limit: int) -> list[Jump]:
    """Return the tickets whose number or subject has these words, the newest change first, in one statement."""
    page = list_tickets(TicketQuery(queue="all", text=words, limit=limit), person_id)
    return [Jump(row.number, row.subject, row.status_category) for row in page.rows]


def tags_beginning(words: str, limit: int) -> Sequence[str]:
    """Return tags of tickets that the viewer sees, by their beginning and in alphabetical order."""
    wanted = select(TicketTag.tag).where(TicketTag.tag.startswith(words.lower(), autoescape=True))
    return db.session.scalars(wanted.distinct().order_by(TicketTag.tag).limit(limit)).all()
