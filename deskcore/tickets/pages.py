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

from deskcore.clock import now
from deskcore.desks.form_versions import thaw
from deskcore.desks.models import FormVersion
from deskcore.events import schemas
from deskcore.extensions import db
from deskcore.hooks.contributions import Field
from deskcore.people.models import Person
from deskcore.tickets.agent_models import HeldReply, TicketMerge, TicketRead, TicketSnooze
from deskcore.tickets.conversation_models import Attachment, Draft, Message, Note
from deskcore.tickets.models import Ticket, TicketEvent, TicketLink, TicketParticipant
from deskcore.viewer import current_viewer

#: The kind of a line that a newer version of Deskcore wrote, and that this one cannot put into words.
_NEWER = "newer"
#: Kinds of lines that show what somebody wrote.
_TEXTS = ("opened", "message", "note")


@dataclass(frozen=True)
class Named:
    """A person as a page names one."""

    id: int
    name: str
    email: str


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
    author: Named | None
    plugin: str | None
    channel: str
    data: Mapping[str, Any]
    body: str = ""
    from_agent: bool = False
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True)
class History:
    """A ticket's history as far as the viewer's area shows it, and what else there is, so that only that is asked for.

    :param entries: oldest first.
    :param read: number of the newest line that the viewer has read, 0 for none.
    :param going_out: a reply is about to go out.
    :param drafted: the viewer has begun to write something.
    :param linked: it is linked with other tickets, whether or not the viewer sees them.
    :param joined: tickets that the viewer sees were merged into it.
    :param snoozed: until when the viewer does not want to see it in the queues.
    """

    entries: Sequence[Entry] = ()
    read: int = 0
    going_out: bool = False
    drafted: bool = False
    linked: bool = False
    joined: bool = False
    snoozed: datetime | None = None


@dataclass(frozen=True)
class Linked:
    """Another ticket that belongs to this one."""

    kind: str
    number: str
    subject: str
    status_category: str


def history(ticket: Ticket) -> Sequence[Entry]:
    """Return the lines of a ticket's history, oldest first."""
    return history_and_marks(ticket).entries


def history_and_marks(ticket: Ticket) -> History:
    """Return a ticket's history, and what else there is to be asked for.

    In the portal only public events are asked for, and notes are not asked for at all.
    """
    viewer = current_viewer()
    wanted = _history(viewer.area == "portal")
    rows = db.session.execute(wanted, {"ticket": ticket.id, "reader": viewer.person_id}).all()
    if not rows:
        return History()
    first = rows[0]
    files = attachments(ticket) if first.has_files else ()
    entries = [_entry(ticket, row, files) for row in rows]
    put_off = first.snoozed if first.snoozed and first.snoozed > now() else None
    return History(entries, first.read or 0, first.going_out, first.drafted, first.linked, first.joined, put_off)


#: The ticket of a statement that is built once: building it takes longer than running it.
_TICKET = bindparam("ticket", type_=Ticket.id.type)
_READER = bindparam("reader", type_=Person.id.type)


@cache
def _history(portal: bool) -> Select[Any]:
    event = (TicketEvent.seq, TicketEvent.kind, TicketEvent.at, TicketEvent.actor_plugin, TicketEvent.channel)
    wanted: Select[Any] = select(*event, TicketEvent.data, TicketEvent.schema, *_ACTOR, *_MESSAGE, *_marks(portal))
    wanted = wanted.select_from(TicketEvent).outerjoin(Person, Person.id == TicketEvent.actor_id)
    for model in (Message,) if portal else (Message, Note):
        of_the_line = model.ticket_id == TicketEvent.ticket_id, model.seq == TicketEvent.seq
        wanted = wanted.outerjoin(model, and_(*of_the_line))
    wanted = wanted.where(TicketEvent.ticket_id == _TICKET).order_by(TicketEvent.seq)
    return wanted.where(TicketEvent.public) if portal else wanted.add_columns(*_NOTE)


_ACTOR = (Person.id.label("actor_id"), Person.name.label("actor_name"), Person.email.label("actor_email"))
_MESSAGE = (Message.id.label("message_id"), Message.body.label("message_body"), Message.from_agent)
_NOTE = (Note.id.label("note_id"), Note.body.label("note_body"))


