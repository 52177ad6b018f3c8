"""Tickets that were merged into others: where one went, and what came with those that were merged into one.

Nobody sees more by it: what was written in a ticket is shown with the other one to those who see the first as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import joinedload

from deskcore.errors import Problem, Refused
from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.tickets.agent_models import TicketMerge
from deskcore.tickets.conversation_models import Attachment, Message, Note
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.tickets.pages import Entry, Named
from deskcore.viewer import current_viewer

#: Kinds of lines that somebody wrote, as they are stored.
_WRITTEN = {"opened": "opened", "message_added": "message", "note_added": "note"}


@dataclass(frozen=True)
class Destination:
    """Where a merged ticket is found now.

    :param number: ``""`` where whoever asks does not see it; so for the subject.
    """

    number: str = ""
    subject: str = ""


@dataclass(frozen=True)
class Joined:
    """A ticket that was merged into another one, and what was written in it, oldest first.

    :param under: id of the ticket with which it came: itself, or the one that it had been merged into before.
    """

    ticket: Ticket
    under: int
    entries: Sequence[Entry]


def destination(ticket: Ticket) -> Destination | None:
    """Return where a ticket went that was merged; nothing for every other one, and no statement for an open one."""
    if ticket.status_category != "closed":
        return None
    end_id = db.session.scalar(select(TicketMerge.end_id).where(TicketMerge.ticket_id == ticket.id))
    if end_id is None:
        return None
    row = db.session.execute(select(Ticket.number, Ticket.subject).where(Ticket.id == end_id)).one_or_none()
    return Destination(row.number, row.subject) if row is not None else Destination()


def destinations(ticket_ids: Sequence[int]) -> dict[int, Destination]:
    """Return where those of several closed tickets went that were merged, by their ids, in two statements at most."""
    if not ticket_ids:
        return {}
    merges = select(TicketMerge.ticket_id, TicketMerge.end_id).where(TicketMerge.ticket_id.in_(ticket_ids))
    ends = dict(db.session.execute(merges).all())
    if not ends:
        return {}
    seen = select(Ticket.id, Ticket.number, Ticket.subject).where(Ticket.id.in_(ends.values()))
    known = {row.id: Destination(row.number, row.subject) for row in db.session.execute(seen)}
    return {ticket_id: known.get(end_id, Destination()) for ticket_id, end_id in ends.items()}


def check_not_merged(ticket: Ticket, field: str = "body") -> None:
    """Refuse to go on with a ticket that was merged, and say where that is done.

    :param field: of the form that the sentence stands at.
    :raises Refused: naming the other ticket, where whoever asks sees it.
    """
    there = destination(ticket)
    if there is None:
        return
    if there.number:
        raise Refused(Problem(_("This was merged into %(number)s. Go on there.", number=there.number), field))
    raise Refused(Problem(_("This was merged into another ticket, which you do not see."), field))


def joined(ticket: Ticket) -> list[Joined]:
    """Return what was merged into a ticket, as far as whoever asks sees it, in three statements at most."""
    given = {"ticket": ticket.id}
    sources = db.session.execute(_sources(), given).all()
    into = {row.Ticket.id: row.into_id for row in sources}
    portal = current_viewer().area == "portal"
    files = db.session.scalars(_files(portal), given).all() if sources else ()
    words: dict[int, list[Entry]] = {each: [] for each in into}
    tickets: Mapping[int, Ticket] = {row.Ticket.id: row.Ticket for row in sources}
    for row in db.session.execute(_words(portal), given) if sources else ():
        stayed = row.kind == "note_added" and row.note_id is None  # with a desk that the ticket has left
        if row.ticket_id in words and not stayed:
            words[row.ticket_id].append(_entry(tickets[row.ticket_id], row, files))
    return [Joined(tickets[each], _under(each, into, ticket.id), words[each]) for each in words]


def _under(ticket_id: int, into: Mapping[int, int], end_id: int) -> int:
    while into[ticket_id] != end_id and into[ticket_id] in into:
        ticket_id = into[ticket_id]
    return ticket_id


_TICKET = bindparam("ticket", type_=Ticket.id.type)


def _those() -> Select[int]:
    return select(TicketMerge.ticket_id).where(TicketMerge.end_id == _TICKET)


@cache
def _sources() -> Select[Ticket, int]:
    wanted = select(Ticket, TicketMerge.into_id).join(TicketMerge, TicketMerge.ticket_id == Ticket.id)
    return wanted.where(TicketMerge.end_id == _TICKET).options(joinedload(Ticket.requester)).order_by(Ticket.id)


@cache
def _words(portal: bool) -> Any:
    event = (TicketEvent.ticket_id, TicketEvent.seq, TicketEvent.kind, TicketEvent.at, TicketEvent.actor_plugin)
    actor = (Person.id.label("actor_id"), Person.name.label("actor_name"), Person.email.label("actor_email"))
    written = (Message.id.label("message_id"), Message.body.label("message_body"), Message.from_agent)
    wanted: Any = select(*event, TicketEvent.channel, *actor, *written).select_from(TicketEvent)
    wanted = wanted.outerjoin(Person, Person.id == TicketEvent.actor_id)
    for model in (Message,) if portal else (Message, Note):
        wanted = wanted.outerjoin(model, and_(model.ticket_id == TicketEvent.ticket_id, model.seq == TicketEvent.seq))
    wanted = wanted.where(TicketEvent.ticket_id.in_(_those()), TicketEvent.kind.in_(_WRITTEN))
    wanted = wanted.order_by(TicketEvent.ticket_id, TicketEvent.seq)
    if portal:
        return wanted.where(TicketEvent.public)
    return wanted.add_columns(Note.id.label("note_id"), Note.body.label("note_body"))


@cache
def _files(portal: bool) -> Select[Attachment]:
    wanted = select(Attachment).where(Attachment.ticket_id.in_(_those())).order_by(Attachment.id)
    return wanted.where(Attachment.note_id.is_(None)) if portal else wanted


def _entry(ticket: Ticket, row: Any, files: Iterable[Attachment]) -> Entry:
    note_id = getattr(row, "note_id", None)
    body = ticket.description if row.kind == "opened" else row.message_body or getattr(row, "note_body", "") or ""
    return Entry(
        seq=row.seq,
        kind=_WRITTEN[row.kind],
        at=row.at,
        author=Named(row.actor_id, row.actor_name, row.actor_email) if row.actor_id is not None else None,
        plugin=row.actor_plugin,
        channel=row.channel,
        data={},
        body=body,
        from_agent=bool(row.message_id and row.from_agent),
        attachments=[
            file
            for file in files
            if file.ticket_id == ticket.id and (file.message_id, file.note_id) == (row.message_id, note_id)
        ],
    )
