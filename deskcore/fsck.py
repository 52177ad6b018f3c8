"""Whether the data keeps its invariants: read-only, in pieces, and without any plugin."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.desks.catalogue import FINISHED_CATEGORIES
from deskcore.desks.models import DeskRow, NumberSeries
from deskcore.events.models import Delivery
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.attachments import stored_path
from deskcore.tickets.deliveries import LEASE
from deskcore.tickets.models import (
    Attachment,
    Message,
    Note,
    StoredFile,
    Ticket,
    TicketEvent,
    TicketParticipant,
    TicketTag,
    Upload,
)

#: Tickets that are looked at in one piece.
_PIECE = 500
#: A file without a row is left alone for so long: it may belong to a request in flight.
_ORPHANED_AFTER = timedelta(hours=24)
#: Tables of what somebody wrote, with the kind of event that tells of it.
_WRITTEN: dict[Any, str] = {Message: "message_added", Note: "note_added"}
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Finding:
    """Something that should not be.

    :param check: name of the invariant.
    :param where: ticket number, file or table.
    """

    check: str
    where: str
    message: str


@dataclass
class Result:
    """What was found.

    :param checked: number of tickets that were looked at.
    """

    checked: int = 0
    findings: list[Finding] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the form for scripts."""
        return {"checked": self.checked, "findings": [asdict(finding) for finding in self.findings]}


def check_all(session: Session, progress: Callable[[int], None] = lambda checked: None) -> Result:
    """Check every invariant and return what was found.

    :param session: of the system, so that every ticket is seen.
    :param progress: called with the number of tickets checked so far.
    """
    result = Result()
    desks = {desk.id: desk for desk in session.scalars(select(DeskRow))}
    for tickets in _pieces(session, result):
        for finding in _check_piece(session, tickets, desks):
            result.findings.append(finding)
        result.checked += len(tickets)
        progress(result.checked)
    for check in (_check_series, _check_deliveries, _check_files, _check_people, _check_foreign_keys):
        result.findings += check(session)
    return result


def _pieces(session: Session, result: Result) -> Iterator[Sequence[Any]]:
    columns = (
        Ticket.id, Ticket.number, Ticket.desk_id, Ticket.status, Ticket.status_category, Ticket.finished, Ticket.tags,
        Ticket.priority, Ticket.assignee_id, Ticket.team_id, Ticket.last_seq, Ticket.requester_id,
        Ticket.subject, Ticket.description,
    )  # fmt: skip
    last = 0
    while True:
        wanted = select(*columns).where(Ticket.id > last).order_by(Ticket.id).limit(_PIECE)
        try:
            tickets = session.execute(wanted).all()
        except OperationalError as error:
            result.findings.append(_undecodable("ticket", last, error))
            last += _PIECE
            if last > (session.scalar(select(sa.func.max(Ticket.id))) or 0):
                return
            continue
        if not tickets:
            return
        yield tickets
        last = tickets[-1].id


def _undecodable(table: str, after: int, error: OperationalError) -> Finding:
    if "decode" not in str(error).lower():
        raise error
    return Finding("text", table, f"Among the {_PIECE} rows after id {after} is text that is not UTF-8.")


def _check_piece(session: Session, tickets: Sequence[sa.Row[Any]], desks: dict[int, DeskRow]) -> Iterator[Finding]:
    ids = [ticket.id for ticket in tickets]
    events = _by_ticket(session, ids, TicketEvent, TicketEvent.seq, TicketEvent.kind, TicketEvent.data)
    tags = _by_ticket(session, ids, TicketTag, TicketTag.tag)
    requester = TicketParticipant.person_id, TicketParticipant.role
    people = _by_ticket(session, ids, TicketParticipant, *requester)
    for ticket in tickets:
        for check, message in (
            *_check_ticket(ticket, desks.get(ticket.desk_id)),
            *_check_history(ticket, events[ticket.id]),
            *_check_mirrors(ticket, [row.tag for row in tags[ticket.id]], people[ticket.id]),
        ):
            yield Finding(check, ticket.number, message)
    numbers = {ticket.id: ticket.number for ticket in tickets}
    for model in _WRITTEN:
        yield from _check_written(session, numbers, events, model)