def _marks(portal: bool) -> tuple[Any, ...]:
    """Return what the history says besides: each is one look into an index, and spares a statement."""
    read = select(TicketRead.seq).where(TicketRead.ticket_id == _TICKET, TicketRead.person_id == _READER)
    snoozed = select(TicketSnooze.until).where(TicketSnooze.ticket_id == _TICKET, TicketSnooze.person_id == _READER)
    links = or_(TicketLink.ticket_id == _TICKET, TicketLink.other_id == _TICKET)
    going_out = false() if portal else select(HeldReply.id).where(HeldReply.ticket_id == _TICKET).exists()
    return (
        read.scalar_subquery().label("read"),
        going_out.label("going_out"),
        select(Attachment.id).where(Attachment.ticket_id == _TICKET).exists().label("has_files"),
        select(Draft.id).where(Draft.person_id == _READER, Draft.ticket_id == _TICKET).exists().label("drafted"),
        select(TicketLink.kind).where(links).exists().label("linked"),
        select(TicketMerge.ticket_id).where(TicketMerge.end_id == _TICKET).exists().label("joined"),
        snoozed.scalar_subquery().label("snoozed"),
    )


def _entry(ticket: Ticket, row: Any, files: Sequence[Attachment]) -> Entry:
    kind, body, held = row.kind, "", []
    if kind == "opened":
        body, held = ticket.description, [file for file in files if file.message_id is None and file.note_id is None]
    elif row.message_id is not None:
        kind, body, held = "message", row.message_body, [file for file in files if file.message_id == row.message_id]
    elif (note_id := getattr(row, "note_id", None)) is not None:
        kind, body, held = "note", row.note_body, [file for file in files if file.note_id == note_id]
    data = schemas.read(row.kind, row.schema, row.data)
    if data is None:
        # What people wrote stands in tables of its own, and is shown all the same.
        kind, data = kind if kind in _TEXTS else _NEWER, {}
    author = Named(row.actor_id, row.actor_name, row.actor_email) if row.actor_id is not None else None
    by_agent = kind == "message" and bool(row.from_agent)
    return Entry(row.seq, kind, row.at, author, row.actor_plugin, row.channel, data, body, by_agent, held)


def attachments(ticket: Ticket) -> Sequence[Attachment]:
    """Return the ticket's files; in the portal without those of internal notes."""
    wanted = _attachments(current_viewer().area == "portal")
    return db.session.scalars(wanted, {"ticket": ticket.id}).all()


@cache
def _attachments(portal: bool) -> Select[Attachment]:
    wanted = select(Attachment).where(Attachment.ticket_id == _TICKET).order_by(Attachment.id)
    return wanted.where(Attachment.note_id.is_(None)) if portal else wanted


def participants(ticket: Ticket) -> list[tuple[str, Named]]:
    """Return who takes part, as pairs of role and person."""
    rows = db.session.execute(_participants(), {"ticket": ticket.id})
    return [(role, Named(person_id, name, email)) for role, person_id, name, email in rows]


@cache
def _participants() -> Select[str, int, str, str]:
    wanted = select(TicketParticipant.role, Person.id, Person.name, Person.email)
    wanted = wanted.join(Person, Person.id == TicketParticipant.person_id)
    return wanted.where(TicketParticipant.ticket_id == _TICKET).order_by(TicketParticipant.role, Person.name)


def approvers_of(ticket_ids: Sequence[int]) -> dict[int, list[Named]]:
    """Return who has to approve each of several tickets now, by ticket id and by name, in one statement."""
    if not ticket_ids:
        return {}
    part, found = TicketParticipant, dict[int, list[Named]]()
    wanted = select(part.ticket_id, Person.id, Person.name, Person.email).join(Person, Person.id == part.person_id)
    current = or_(part.until.is_(None), part.until > now())
    wanted = wanted.where(part.ticket_id.in_(ticket_ids), part.role == "approver", current)
    for row in db.session.execute(wanted.order_by(Person.name, Person.id)):
        found.setdefault(row.ticket_id, []).append(Named(row.id, row.name, row.email))
    return found


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
        if entry.kind in ("assigned", "left_unassigned"):
            ids |= {entry.data.get("from"), entry.data.get("to"), entry.data.get("instead_of")}
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
