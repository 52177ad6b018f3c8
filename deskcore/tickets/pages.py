"""Everything that a ticket's page shows, in a fixed number of statements however long its history is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import aliased

from deskcore.desks.form_versions import thaw
from deskcore.desks.models import FormVersion
from deskcore.events import schemas
from deskcore.extensions import db
from deskcore.hooks.contributions import Field
from deskcore.people.models import Person
from deskcore.tickets.agent_models import HeldFile, HeldReply, TicketRead
from deskcore.tickets.models import (
    Attachment,
    Message,
    Note,
    Ticket,
    TicketEvent,
    TicketLink,
    TicketParticipant,
    Upload,
)
from deskcore.viewer import current_viewer

#: The kind of a line that a newer version of Deskcore wrote, and that this one cannot put into words.
_NEWER = "newer"
#: Kinds of lines that show what somebody wrote.
_TEXTS = ("opened", "message", "note")


@dataclass(frozen=True)
class Entry:
    """One line of a ticket's history as a page shows it.

    :param kind: ``opened``, ``message``, ``note``, or the kind of another event.
    :param author: who did it; ``None`` for the system or a plugin, which ``plugin`` then names.
    :param people: names by person id, for what ``data`` mentions.
    """

    seq: int
    kind: str
    at: datetime
    author: Person | None
    plugin: str | None
    channel: str
    data: Mapping[str, Any]
    body: str = ""
    from_agent: bool = False
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True)
class Linked:
    """Another ticket that belongs to this one."""

    kind: str
    number: str
    subject: str
    status_category: str


@dataclass(frozen=True)
class Held:
    """A reply that has not gone out: whole for its author, and for everybody else only that somebody is sending one.

    :param token: by which its author takes it back; ``""`` for everybody else.
    :param next_status: key of the status that shall follow.
    :param files: names of the files that go with it.
    :param stuck: whether it could not go out.
    """

    author: Person
    held_at: datetime
    goes_out_at: datetime
    stuck: bool
    token: str = ""
    body: str = ""
    next_status: str = ""
    files: Sequence[str] = ()


def held_replies(ticket: Ticket) -> list[Held]:
    """Return the replies to a ticket that have not gone out yet, oldest first; none in the portal."""
    wanted = select(HeldReply, Person, Upload.name).join(Person, Person.id == HeldReply.author_id)
    wanted = wanted.outerjoin(HeldFile, HeldFile.reply_id == HeldReply.id)
    wanted = wanted.outerjoin(Upload, Upload.token == HeldFile.token)
    wanted = wanted.where(HeldReply.ticket_id == ticket.id).order_by(HeldReply.id, Upload.at)
    files: dict[HeldReply, list[str]] = {}
    authors: dict[int, Person] = {}
    for row, person, name in db.session.execute(wanted):
        authors[row.author_id] = person
        files.setdefault(row, []).extend([name] if name else [])
    me = current_viewer().person_id
    return [_held(row, authors[row.author_id], names, row.author_id == me) for row, names in files.items()]


def _held(row: HeldReply, person: Person, files: Sequence[str], mine: bool) -> Held:
    if not mine:
        return Held(person, row.held_at, row.goes_out_at, row.stuck)
    return Held(person, row.held_at, row.goes_out_at, row.stuck, row.token, row.body, row.next_status, files)


def version_after_own_replies(number: str, seq: int, held: int) -> tuple[int, int] | None:
    """Return version and newest line of a ticket to which nothing happened but that replies of the viewer's went out.

    :param seq: the newest line that a page showed, with ``held`` replies that were still to go out.
    :returns: nothing when anything else happened.
    """
    wanted = select(Ticket.version, Ticket.last_seq, TicketEvent.kind, TicketEvent.actor_id)
    wanted = wanted.join(TicketEvent, TicketEvent.ticket_id == Ticket.id)
    rows = db.session.execute(wanted.where(Ticket.number == number.upper()[:20], TicketEvent.seq > seq)).all()
    kinds = [row.kind for row in rows if row.actor_id == current_viewer().person_id]
    replies, statuses = kinds.count("message_added"), kinds.count("status_changed")
    if not statuses <= replies <= held or replies + statuses != len(rows) or not rows:
        return None
    return rows[0].version, rows[0].last_seq


def history(ticket: Ticket) -> list[Entry]:
    """Return a ticket's history, oldest first, as far as the viewer's area shows it.

    In the portal only public events are asked for, and notes are not asked for at all.
    """
    return history_and_marks(ticket)[0]


def history_and_marks(ticket: Ticket) -> tuple[list[Entry], int, bool]:
    """Return a ticket's history, how far the viewer has read it, and whether a reply is about to go out.

    How far is the sequence number of a line, 0 for none.
    """
    viewer = current_viewer()
    portal = viewer.area == "portal"
    rows = db.session.execute(_history(portal), {"ticket": ticket.id, "reader": viewer.person_id}).all()
    files = attachments(ticket)
    entries = [_entry(ticket, row[0], row[1], row[4], None if portal else row[5], files) for row in rows]
    return (entries, rows[0][2] or 0, bool(rows[0][3])) if rows else ([], 0, False)


#: The ticket of a statement that is built once: building it takes longer than running it.
_TICKET = bindparam("ticket", type_=Ticket.id.type)


@cache
def _history(portal: bool) -> Select[Any]:
    mine = TicketRead.ticket_id == _TICKET, TicketRead.person_id == bindparam("reader", type_=Person.id.type)
    marks = (
        select(TicketRead.seq).where(*mine).scalar_subquery(),
        false() if portal else select(HeldReply.id).where(HeldReply.ticket_id == _TICKET).exists(),
    )
    wanted: Select[Any] = select(TicketEvent, Person, *marks, Message, *(() if portal else (Note,)))
    wanted = wanted.select_from(TicketEvent).outerjoin(Person, Person.id == TicketEvent.actor_id)
    for model in (Message,) if portal else (Message, Note):
        of_the_line = model.ticket_id == TicketEvent.ticket_id, model.seq == TicketEvent.seq
        wanted = wanted.outerjoin(model, and_(*of_the_line))
    wanted = wanted.where(TicketEvent.ticket_id == _TICKET).order_by(TicketEvent.seq)
    return wanted.where(TicketEvent.public) if portal else wanted


def _entry(
    ticket: Ticket,
    event: TicketEvent,
    person: Person | None,
    message: Message | None,
    note: Note | None,
    files: Sequence[Attachment],
) -> Entry:
    kind, body, from_agent, held = event.kind, "", False, []
    if event.kind == "opened":
        body, held = ticket.description, [file for file in files if file.message_id is None and file.note_id is None]
    elif message is not None:
        kind, body, from_agent = "message", message.body, message.from_agent
        held = [file for file in files if file.message_id == message.id]
    elif note is not None:
        kind, body, held = "note", note.body, [file for file in files if file.note_id == note.id]
    data = schemas.read(event.kind, event.schema, event.data)
    if data is None:
        # What people wrote stands in tables of its own, and is shown all the same.
        kind, data = kind if kind in _TEXTS else _NEWER, {}
    return Entry(event.seq, kind, event.at, person, event.actor_plugin, event.channel, data, body, from_agent, held)


def attachments(ticket: Ticket) -> Sequence[Attachment]:
    """Return the ticket's files; in the portal without those of internal notes."""
    wanted = _attachments(current_viewer().area == "portal")
    return db.session.scalars(wanted, {"ticket": ticket.id}).all()


