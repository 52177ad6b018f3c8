"""Merging a ticket into another one: closed here, gone on with there, and nobody sees more than before.

A ticket that was merged takes nothing more, and nothing is merged into it: so there are no circles, and whoever merges
two tickets into one another at the same moment is the second one, who is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from deskcore.errors import NotFound, Problem, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import Status
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.agent_models import TicketMerge
from deskcore.tickets.conversation_models import Message
from deskcore.tickets.idempotency import earlier_result, fingerprint
from deskcore.tickets.loading import changing, check_version, find_ticket
from deskcore.tickets.merged import destination
from deskcore.tickets.models import Ticket, TicketExclusion, TicketLink, TicketParticipant
from deskcore.tickets.services.naming import member_ids
from deskcore.tickets.services.rights import author, require_agent
from deskcore.tickets.services.statuses import agreed_status, change_status
from deskcore.tickets.timeline import Change, record
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

_UNTRACKED = {"synchronize_session": False}


@dataclass(frozen=True)
class Merge:
    """What merging a ticket into another one would do.

    :param follower: whoever asked, who would follow the other one; nothing where that is not needed, or not possible.
    :param barred: whoever asked may never see the other one.
    :param messages: how many public messages it has besides the first one.
    :param elsewhere: the other one is of another desk, where what was written is seen by those who work on both.
    """

    into: Ticket
    follower: Person | None
    barred: bool
    messages: int
    elsewhere: bool


def preview(ticket: Ticket, into: Ticket) -> Merge:
    """Return what merging a ticket into another one would do.

    :raises Refused: when they cannot be merged.
    """
    _check(db.session(), ticket, into)
    barred = db.session.get(TicketExclusion, (into.id, ticket.requester_id)) is not None
    takes_part = barred or _takes_part(db.session(), into, ticket.requester_id)
    count = sa.select(sa.func.count()).select_from(Message).where(Message.ticket_id == ticket.id)
    return Merge(
        into=into,
        follower=None if takes_part else ticket.requester,
        barred=barred,
        messages=db.session.scalar(count) or 0,
        elsewhere=into.desk_id != ticket.desk_id,
    )


def merge(
    number: str, into: str, follow: bool = True, version: int | None = None, channel: str = "portal", key: str = ""
) -> Change | None:
    """Merge a ticket into another one, and return what can be taken back; nothing when it is there already.

    It is closed and linked as a duplicate. Whoever asked follows the other one, unless that person takes part in it.

    :param follow: let whoever asked follow the other one.
    :param version: of the ticket that is merged, as it was seen.
    :raises NotFound: when the agent does not see one of the two.
    :raises NotAllowed: from the portal.
    :raises Refused: when they cannot be merged, or with everything that stands in the way of the status.
    :raises Conflict: when somebody changed the ticket meanwhile.
    """
    viewer = require_agent()
    source, target = find_ticket(number), find_ticket(into)
    there = destination(source)
    closed = None if there or source.id == target.id else _closed(source, viewer)
    with both_changing(source, target) as (session, source, target):
        content = fingerprint(["merge", source.number, target.number, follow])
        if key and earlier_result(session, author(viewer), key, content) is not None:
            return None
        known = session.get(TicketMerge, source.id, populate_existing=True)
        if known is not None and target.id in (known.into_id, known.end_id):
            return None
        check_version(source, version)
        _check(session, source, target)
        return _merge(session, source, target, closed, follow, viewer, channel)


def _closed(source: Ticket, viewer: Viewer) -> Status | None:
    """Return the status that a merged ticket gets, after the plugins agreed to it; nothing when it is closed."""
    if source.status_category == "closed":
        return None
    desk = runtime().catalogue.desk_by_id(source.desk_id)
    return agreed_status(source.number, desk.status_of("closed").key, viewer)


@contextmanager
def both_changing(one: Ticket, other: Ticket) -> Iterator[tuple[Session, Ticket, Ticket]]:
    """Load two tickets under the write lock, always in the same order, so that nobody waits for one another.

    :raises NotFound: when the viewer no longer sees one of them; for the rest as
        :func:`~deskcore.tickets.loading.changing`.
    """
    if one.id == other.id:
        raise Refused(Problem(_("A ticket cannot be merged into itself."), "into"))
    numbers = [ticket.number for ticket in sorted((one, other), key=lambda ticket: ticket.id)]
    turned = one.id > other.id
    with unit_of_work(), changing(numbers[0]) as (session, first), changing(numbers[1]) as (_session, second):
        yield (session, second, first) if turned else (session, first, second)


def _merge(
    session: Session,
    source: Ticket,
    target: Ticket,
    closed: Status | None,
    follow: bool,
    viewer: Viewer,
    channel: str,
) -> Change:
    before, resolved_at = source.status, source.resolved_at
    if closed is not None:
        change_status(session, source, closed, viewer, channel)
    solved = resolved_at.isoformat() if resolved_at else None
    data: dict[str, Any] = {"into": target.id, "from": before, "resolved_at": solved}
    if session.get(TicketLink, (source.id, target.id, "duplicate")) is None:
        session.add(TicketLink(ticket_id=source.id, other_id=target.id, kind="duplicate"))
        data["linked"] = True
    session.add(TicketMerge(ticket_id=source.id, into_id=target.id, end_id=target.id))
    _carry(source.id, target.id)
    if follow and _may_follow(session, target, source.requester_id):
        data["follower"] = source.requester_id
        session.add(TicketParticipant(ticket_id=target.id, person_id=source.requester_id, role="follower"))
        told = {"person": source.requester_id, "role": "follower"}
        record(session, target, viewer, "participant_added", channel, told)
    data["seq"] = record(session, target, viewer, "joined", channel, {"other": source.id}).seq
    event = record(session, source, viewer, "merged", channel, data)
    return Change(source.id, event.seq, into=target.id)


def _carry(source_id: int, target_id: int) -> None:
    """Let what was merged into the first be found at the second, whoever sees it."""
    with acting_as(SYSTEM) as session:
        mine = sa.update(TicketMerge).where(TicketMerge.end_id == source_id)
        session.execute(mine.values(end_id=target_id), execution_options=_UNTRACKED)


def _may_follow(session: Session, target: Ticket, person_id: int) -> bool:
    barred = session.get(TicketExclusion, (target.id, person_id)) is not None
    return not barred and not _takes_part(session, target, person_id)


def _takes_part(session: Session, ticket: Ticket, person_id: int) -> bool:
    mine = TicketParticipant.ticket_id == ticket.id, TicketParticipant.person_id == person_id
    roles = ("requester", "reporter", "follower")
    wanted = sa.select(TicketParticipant.role).where(*mine, TicketParticipant.role.in_(roles)).limit(1)
    return session.scalar(wanted) is not None


def _check(session: Session, source: Ticket, target: Ticket) -> None:
    """Refuse what makes no sense, and what would let somebody see more than before.

    :raises Refused: with the first reason.
    """
    reason = why_not(session, source, target)
    if reason:
        raise Refused(Problem(reason, "into"))


def why_not(session: Session, source: Ticket, target: Ticket) -> str:
    """Return why a ticket cannot be merged into another one; ``""`` where it can."""
    return _same_or_merged(source, target) or _not_alike(session, source, target)


def _same_or_merged(source: Ticket, target: Ticket) -> str:
    if source.id == target.id:
        return _("A ticket cannot be merged into itself.")
    gone, there = destination(source), destination(target)
    if gone is not None and gone.number:
        return _("This ticket was merged into %(number)s already.", number=gone.number)
    if gone is not None:
        return _("This ticket was merged into another one already.")
    if there is None:
        if not target.finished:
            return ""
        return _("%(number)s is finished. Open it again first, or choose another ticket.", number=target.number)
    if there.number == source.number:
        return _("%(number)s was merged into this ticket: the two would lead in a circle.", number=target.number)
    if there.number:
        return _("%(number)s was itself merged into %(other)s.", number=target.number, other=there.number)
    return _("%(number)s was itself merged into another ticket, which you do not see.", number=target.number)


def _not_alike(session: Session, source: Ticket, target: Ticket) -> str:
    """Return why two tickets are not for the same people, ``""`` where they are as far as that matters."""
    desks = runtime().catalogue.confidential & {source.desk_id, target.desk_id}
    if desks and source.desk_id != target.desk_id:
        return _("A ticket of a confidential desk is merged with another one of that desk only.")
    if desks and source.requester_id != target.requester_id:
        return _("On a confidential desk only tickets of the same person are merged.")
    if "named" not in (source.visibility, target.visibility):
        return ""
    same = source.visibility == target.visibility and source.requester_id == target.requester_id
    if not same or set(member_ids(session, source)) != set(member_ids(session, target)):
        return _("They are not for the same people: one of them is for named people only.")
    return ""


def offered_instead(into: str) -> str:
    """Return the number of the ticket into which another one was merged; ``""`` when it was not, or is out of sight."""
    try:
        there = destination(find_ticket(into))
    except NotFound:
        return ""
    return there.number if there else ""
