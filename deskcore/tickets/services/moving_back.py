"""Taking back a move to another desk: the ticket returns, and with it what did not go along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.desks.catalogue import DeskEntry
from deskcore.errors import Conflict, Refused
from deskcore.runtime import runtime
from deskcore.tickets.conversation_models import Note
from deskcore.tickets.desk_use import keep_desk
from deskcore.tickets.idempotency import renumber
from deskcore.tickets.managers import settle_manager
from deskcore.tickets.models import FormerNumber, Ticket, TicketExclusion, TicketParticipant
from deskcore.tickets.naming import works_on
from deskcore.tickets.services.moving import LEFT_BEHIND
from deskcore.tickets.services.naming import add_member, member_ids, remove_member
from deskcore.tickets.services.statuses import change_status
from deskcore.tickets.timeline import Change, record
from deskcore.tickets.workflow import wanted_status
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as

_UNTRACKED = {"synchronize_session": False}


def as_it_is(session: Session, ticket: Ticket) -> dict[str, Any]:
    """Return what of a loaded ticket a move to another desk changes, as plain JSON data."""
    part = select(TicketParticipant.role, TicketParticipant.person_id)
    # Who takes part by a rule does so again by it.
    mine = TicketParticipant.ticket_id == ticket.id, TicketParticipant.until.is_(None), ~TicketParticipant.by_rule
    people = session.execute(part.where(*mine, TicketParticipant.role.in_(LEFT_BEHIND))).all()
    notes = select(Note.seq).where(Note.ticket_id == ticket.id, Note.kept_by.is_(None))
    return {
        "number": ticket.number,
        "desk": ticket.desk_id,
        "team": ticket.team_id,
        "assignee": ticket.assignee_id,
        "status": ticket.status,
        "people": [list(row) for row in people],
        "members": member_ids(session, ticket),
        "notes": list(session.scalars(notes)),
    }


def move_back(change: Change, viewer: Viewer, channel: str) -> str:
    """Let a ticket return to the desk that it was moved from, and return its number; belongs inside the unit of work.

    Whoever moved it may, even without a right on the other desk: nothing has happened to the ticket since, so it is
    what that person saw before. Emergency access that ended with the move does not come back.

    :raises Refused: when that person would not see the ticket where it was.
    :raises Conflict: when it was changed since.
    """
    before = change.before or {}
    here = runtime().catalogue.desk_by_id(before["desk"])
    with acting_as(SYSTEM) as session:
        locked = select(Ticket).where(Ticket.id == change.ticket_id).with_for_update(of=Ticket, key_share=True)
        ticket = session.scalar(locked.execution_options(populate_existing=True))
        if ticket is None or ticket.last_seq != change.seq:
            raise Conflict(_("It was changed since."))
        _check_sees(ticket, here, before, viewer)
        keep_desk(session, here)
        _return_to_desk(session, ticket, here, before, viewer, channel, change.seq)
        _return_people(session, ticket, before, viewer, channel)
        settle_manager(session, ticket, viewer, channel)
        ticket.version += 1
        ticket.updated_at = now()
        return ticket.number


def _check_sees(ticket: Ticket, here: DeskEntry, before: Mapping[str, Any], viewer: Viewer) -> None:
    hidden = ticket.visibility == "named" and viewer.person_id not in before["members"]
    own = here.confidential and ticket.requester_id == viewer.person_id
    if here.id not in viewer.desk_roles or hidden or own:
        raise Refused(_("You no longer see this ticket."))
    if not here.enabled:
        raise Refused(_("This desk takes no new tickets at the moment."))


def _return_to_desk(
    session: Session, ticket: Ticket, here: DeskEntry, before: Mapping[str, Any], viewer: Viewer, channel: str, seq: int
) -> None:
    there, ticket.desk_id, ticket.team_id = ticket.desk_id, here.id, None
    if ticket.number != before["number"]:
        session.execute(
            sa.delete(FormerNumber).where(FormerNumber.number == before["number"]), execution_options=_UNTRACKED
        )
        session.add(FormerNumber(number=ticket.number, ticket_id=ticket.id))
        renumber(session, ticket.requester_id, ticket.number, before["number"])
        ticket.number = before["number"]
    left = sa.update(Note).where(Note.ticket_id == ticket.id, Note.kept_by == here.id, Note.seq.in_(before["notes"]))
    session.execute(left.values(kept_by=None), execution_options=_UNTRACKED)
    record(session, ticket, viewer, "moved", channel, {"from": there, "to": here.id, "undoes": seq})
    change_status(session, ticket, wanted_status(here, before["status"]), viewer, channel, seq)
    if before["team"] is not None:
        record(session, ticket, viewer, "escalated", channel, {"from": None, "to": before["team"], "undoes": seq})
        ticket.team_id = before["team"]


def _return_people(session: Session, ticket: Ticket, before: Mapping[str, Any], viewer: Viewer, channel: str) -> None:
    """Bring back who took part, who was named and who had the ticket, as far as they still may see it."""
    shut_out = select(TicketExclusion.person_id).where(TicketExclusion.ticket_id == ticket.id)
    never = set(session.scalars(shut_out))
    for role, person_id in before["people"]:
        if person_id not in never and session.get(TicketParticipant, (ticket.id, person_id, role)) is None:
            session.add(TicketParticipant(ticket_id=ticket.id, person_id=person_id, role=role))
            record(session, ticket, viewer, "participant_added", channel, {"person": person_id, "role": role})
    for person_id in before["members"]:
        if person_id not in never and works_on(person_id, ticket.desk_id):
            add_member(session, ticket, person_id, viewer, channel)
    for person_id in member_ids(session, ticket):
        if person_id not in before["members"]:
            remove_member(session, ticket, person_id, viewer, channel)
    assignee = before["assignee"]
    if assignee is not None and works_on(assignee, ticket.desk_id):
        record(session, ticket, viewer, "assigned", channel, {"from": None, "to": assignee})
        ticket.assignee_id = assignee
