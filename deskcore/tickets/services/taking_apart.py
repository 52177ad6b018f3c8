"""Taking a merged ticket apart from the one that it was merged into: at once by undo, or later on its page."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.errors import Conflict, NotFound, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import Status
from deskcore.runtime import runtime
from deskcore.tickets.agent_models import TicketMerge
from deskcore.tickets.loading import check_version, find_ticket
from deskcore.tickets.models import Ticket, TicketEvent, TicketLink, TicketParticipant
from deskcore.tickets.services.merging import both_changing
from deskcore.tickets.services.rights import require_agent
from deskcore.tickets.services.statuses import ask_plugins, change_status
from deskcore.tickets.timeline import Change, record
from deskcore.tickets.workflow import category_again
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as

_UNTRACKED = {"synchronize_session": False}


def take_apart(number: str, version: int | None = None, channel: str = "portal") -> str:
    """Let a merged ticket stand for itself again, with the status that it had, and return the number of the other one.

    :raises NotFound: when the agent does not see the ticket.
    :raises NotAllowed: from the portal.
    :raises Refused: when it was not merged, the other one is out of sight, or plugins object.
    :raises Conflict: when somebody changed the ticket meanwhile.
    """
    viewer = require_agent()
    source = find_ticket(number)
    ask_plugins(source, _status_before(source, _line_of(source)), viewer)
    return _apart(source, viewer, channel, version=version)


def undo_merge(change: Change, viewer: Viewer, channel: str) -> None:
    """Take a merge back that was just done; belongs inside the unit of work.

    :raises Conflict: when something happened to the ticket since.
    :raises Refused: when one of the two is out of sight, or it was taken apart before.
    """
    number = db.session.scalar(select(Ticket.number).where(Ticket.id == change.ticket_id))
    if number is None:
        raise Refused(_("You no longer see this ticket."))
    _apart(find_ticket(number), viewer, channel, seq=change.seq)


def status_before(ticket_id: int) -> tuple[Ticket, Status] | None:
    """Return a merged ticket, and the status that it would have again, for the plugins to be asked."""
    number = db.session.scalar(select(Ticket.number).where(Ticket.id == ticket_id))
    if number is None:
        return None
    source = find_ticket(number)
    try:
        return source, _status_before(source, _line_of(source))
    except Refused:
        return None


def _apart(source: Ticket, viewer: Viewer, channel: str, version: int | None = None, seq: int | None = None) -> str:
    with both_changing(source, _other(source)) as (session, source, target):
        known = session.get(TicketMerge, source.id, populate_existing=True)
        if known is None or known.into_id != target.id:
            raise Conflict(_("It was changed since."), source.version)
        check_version(source, version)
        if seq is not None and source.last_seq != seq:
            raise Conflict(_("It was changed since."), source.version)
        line = _line_of(source)
        _let_go(session, known)
        _leave(session, source, target, line.data, viewer, channel)
        record(session, source, viewer, "merged", channel, {"into": target.id, "undoes": line.seq})
        change_status(session, source, _status_before(source, line), viewer, channel, line.seq)
        before = line.data.get("resolved_at")
        source.resolved_at = datetime.fromisoformat(before) if before and source.finished else None
        return target.number


def _other(source: Ticket) -> Ticket:
    """Return the ticket into which another one was merged.

    :raises Refused: when it was not merged, or the other one is out of sight.
    """
    into = select(Ticket.number).join(TicketMerge, TicketMerge.into_id == Ticket.id)
    number = db.session.scalar(into.where(TicketMerge.ticket_id == source.id))
    try:
        return find_ticket(number or "")
    except NotFound:
        raise Refused(_("You do not see the ticket that it was merged into.")) from None


def _line_of(source: Ticket) -> TicketEvent:
    """Return the line that tells of the merge which holds.

    :raises Refused: when it was not merged.
    """
    lines = select(TicketEvent).where(TicketEvent.ticket_id == source.id, TicketEvent.kind == "merged")
    line = db.session.scalars(lines.order_by(TicketEvent.seq.desc()).limit(1)).first()
    if line is None or line.data.get("undoes"):
        raise Refused(_("This ticket was not merged, or was taken apart before."))
    return line


def _status_before(source: Ticket, line: TicketEvent) -> Status:
    """Return the status that a ticket had, or what stands for it where the desk has changed its statuses."""
    desk = runtime().catalogue.desk_by_id(source.desk_id)
    again = desk.status_of(category_again(source))
    return next((status for status in desk.statuses if status.key == line.data["from"]), again)


def _leave(
    session: Session, source: Ticket, target: Ticket, data: dict[str, Any], viewer: Viewer, channel: str
) -> None:
    """Take back what the merge did to the other ticket."""
    if data.get("linked") and (link := session.get(TicketLink, (source.id, target.id, "duplicate"))):
        session.delete(link)
    follower = data.get("follower")
    if follower and (row := session.get(TicketParticipant, (target.id, follower, "follower"))):
        session.delete(row)
        told = {"person": follower, "role": "follower"}
        record(session, target, viewer, "participant_removed", channel, told)
    record(session, target, viewer, "joined", channel, {"other": source.id, "undoes": data["seq"]})


def _let_go(session: Session, known: TicketMerge) -> None:
    """Let what had been merged into a ticket before be found there again."""
    source_id, end_id = known.ticket_id, known.end_id
    session.delete(known)
    session.flush()
    with acting_as(SYSTEM) as system:
        rows = system.execute(select(TicketMerge.ticket_id, TicketMerge.into_id).where(TicketMerge.end_id == end_id))
        into = {row.ticket_id: row.into_id for row in rows}
        own = [each for each in into if _leads_to(each, source_id, into)]
        back = sa.update(TicketMerge).where(TicketMerge.ticket_id.in_(own)).values(end_id=source_id)
        system.execute(back, execution_options=_UNTRACKED)


def _leads_to(ticket_id: int, wanted: int, into: dict[int, int], seen: Collection[int] = ()) -> bool:
    following = into.get(ticket_id)
    return following == wanted or (
        following is not None and following not in seen and _leads_to(following, wanted, into, (*seen, following))
    )
