"""Tickets in batches, each with all that belongs to it: memory stays the same however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.answer_keys import AnswerKeys, read_keys
from deskcore.desks.models import DeskRow, FormVersion, NumberSeries
from deskcore.errors import ConfigurationError
from deskcore.fsck.findings import Finding, is_damage
from deskcore.people.models import STAND_IN, Person
from deskcore.runtime import runtime
from deskcore.tickets.conversation_models import Attachment, Message, Note
from deskcore.tickets.models import Ticket, TicketEvent, TicketParticipant, TicketTag
from deskcore.tickets.sealing_stored import SensitiveForms

#: Tickets that are looked at together.
BATCH = 500
_COLUMNS = (
    Ticket.id, Ticket.number, Ticket.desk_id, Ticket.form_version_id, Ticket.status, Ticket.status_category,
    Ticket.finished, Ticket.resolved_at, Ticket.priority, Ticket.assignee_id, Ticket.team_id, Ticket.tags,
    Ticket.visibility, Ticket.answers, Ticket.last_seq, Ticket.requester_id, Ticket.request_type_id, Ticket.sealed_as,
)  # fmt: skip


@dataclass(frozen=True)
class Surroundings:
    """What tickets are compared with.

    :param series: the next number by prefix.
    :param forms: keys of the fields by id of the form version.
    :param sensitive: what is sensitive in which form.
    :param keys: of sensitive answers; nothing when they cannot be read.
    :param stand_in: id of who stands for all who send anonymously.
    """

    desks: Mapping[int, DeskRow]
    series: Mapping[str, int]
    forms: Mapping[int, Set[str]]
    sensitive: SensitiveForms
    keys: AnswerKeys
    stand_in: int | None


@dataclass(frozen=True)
class TicketRows:
    """One ticket with the rows that belong to it.

    :param row: its columns.
    :param events: in their order.
    :param entries: kind of event and sequence number of each message and each note.
    :param files: token of each, and what there is of its being sealed.
    """

    row: sa.Row[Any]
    around: Surroundings
    events: Sequence[sa.Row[Any]]
    entries: Set[tuple[str, int]]
    files: Sequence[sa.Row[Any]]
    tags: Sequence[str]
    requesters: Set[int]

    @property
    def desk(self) -> DeskRow | None:
        """Its desk, if that exists."""
        return self.around.desks.get(self.row.desk_id)


def surroundings(session: Session) -> Surroundings:
    """Read what every ticket is compared with."""
    forms = session.execute(select(FormVersion.id, FormVersion.fields))
    return Surroundings(
        desks={desk.id: desk for desk in session.scalars(select(DeskRow))},
        series=dict(session.execute(select(NumberSeries.prefix, NumberSeries.next)).all()),
        forms={row.id: frozenset(field["key"] for field in row.fields) for row in forms},
        sensitive=SensitiveForms(session),
        keys=readable_keys(),
        stand_in=session.scalar(select(Person.id).where(Person.email == STAND_IN)),
    )


def readable_keys() -> AnswerKeys:
    """Return the keys of sensitive answers; none when they cannot be read, which others say."""
    try:
        return read_keys(runtime().config.instance)
    except ConfigurationError:
        return AnswerKeys()


def batches(session: Session, around: Surroundings, unreadable: list[Finding]) -> Iterator[list[TicketRows]]:
    """Yield every ticket once, at most 500 at a time.

    :param unreadable: gets a finding for each ticket that cannot be read at all.
    """
    last = 0
    while ids := session.scalars(select(Ticket.id).where(Ticket.id > last).order_by(Ticket.id).limit(BATCH)).all():
        yield _readable(session, ids, around, unreadable)
        last = ids[-1]


def _readable(
    session: Session, ids: Sequence[int], around: Surroundings, unreadable: list[Finding]
) -> list[TicketRows]:
    """Read tickets, and where that fails look in each half for the one that is damaged."""
    try:
        return _read(session, ids, around)
    except Exception as error:
        if not is_damage(error):
            raise
        if len(ids) == 1:
            unreadable.append(Finding("readable", f"ticket row {ids[0]}", "What is stored cannot be read."))
            return []
    half = len(ids) // 2
    return [found for part in (ids[:half], ids[half:]) for found in _readable(session, part, around, unreadable)]


def _read(session: Session, ids: Sequence[int], around: Surroundings) -> list[TicketRows]:
    tickets = session.execute(select(*_COLUMNS).where(Ticket.id.in_(ids)).order_by(Ticket.id)).all()
    events = _by_ticket(session, ids, TicketEvent, TicketEvent.seq, TicketEvent.kind, TicketEvent.data)
    messages = _by_ticket(session, ids, Message, Message.seq)
    notes = _by_ticket(session, ids, Note, Note.seq)
    files = _by_ticket(session, ids, Attachment, Attachment.token, Attachment.answer, Attachment.sealed)
    tags = _by_ticket(session, ids, TicketTag, TicketTag.tag)
    people = _by_ticket(session, ids, TicketParticipant, TicketParticipant.person_id, TicketParticipant.role)
    return [
        TicketRows(
            row=ticket,
            around=around,
            events=events[ticket.id],
            entries={("message_added", row.seq) for row in messages[ticket.id]}
            | {("note_added", row.seq) for row in notes[ticket.id]},
            files=files[ticket.id],
            tags=[row.tag for row in tags[ticket.id]],
            requesters={row.person_id for row in people[ticket.id] if row.role == "requester"},
        )
        for ticket in tickets
    ]


def _by_ticket(session: Session, ids: Sequence[int], model: Any, *columns: Any) -> defaultdict[int, list[sa.Row[Any]]]:
    found: defaultdict[int, list[sa.Row[Any]]] = defaultdict(list)
    wanted = select(model.ticket_id, *columns).where(model.ticket_id.in_(ids)).order_by(columns[0])
    for row in session.execute(wanted):
        found[row.ticket_id].append(row)
    return found
