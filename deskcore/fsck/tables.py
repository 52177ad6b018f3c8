"""What must be true between tables; each function yields where something is not, and what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from deskcore.audit.verification import verify
from deskcore.clock import now
from deskcore.desks.models import DeskRow
from deskcore.events.leases import LEASE
from deskcore.events.models import Claimed, Delivery, JobRow
from deskcore.people.absence_models import Absence
from deskcore.runtime import runtime
from deskcore.stream_sealing import sealed_size
from deskcore.tickets.agent_models import HeldFile, HeldReply, TicketMerge
from deskcore.tickets.conversation_models import Attachment, Draft, DraftFile, Message, Note, StoredFile, Upload
from deskcore.tickets.models import IdempotencyKey, Ticket, TicketEvent, TicketLink

#: Rows that are fetched together.
FETCH = 1000
_CLAIMED: tuple[type[Claimed], ...] = (Delivery, JobRow)
_STATES = ("waiting", "done", "dead", "discarded")

Found = Iterator[tuple[str, str]]


def numbers_are_unique(session: Session) -> Found:
    """No two tickets have one number."""
    twice = select(Ticket.number).group_by(Ticket.number).having(sa.func.count() > 1)
    for row in _rows(session, twice):
        yield row.number, "Several tickets have this number."


def parents_are_no_descendants(session: Session) -> Found:
    """Going from a ticket to its parent, and on, never leads back to it; and no ticket is linked to itself."""
    itself = select(TicketLink.ticket_id, TicketLink.kind).where(TicketLink.ticket_id == TicketLink.other_id)
    for row in _rows(session, itself):
        yield _number(session, row.ticket_id), f"It is linked to itself ({row.kind})."
    children: defaultdict[int, list[int]] = defaultdict(list)
    parents: defaultdict[int, int] = defaultdict(int)
    for row in _rows(session, select(TicketLink.ticket_id, TicketLink.other_id).where(TicketLink.kind == "parent")):
        children[row.other_id].append(row.ticket_id)
        parents[row.ticket_id] += 1
    # Take away whoever has no parent left, again and again: what remains hangs on a circle.
    free = [one for one in children if not parents[one]]
    while free:
        for child in children.pop(free.pop(), ()):
            parents[child] -= 1
            if not parents[child]:
                free.append(child)
    for one in sorted(children):
        if parents[one]:
            yield _number(session, one), "It is its own parent, directly or through others."


def merges_lead_to_their_end(session: Session) -> Found:
    """Going on from a merged ticket to the one that it was merged into ends, at the ticket that is named as the end."""
    columns = TicketMerge.ticket_id, TicketMerge.into_id, TicketMerge.end_id
    merged = {row.ticket_id: row for row in _rows(session, select(*columns))}
    for one, row in merged.items():
        end, passed = row.into_id, {one}
        while end in merged and end not in passed:
            passed.add(end)
            end = merged[end].into_id
        if end in passed:
            yield _number(session, one), "It was merged into itself, directly or through others."
        elif end != row.end_id:
            there, named = _number(session, end), _number(session, row.end_id)
            yield _number(session, one), f"Its merges end at {there}, but {named} is named."


def attachments_hang_where_their_ticket_is(session: Session) -> Found:
    """The message or note that an attachment hangs on belongs to the ticket of the attachment."""
    for model, owner in ((Message, Attachment.message_id), (Note, Attachment.note_id)):
        wanted = select(Attachment.name, Attachment.ticket_id).join(model, model.id == owner)
        for row in _rows(session, wanted.where(model.ticket_id != Attachment.ticket_id)):
            yield _number(session, row.ticket_id), f"“{row.name}” hangs on an entry of another ticket."


def attachments_are_as_long_as_their_files(session: Session) -> Found:
    """An attachment and an upload name a file that is stored, and its size; sealed, it has more bytes."""
    for model in (Attachment, Upload):
        sealed = model.sealed.is_not(None).label("sealed")
        wanted = select(model.name, model.sha256, model.size, sealed, StoredFile.size.label("stored"))
        wanted = wanted.outerjoin(StoredFile, StoredFile.sha256 == model.sha256)
        odd = sa.or_(StoredFile.size.is_(None), StoredFile.size != model.size, model.sealed.is_not(None))
        for row in _rows(session, wanted.where(odd)):
            if row.sealed and row.stored == sealed_size(row.size):
                continue
            if row.stored is None:
                yield row.sha256, f"Nothing is noted about the file of “{row.name}”."
            else:
                yield row.sha256, f"“{row.name}” has {row.size} bytes, its file {row.stored}."


def deliveries_belong_to_their_events(session: Session) -> Found:
    """A delivery belongs to an event of its own ticket, which is no longer pending."""
    wanted = select(Delivery.id, TicketEvent.id.label("event"), TicketEvent.pending, Delivery.event_id)
    wanted = wanted.outerjoin(TicketEvent, TicketEvent.id == Delivery.event_id)
    odd = sa.or_(TicketEvent.id.is_(None), TicketEvent.pending, TicketEvent.ticket_id != Delivery.ticket_id)
    for row in _rows(session, wanted.where(odd)):
        said = "Its event belongs to another ticket."
        if row.event is None:
            said = "It belongs to no event."
        elif row.pending:
            said = "It exists, but its event is still to be fanned out."
        yield f"delivery row {row.id}", said


def subscribers_were_told_once(session: Session) -> Found:
    """Of each event there are exactly as many deliveries as its subscribers demanded when it was fanned out."""
    made = sa.func.count(Delivery.id)
    # Of older events they are deleted when they have been done for a while.
    recent = TicketEvent.at > now() - timedelta(days=runtime().config.finished_work_days)
    wanted = select(Ticket.number, TicketEvent.seq, TicketEvent.told, made.label("made"))
    wanted = wanted.join(TicketEvent, TicketEvent.ticket_id == Ticket.id).where(TicketEvent.told.is_not(None))
    wanted = wanted.outerjoin(Delivery, Delivery.event_id == TicketEvent.id)
    counted = wanted.group_by(Ticket.number, TicketEvent.id, TicketEvent.seq, TicketEvent.told, TicketEvent.at)
    odd = sa.or_(made > TicketEvent.told, sa.and_(recent, made < TicketEvent.told))
    for row in _rows(session, counted.having(odd)):
        yield row.number, f"Event {row.seq} was to be told to {row.told}, but has {row.made} deliveries."


def leases_end(session: Session) -> Found:
    """Only work that waits is held, by somebody, and for no longer than a lease lasts."""
    for model in _CLAIMED:
        odd = sa.or_(
            model.state.not_in(_STATES),
            model.lease.is_(None) != model.lease_until.is_(None),
            sa.and_(model.state != "waiting", model.lease.is_not(None)),
            model.lease_until > now() + LEASE,
        )
        for row in _rows(session, select(model.id, model.state).where(odd)):
            where = f"{sa.inspect(model).local_table.description} row {row.id}"
            yield where, f"It is {row.state}, and held by nobody, for ever, or after its end."


def repeats_lead_to_tickets(session: Session) -> Found:
    """Whoever sends something again is led to a ticket that exists, unless one got another number since."""
    number = IdempotencyKey.result["number"].as_string()
    secret = select(DeskRow.id).where(DeskRow.confidential)
    desks = (TicketEvent.data[word].as_integer() for word in ("from", "to"))
    renumbered = sa.exists().where(
        TicketEvent.kind == "moved", TicketEvent.at >= IdempotencyKey.at, sa.or_(*(desk.in_(secret) for desk in desks))
    )
    lost = select(number.label("number")).outerjoin(Ticket, Ticket.number == number)
    for row in _rows(session, lost.where(number.is_not(None), Ticket.id.is_(None), ~renumbered)):
        yield row.number, "A repeated submission leads to this ticket, which does not exist."


def drafts_hold_files_of_their_authors(session: Session) -> Found:
    """A draft, and a reply that is about to go out, holds only files that its author sent."""
    wanted = select(Draft.id, Upload.name).join(DraftFile, DraftFile.draft_id == Draft.id)
    wanted = wanted.join(Upload, Upload.token == DraftFile.token).where(Upload.person_id != Draft.person_id)
    for row in _rows(session, wanted):
        yield f"draft row {row.id}", f"It holds “{row.name}”, which somebody else sent."
    wanted = select(HeldReply.id, Upload.name).join(HeldFile, HeldFile.reply_id == HeldReply.id)
    wanted = wanted.join(Upload, Upload.token == HeldFile.token).where(Upload.person_id != HeldReply.author_id)
    for row in _rows(session, wanted):
        yield f"held_reply row {row.id}", f"It holds “{row.name}”, which somebody else sent."


def absences_do_not_overlap(session: Session) -> Found:
    """Nobody is away twice at the same moment, and an absence ends after it began."""
    other = aliased(Absence)
    twice = sa.and_(other.person_id == Absence.person_id, other.id > Absence.id)
    at_once = sa.and_(other.begins_at < Absence.ends_at, Absence.begins_at < other.ends_at)
    wanted = select(Absence.id).join(other, sa.and_(twice, at_once)).distinct()
    for row in _rows(session, wanted):
        yield f"absence row {row.id}", "The same person has another absence at that time."
    for row in _rows(session, select(Absence.id).where(Absence.begins_at >= Absence.ends_at)):
        yield f"absence row {row.id}", "It is over before it begins."


def the_audit_log_is_whole(session: Session) -> Found:
    """Nobody edited, removed, inserted or moved an entry of the audit log."""
    broken = verify(session).broken
    if broken is not None:
        yield "audit log", broken.message


def _rows(session: Session, wanted: sa.Executable) -> sa.Result[Any]:
    return session.execute(wanted.execution_options(yield_per=FETCH))


def _number(session: Session, ticket_id: int) -> str:
    return session.scalar(select(Ticket.number).where(Ticket.id == ticket_id)) or f"ticket row {ticket_id}"
