"""Stores prepared tickets, a batch in one transaction, with a handful of statements whatever its size."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.desks.catalogue import FINISHED_CATEGORIES, DeskEntry
from deskcore.desks.models import NumberSeries
from deskcore.events import schemas
from deskcore.extensions import db
from deskcore.hooks.sentences import sentence
from deskcore.importing.messages import BadValue, Unusable
from deskcore.importing.ticket_rows import PreparedTicket
from deskcore.people.former import present_addresses
from deskcore.people.models import IMPORTED, DeskGrant, FormerAddress, Person
from deskcore.people.services import find_person
from deskcore.search.indexing import changed
from deskcore.tickets.matching import KIND
from deskcore.tickets.models import Ticket, TicketEvent, TicketParticipant, TicketTag
from deskcore.tickets.sensitive import stored
from deskcore.tickets.timeline import PUBLIC_KINDS, opened_as
from deskcore.work import unit_of_work

#: What the person is called who stands for everybody whom a file does not name.
_NOBODYS_NAME = "Imported"
#: Letters and digits of the random numbers of a confidential desk, as in :mod:`deskcore.tickets.numbers`.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
#: People that are remembered between batches.
_REMEMBERED = 50_000


class TicketBatches:
    """Writes tickets of one desk.

    :raises Refused: when somebody could sign in as the one who stands for those whom a file does not name.
    """

    def __init__(self, desk: DeskEntry) -> None:
        self._desk = desk
        self._ids: dict[str, int] = {}
        if find_person(IMPORTED) is not None:
            raise Unusable(
                sentence(
                    "Somebody has an account with the address %(email)s, and would be the requester of every ticket "
                    "that names none. An administrator has to close it first.",
                    email=IMPORTED,
                )
            )
        granted = select(Person.email, Person.id).join(DeskGrant, DeskGrant.person_id == Person.id)
        self._agents = dict(db.session.execute(granted.where(DeskGrant.desk_id == desk.id)).all())
        former = present_addresses(db.session()).items()
        self._agents |= {address: self._agents[email] for address, email in former if email in self._agents}

    def check(self, ticket: PreparedTicket) -> None:
        """Check what depends on rows of the database that an import does not change.

        :raises BadValue: when the assignee does not work on the desk.
        """
        if ticket.assignee and ticket.assignee not in self._agents:
            raise BadValue(
                sentence("%(email)s does not work on the desk “%(desk)s”.", email=ticket.assignee, desk=self._desk.key)
            )

    def known(self, keys: Sequence[str]) -> set[str]:
        """Return those of the import keys that are stored already."""
        found = db.session.scalars(select(Ticket.import_key).where(Ticket.import_key.in_(keys)))
        return {key for key in found if key is not None}

    def store(self, tickets: Sequence[PreparedTicket]) -> int:
        """Store the tickets that are not there yet and return how many there were."""
        with unit_of_work() as session:
            known = self.known([ticket.key for ticket in tickets])
            new = list({ticket.key: ticket for ticket in reversed(tickets) if ticket.key not in known}.values())[::-1]
            if new:
                self._insert(session, new)
        return len(new)

    def _insert(self, session: Session, tickets: Sequence[PreparedTicket]) -> None:
        self._learn_people(session, tickets)
        numbers = self._numbers(session, len(tickets))
        rows = [self._row(ticket, number) for ticket, number in zip(tickets, numbers, strict=True)]
        session.execute(sa.insert(Ticket), rows)
        # Asked for afterwards: to return ids in order, SQLite would need a statement for each row.
        stored = dict(session.execute(select(Ticket.number, Ticket.id).where(Ticket.number.in_(numbers))).all())
        ids = [stored[number] for number in numbers]
        events: list[dict[str, Any]] = []
        for ticket_id, ticket, row in zip(ids, tickets, rows, strict=True):
            events += self._events(ticket_id, ticket, row)
        session.execute(sa.insert(TicketEvent), events)
        session.execute(
            sa.insert(TicketParticipant),
            [
                {
                    "ticket_id": ticket_id,
                    "person_id": self._asks(ticket),
                    "role": "requester",
                    "since": ticket.created_at,
                }
                for ticket_id, ticket in zip(ids, tickets, strict=True)
            ],
        )
        tags = [{"ticket_id": one, "tag": tag} for one, ticket in zip(ids, tickets, strict=True) for tag in ticket.tags]
        if tags:
            session.execute(sa.insert(TicketTag), tags)
        # Nobody is told of what is imported; it is to be found all the same.
        changed(KIND, numbers)

    def _row(self, ticket: PreparedTicket, number: str) -> dict[str, Any]:
        ended = ticket.resolved_at or ticket.created_at
        return {
            "number": number,
            "desk_id": self._desk.id,
            "request_type_id": ticket.entry.id,
            "form_version_id": ticket.entry.form_version_id,
            "subject": ticket.subject,
            "description": ticket.description,
            "status": ticket.status.key,
            "status_category": ticket.status.category,
            "finished": ticket.status.category in FINISHED_CATEGORIES,
            "priority": ticket.priority,
            "channel": "import",
            "requester_id": self._asks(ticket),
            "assignee_id": self._agents.get(ticket.assignee),
            "team_id": ticket.team_id,
            **stored(ticket.entry.type.fields, ticket.answers),
            "extra": {},
            "tags": list(ticket.tags),
            "visibility": "desk",
            "version": 1,
            "last_seq": 1 + bool(ticket.assignee) + (ticket.status.category != "new"),
            "created_at": ticket.created_at,
            "updated_at": ended,
            "resolved_at": ticket.resolved_at,
            "import_key": ticket.key,
        }

    def _events(self, ticket_id: int, ticket: PreparedTicket, row: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the timeline that leads to what is imported; nobody is told of it, so nothing is pending."""
        before = self._desk.status_of("new").key
        opened = opened_as({**row, "status": before, "assignee_id": None})
        events = [_event(ticket_id, 1, "opened", ticket.created_at, opened, self._asks(ticket))]
        if ticket.assignee:
            given = {"from": None, "to": self._agents[ticket.assignee]}
            events.append(_event(ticket_id, 2, "assigned", ticket.created_at, given))
        if ticket.status.category != "new":
            data: dict[str, Any] = {"from": before, "to": ticket.status.key, "category": ticket.status.category}
            ended = ticket.resolved_at or ticket.created_at
            events.append(_event(ticket_id, len(events) + 1, "status_changed", ended, data))
        return events

    def _asks(self, ticket: PreparedTicket) -> int:
        return self._ids[ticket.requester or IMPORTED]

    def _learn_people(self, session: Session, tickets: Sequence[PreparedTicket]) -> None:
        """Find everybody who asks, and add those whom nobody knows: without a password, so that they cannot sign in."""
        if len(self._ids) > _REMEMBERED:
            self._ids.clear()
        names = {ticket.requester or IMPORTED: ticket.requester_name for ticket in tickets}
        unknown = [email for email in names if email not in self._ids]
        found = session.execute(select(Person.email, Person.id).where(Person.email.in_(unknown))).all()
        self._ids.update(found)
        former = select(FormerAddress.address, FormerAddress.person_id).where(FormerAddress.address.in_(unknown))
        self._ids.update(session.execute(former).all())
        missing = [email for email in unknown if email not in self._ids]
        if missing:
            rows = [_placeholder(email, names[email]) for email in missing]
            added = session.execute(sa.insert(Person).returning(Person.email, Person.id), rows).all()
            self._ids.update(added)

    def _numbers(self, session: Session, count: int) -> list[str]:
        if self._desk.confidential:
            return self._random_numbers(session, count)
        mine = sa.update(NumberSeries).where(NumberSeries.prefix == self._desk.prefix)
        taken = mine.values(next=NumberSeries.next + count).returning(NumberSeries.next)
        following: int = session.execute(taken, execution_options={"synchronize_session": False}).scalar_one()
        return [f"{self._desk.prefix}-{number}" for number in range(following - count, following)]

    def _random_numbers(self, session: Session, count: int) -> list[str]:
        numbers: dict[str, None] = {}
        while len(numbers) < count:
            drawn = {f"{self._desk.prefix}-{_drawn()}" for _ in range(count - len(numbers))}
            numbers |= dict.fromkeys(
                drawn - set(session.scalars(select(Ticket.number).where(Ticket.number.in_(drawn))))
            )
        return list(numbers)


def _event(
    ticket_id: int, seq: int, kind: str, at: datetime, data: dict[str, Any], actor: int | None = None
) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "seq": seq,
        "kind": kind,
        "actor_id": actor,
        "channel": "import",
        "at": at,
        "public": kind in PUBLIC_KINDS,
        "data": data,
        "schema": schemas.current(kind),
        "pending": False,
    }


def _placeholder(email: str, name: str) -> dict[str, Any]:
    nobody = email == IMPORTED
    return {"email": email, "name": _NOBODYS_NAME if nobody else name or email.partition("@")[0], "active": not nobody}


def _drawn() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(5))