def _by_ticket(session: Session, ids: Sequence[int], model: Any, *columns: Any) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    wanted = select(model.ticket_id, *columns).where(model.ticket_id.in_(ids)).order_by(model.ticket_id, columns[0])
    for row in session.execute(wanted):
        found[row.ticket_id].append(row)
    return found


def _check_ticket(ticket: sa.Row[Any], desk: DeskRow | None) -> Iterator[tuple[str, str]]:
    if desk is None:
        yield "desk", "Its desk does not exist."
        return
    categories = {status["key"]: status["category"] for status in desk.statuses}
    if ticket.status not in categories:
        yield "status", f"The desk has no status “{ticket.status}”."
    elif categories[ticket.status] != ticket.status_category:
        yield (
            "status",
            f"Status “{ticket.status}” belongs to {categories[ticket.status]}, not {ticket.status_category}.",
        )
    if ticket.finished != (ticket.status_category in FINISHED_CATEGORIES):
        yield "finished", f"“Finished” is {ticket.finished}, but the category is {ticket.status_category}."
    if _is_broken(ticket.subject) or _is_broken(ticket.description):
        yield "text", "Subject or description holds a NUL or half a character."


def _check_history(ticket: sa.Row[Any], events: Sequence[sa.Row[Any]]) -> Iterator[tuple[str, str]]:
    """Compare the ticket with what its events say, from the first to the last."""
    if not events or events[0].kind != "opened":
        yield "opened", "Its first event is not that it was opened."
    if [event.seq for event in events] != list(range(1, len(events) + 1)):
        yield "sequence", "The sequence numbers of its events have gaps."
    if events and events[-1].seq != ticket.last_seq:
        yield "sequence", f"Its last event has number {events[-1].seq}, the ticket says {ticket.last_seq}."
    for kind, told, column in (
        ("status_changed", "status", ticket.status),
        ("assigned", "assignee", ticket.assignee_id),
        ("priority_changed", "priority", ticket.priority),
        ("escalated", "team", ticket.team_id),
        ("moved", "desk", ticket.desk_id),
        ("tags_changed", "tags", ticket.tags),
    ):
        changes = [event.data for event in events if event.kind == kind]
        if kind == "escalated" and _last(events, "moved") > _last(events, kind):
            changes = [{"to": None}]  # another desk, where nobody has chosen a team yet
        if changes and changes[-1].get("to") != column:
            yield "history", f"Its events end with another {told} than the ticket has."
        elif kind == "assigned" and not changes and column is not None:
            yield "history", "It has an assignee, but no event that gave it to anybody."
        breaks = any(after.get("from") != before.get("to") for before, after in pairwise(changes))
        if breaks and kind != "escalated":
            yield "history", f"Its events of {told} do not follow one another."


def _last(events: Sequence[sa.Row[Any]], kind: str) -> int:
    return max((event.seq for event in events if event.kind == kind), default=0)


def _check_mirrors(ticket: sa.Row[Any], tags: Sequence[str], people: Iterable[Any]) -> Iterator[tuple[str, str]]:
    if sorted(tags) != sorted(ticket.tags):
        yield "tags", "Its tags differ from those that lists filter by."
    if not any(row.role == "requester" and row.person_id == ticket.requester_id for row in people):
        yield "requester", "Who asked does not take part in it."


def _check_written(
    session: Session, numbers: dict[int, str], events: dict[int, list[Any]], model: Any
) -> Iterator[Finding]:
    """Compare texts with the events that tell of them."""
    wanted = select(model.ticket_id, model.seq, model.body).where(model.ticket_id.in_(numbers))
    try:
        rows = session.execute(wanted).all()
    except OperationalError as error:
        yield _undecodable(model.__tablename__, min(numbers), error)
        return
    kind = _WRITTEN[model]
    told = {(ticket_id, event.seq) for ticket_id, of in events.items() for event in of if event.kind == kind}
    for ticket_id, seq in sorted(told ^ {(row.ticket_id, row.seq) for row in rows}):
        missing = "text" if (ticket_id, seq) in told else "event"
        yield Finding("history", numbers[ticket_id], f"Entry {seq} has no {missing} of its own.")
    for row in rows:
        if _is_broken(row.body):
            yield Finding("text", numbers[row.ticket_id], f"Entry {row.seq} holds a NUL or half a character.")


