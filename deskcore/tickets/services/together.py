"""What is done to a ticket and to those that belong to it at once: one reply to all of them, and one end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.desks.catalogue import OPEN_CATEGORIES
from deskcore.errors import DeskcoreError
from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.attachments import sent_again
from deskcore.tickets.drafts import Stamp
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket, TicketLink, TicketParticipant
from deskcore.tickets.services.held_replies import hold_reply
from deskcore.tickets.services.statuses import set_status
from deskcore.tickets.timeline import Change

#: More children than a reply goes to at once.
MOST = 50
#: Who takes part and reads what is written to a ticket.
_READERS = ("requester", "reporter", "follower", "approver", "manager")
#: What may follow a reply to several tickets: each desk has its own status of it.
FOLLOWING = ("", "waiting_requester", "resolved")


@dataclass(frozen=True)
class Reached:
    """A ticket that a reply would go to.

    :param readers: names of all who would read it, whoever asked first.
    """

    number: str
    subject: str
    status_category: str
    readers: Sequence[str]


@dataclass
class Together:
    """What came of doing something to several tickets at once.

    :param token: by which replies are taken back, all of them.
    :param done: numbers of the tickets.
    :param changes: what can be taken back of what was changed.
    :param skipped: numbers of the others, each with the reason.
    """

    token: str = ""
    done: list[str] = field(default_factory=list)
    changes: list[Change | None] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def open_children(ticket: Ticket) -> list[Reached]:
    """Return the open tickets that are part of one and that the viewer sees, oldest first, in two statements."""
    wanted = select(Ticket.id, Ticket.number, Ticket.subject, Ticket.status_category)
    wanted = wanted.join(TicketLink, TicketLink.ticket_id == Ticket.id)
    wanted = wanted.where(TicketLink.other_id == ticket.id, TicketLink.kind == "parent", Ticket.finished.is_(False))
    rows = db.session.execute(wanted.order_by(Ticket.id).limit(MOST)).all()
    readers = _readers([row.id for row in rows])
    return [Reached(row.number, row.subject, row.status_category, readers.get(row.id, ())) for row in rows]


def readers_of(ticket: Ticket) -> Sequence[str]:
    """Return the names of all who read what is written to a ticket."""
    return _readers([ticket.id]).get(ticket.id, ())


def _readers(ids: Collection[int]) -> dict[int, list[str]]:
    if not ids:
        return {}
    part = select(TicketParticipant.ticket_id, TicketParticipant.role, Person.name)
    part = part.join(Person, Person.id == TicketParticipant.person_id)
    part = part.where(TicketParticipant.ticket_id.in_(ids), TicketParticipant.role.in_(_READERS))
    found: dict[int, list[str]] = {}
    for row in sorted(db.session.execute(part), key=lambda row: (_READERS.index(row.role), row.name)):
        names = found.setdefault(row.ticket_id, [])
        if row.name not in names:
            names.append(row.name)
    return found


def hold_replies(
    number: str,
    text: str,
    children: Collection[str],
    version: int | None = None,
    key: str = "",
    then: str = "",
    draft: Stamp | None = None,
    others: int | None = None,
    uploads: Sequence[str] = (),
) -> Together:
    """Take one reply to a ticket and to those of its open children that were chosen; all go out in ten seconds.

    A child that cannot be written to is skipped. Taking the reply to the ticket back takes all of them back.

    :param children: numbers; one that is no open child of the ticket any more is skipped.
    :param version: of the ticket itself.
    :param then: category of the status that each gets, one of :data:`FOLLOWING`.
    :param others: as for :func:`~deskcore.tickets.services.hold_reply`, of the ticket itself.
    :param uploads: tokens of files; each of the tickets gets them.
    :raises Refused: for the ticket itself, as :func:`~deskcore.tickets.services.hold_reply`; so for the rest.
    """
    ticket = find_ticket(number)
    there = {child.number for child in open_children(ticket)}
    token = hold_reply(ticket.number, text, uploads, version, key, _status_of(ticket, then), draft=draft, others=others)
    found = Together(token, [number])
    for child in dict.fromkeys(children):
        if child not in there:
            found.skipped.append((child, _("It is no longer an open part of this ticket.")))
            continue
        try:
            status, own = _status_of(find_ticket(child), then), f"{key}.{child}" if key else ""
            hold_reply(child, text, sent_again(uploads), key=own, then=status, together=token)
        except DeskcoreError as error:
            found.skipped.append((child, error.message))
        else:
            found.done.append(child)
    return found


def _status_of(ticket: Ticket, category: str) -> str:
    if category not in FOLLOWING or not category:
        return ""
    status = runtime().catalogue.desk_by_id(ticket.desk_id).status_of(category).key
    return "" if status == ticket.status else status


def solve_children(number: str) -> Together:
    """Solve the open children of a ticket that the viewer sees; those that cannot be are skipped.

    :raises NotFound: when the agent does not see the ticket.
    :raises NotAllowed: from the portal.
    """
    found = Together()
    for child in open_children(find_ticket(number)):
        if child.status_category not in OPEN_CATEGORIES:
            continue
        try:
            desk = runtime().catalogue.desk_by_id(find_ticket(child.number).desk_id)
            found.changes.append(set_status(child.number, desk.status_of("resolved").key))
        except DeskcoreError as error:
            found.skipped.append((child.number, error.message))
        else:
            found.done.append(child.number)
    return found