@cache
def _attachments(portal: bool) -> Select[Attachment]:
    wanted = select(Attachment).where(Attachment.ticket_id == _TICKET).order_by(Attachment.id)
    return wanted.where(Attachment.note_id.is_(None)) if portal else wanted


def participants(ticket: Ticket) -> Sequence[tuple[str, Person]]:
    """Return who takes part, as pairs of role and person."""
    return [(role, person) for role, person in db.session.execute(_participants(), {"ticket": ticket.id})]


@cache
def _participants() -> Select[str, Person]:
    wanted = select(TicketParticipant.role, Person).join(Person, Person.id == TicketParticipant.person_id)
    return wanted.where(TicketParticipant.ticket_id == _TICKET).order_by(TicketParticipant.role, Person.name)


def linked(ticket: Ticket) -> list[Linked]:
    """Return the tickets linked to this one in either direction, as far as the viewer sees them."""
    found = []
    for row in db.session.execute(_links(), {"ticket": ticket.id}):
        kind = row.kind if row.ticket_id == ticket.id else "of_" + row.kind
        found.append(Linked(kind, row.number, row.subject, row.status_category))
    return found


@cache
def _links() -> Select[str, int, str, str, str]:
    other = aliased(Ticket)
    wanted = select(TicketLink.kind, TicketLink.ticket_id, other.number, other.subject, other.status_category)
    # The alias stands first: SQLAlchemy does not adapt a policy to an alias on the right side of a join.
    wanted = wanted.select_from(other)
    wanted = wanted.join(TicketLink, or_(other.id == TicketLink.other_id, other.id == TicketLink.ticket_id))
    mine = or_(TicketLink.ticket_id == _TICKET, TicketLink.other_id == _TICKET)
    return wanted.where(mine, other.id != _TICKET)


def people_named(entries: Sequence[Entry]) -> dict[int, str]:
    """Return the names of the people whom assignments and invitations in a history mention, by person id."""
    ids = set()
    for entry in entries:
        if entry.kind == "assigned":
            ids |= {entry.data.get("from"), entry.data.get("to")}
        elif entry.kind.startswith(("participant_", "member_", "break_glass_")):
            ids.add(entry.data.get("person"))
    ids.discard(None)
    known = {entry.author.id: entry.author.name for entry in entries if entry.author}
    unknown = ids - known.keys()
    if unknown:
        known |= dict(db.session.execute(select(Person.id, Person.name).where(Person.id.in_(unknown))).all())
    return known


@dataclass(frozen=True)
class Question:
    """What an agent wrote last in a ticket."""

    author: str
    body: str


def last_questions(ticket_ids: Sequence[int]) -> dict[int, Question]:
    """Return the newest message of an agent in each of several tickets, by ticket id, in one statement."""
    if not ticket_ids:
        return {}
    later = aliased(Message)
    newest = select(func.max(later.seq)).where(later.ticket_id == Message.ticket_id, later.from_agent)
    wanted = select(Message.ticket_id, Message.body, Person.name).join(Person, Person.id == Message.author_id)
    wanted = wanted.where(Message.ticket_id.in_(ticket_ids), Message.seq == newest.scalar_subquery())
    return {row.ticket_id: Question(row.name, row.body) for row in db.session.execute(wanted)}


def request_form_of(ticket: Ticket) -> tuple[Field, ...]:
    """Return the fields of the immutable form version with which a ticket was filled."""
    stored = db.session.scalar(select(FormVersion.fields).where(FormVersion.id == ticket.form_version_id))
    return thaw(json.dumps(stored)) if stored is not None else ()