def _check_series(session: Session) -> Iterator[Finding]:
    following = dict(session.execute(select(NumberSeries.prefix, NumberSeries.next)).all())
    for desk in session.scalars(select(DeskRow).where(DeskRow.confidential.is_(False))):
        # The longest number of a prefix that ends in digits alone is also the highest one.
        length = sa.func.length(Ticket.number).desc()
        mine = (
            select(Ticket.number).where(Ticket.number.like(f"{desk.prefix}-%")).order_by(length, Ticket.number.desc())
        )
        digits = (session.scalar(mine.limit(1)) or "").partition("-")[2]
        highest = int(digits) if digits.isdecimal() else 0
        if following.get(desk.prefix, 0) <= highest:
            yield Finding(
                "numbers", desk.prefix, f"The series would give {following.get(desk.prefix)}; {highest} is taken."
            )


def _check_deliveries(session: Session) -> Iterator[Finding]:
    lost = (
        select(Delivery.id).outerjoin(TicketEvent, TicketEvent.id == Delivery.event_id).where(TicketEvent.id.is_(None))
    )
    for delivery_id in session.scalars(lost):
        yield Finding("delivery", str(delivery_id), "It belongs to no event.")
    mixed = select(Delivery.id).join(TicketEvent, TicketEvent.id == Delivery.event_id)
    for delivery_id in session.scalars(mixed.where(TicketEvent.ticket_id != Delivery.ticket_id)):
        yield Finding("delivery", str(delivery_id), "Its event belongs to another ticket.")
    early = mixed.where(TicketEvent.pending)
    for delivery_id in session.scalars(early):
        yield Finding("delivery", str(delivery_id), "It exists, but its event is still to be fanned out.")
    odd = sa.or_(
        Delivery.lease_until > now() + LEASE, sa.and_(Delivery.state != "waiting", Delivery.lease.is_not(None))
    )
    for delivery_id in session.scalars(select(Delivery.id).where(odd)):
        yield Finding("delivery", str(delivery_id), "It is held longer than a lease lasts.")


def _check_files(session: Session) -> Iterator[Finding]:
    held = set(session.scalars(select(Attachment.sha256))) | set(session.scalars(select(Upload.sha256)))
    rows = dict(session.execute(select(StoredFile.sha256, StoredFile.size)).all())
    for sha256 in sorted(held):
        problem = _file_problem(stored_path(sha256), sha256, rows.get(sha256))
        if problem:
            yield Finding("file", sha256, problem)
    wrong = select(Attachment.name, Attachment.sha256).join(StoredFile, StoredFile.sha256 == Attachment.sha256)
    for name, sha256 in session.execute(wrong.where(StoredFile.size != Attachment.size)):
        yield Finding("file", sha256, f"The attachment “{name}” has another size than its file.")
    oldest = (now() - _ORPHANED_AFTER).timestamp()
    for path in runtime().config.files.glob("*/*"):
        if _SHA256.fullmatch(path.name) and path.name not in rows and path.stat().st_mtime < oldest:
            yield Finding("file", path.name, "It belongs to nothing.")


def _file_problem(path: Path, sha256: str, size: int | None) -> str:
    if size is None:
        return "Nothing is noted about it."
    try:
        if path.stat().st_size != size:
            return f"It has {path.stat().st_size} bytes instead of {size}."
        with path.open("rb") as file:
            return "" if hashlib.file_digest(file, "sha256").hexdigest() == sha256 else "Its content has changed."
    except FileNotFoundError:
        return "It is missing."


def _check_people(session: Session) -> Iterator[Finding]:
    for email, name, title in session.execute(select(Person.email, Person.name, Person.job_title)):
        if _is_broken(name) or _is_broken(title):
            yield Finding("text", email, "Name or title holds a NUL or half a character.")


def _check_foreign_keys(session: Session) -> Iterator[Finding]:
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return  # other databases never let go of a row that is referred to
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield Finding("reference", f"{table} {row}", f"It refers to a row of {parent} that does not exist.")


def _is_broken(text: str) -> bool:
    return "\0" in text or (not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text))
