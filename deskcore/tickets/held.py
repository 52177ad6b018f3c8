"""Replies that have not gone out yet: whole for their author, and for everybody else only that there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.tickets.agent_models import HeldFile, HeldReply
from deskcore.tickets.conversation_models import Upload
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.viewer import current_viewer


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
