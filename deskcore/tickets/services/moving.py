"""Moving a ticket to another desk: who gains and who loses sight of it, and what does not go along."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.desks.catalogue import DeskEntry
from deskcore.errors import Problem, Refused
from deskcore.extensions import db
from deskcore.people.models import DeskGrant, Person
from deskcore.runtime import runtime
from deskcore.tickets.conversation_models import Note
from deskcore.tickets.desk_use import keep_desk
from deskcore.tickets.idempotency import renumber
from deskcore.tickets.managers import settle_manager
from deskcore.tickets.models import FormerNumber, Ticket, TicketParticipant
from deskcore.tickets.naming import leads_of, works_on
from deskcore.tickets.numbers import next_number
from deskcore.tickets.services import emergency
from deskcore.tickets.services.naming import add_member, member_ids, remove_member, shut_out_ids
from deskcore.tickets.services.statuses import change_status
from deskcore.tickets.timeline import record
from deskcore.viewer import Viewer, current_viewer

#: Those who take part and do not follow a ticket to a confidential desk, unless they are taken along on purpose.
LEFT_BEHIND = ("reporter", "follower", "manager")
_UNTRACKED = {"synchronize_session": False}


@dataclass(frozen=True)
class Move:
    """What a move to another desk would do.

    :param gains: who would see the ticket and does not now; nothing where the mover may not know who they are.
    :param loses: who would no longer see it.
    :param left: who takes part and would no longer, as pairs of role and person.
    :param notes: how many internal notes the old desk keeps, unless they are taken along.
    :param renumbered: whether the ticket gets another number.
    """

    there: DeskEntry
    gains: Sequence[Person] | None
    loses: Sequence[Person]
    left: Sequence[tuple[str, Person]]
    notes: int
    renumbered: bool


def preview(ticket: Ticket, there: DeskEntry) -> Move:
    """Return what moving a ticket to another desk would do.

    :raises Refused: when the other desk takes no tickets.
    """
    viewer = current_viewer()
    here = runtime().catalogue.desk_by_id(ticket.desk_id)
    _check_open(there)
    before, after = _seers(ticket, here), _seers_there(ticket, there)
    known = there.id in viewer.desk_roles
    notes = select(sa.func.count()).select_from(Note).where(Note.ticket_id == ticket.id, Note.kept_by.is_(None))
    return Move(
        there=there,
        gains=_people(after - before) if known else None,
        loses=_people(before - after) if known else _people(before - _also_there(before, there)),
        left=_left_behind(db.session(), ticket, there),
        notes=db.session.scalar(notes) or 0,
        renumbered=here.confidential or there.confidential,
    )


def move(
    session: Session,
    ticket: Ticket,
    there: DeskEntry,
    viewer: Viewer,
    channel: str,
    notes: bool = False,
    keep: Collection[str] = (),
) -> None:
    """Move a loaded ticket to another desk, and record it; belongs inside the unit of work.

    :param notes: take the internal notes along.
    :param keep: addresses of people who take part and go along though they would not.
    :raises Refused: when the other desk takes no tickets.
    """
    here = runtime().catalogue.desk_by_id(ticket.desk_id)
    _check_open(there)
    keep_desk(session, there)
    emergency.end_for(session, ticket, viewer)
    _leave_people(session, ticket, there, viewer, channel, keep)
    if not notes:
        mine = sa.update(Note).where(Note.ticket_id == ticket.id, Note.kept_by.is_(None))
        session.execute(mine.values(kept_by=here.id), execution_options=_UNTRACKED)
    if ticket.visibility == "named":
        _name_others(session, ticket, there, viewer, channel)
    ticket.desk_id, ticket.team_id = there.id, None
    # Whoever keeps its clock may not see it there; otherwise it is said anew.
    ticket.due_state = ticket.due_at = ticket.due_soon_at = None
    if here.confidential or there.confidential:
        _renumber(session, ticket, there)
    record(session, ticket, viewer, "moved", channel, {"from": here.id, "to": there.id})
    following = there.status_of(ticket.status_category)
    if following.key != ticket.status:
        change_status(session, ticket, following, viewer, channel)
    settle_manager(session, ticket, viewer, channel)


def _check_open(there: DeskEntry) -> None:
    if not there.enabled:
        raise Refused(Problem(_("This desk takes no new tickets at the moment."), "desk"))


def _renumber(session: Session, ticket: Ticket, there: DeskEntry) -> None:
    before, ticket.number = ticket.number, next_number(session, there)
    session.add(FormerNumber(number=before, ticket_id=ticket.id))
    renumber(session, ticket.requester_id, before, ticket.number)


def _leave_people(
    session: Session, ticket: Ticket, there: DeskEntry, viewer: Viewer, channel: str, keep: Collection[str]
) -> None:
    for role, person in _left_behind(session, ticket, there):
        if person.email not in keep:
            session.delete(session.get_one(TicketParticipant, (ticket.id, person.id, role)))
            record(session, ticket, viewer, "participant_removed", channel, {"person": person.id, "role": role})


def _left_behind(session: Session, ticket: Ticket, there: DeskEntry) -> list[tuple[str, Person]]:
    if not there.confidential:
        return []
    wanted = select(TicketParticipant.role, Person).join(Person, Person.id == TicketParticipant.person_id)
    mine = TicketParticipant.ticket_id == ticket.id, TicketParticipant.role.in_(LEFT_BEHIND), _is_current()
    others = Person.id != ticket.requester_id
    return [(role, person) for role, person in session.execute(wanted.where(*mine, others).order_by(Person.name))]


def _is_current() -> sa.ColumnElement[bool]:
    """Return the condition that somebody takes part now."""
    return sa.or_(TicketParticipant.until.is_(None), TicketParticipant.until > now())


def _name_others(session: Session, ticket: Ticket, there: DeskEntry, viewer: Viewer, channel: str) -> None:
    """Leave those of the named who work on the other desk; where nobody does, its leads are named."""
    staying = [person_id for person_id in member_ids(session, ticket) if works_on(person_id, there.id)]
    if not staying:
        shut_out = set(shut_out_ids(session, ticket))
        for person_id in sorted(leads_of(there.id) - shut_out):
            add_member(session, ticket, person_id, viewer, channel)
    for person_id in member_ids(session, ticket):
        if not works_on(person_id, there.id):
            remove_member(session, ticket, person_id, viewer, channel)


def _seers(ticket: Ticket, here: DeskEntry) -> set[int]:
    """Return who sees a ticket in the workspace now."""
    if ticket.visibility == "named":
        return {person_id for person_id in member_ids(db.session(), ticket) if works_on(person_id, here.id)}
    return _workers(here) - ({ticket.requester_id} if here.confidential else set())


def _seers_there(ticket: Ticket, there: DeskEntry) -> set[int]:
    if ticket.visibility == "named":
        staying = {person_id for person_id in member_ids(db.session(), ticket) if works_on(person_id, there.id)}
        return staying or leads_of(there.id) - set(shut_out_ids(db.session(), ticket))
    return _workers(there) - ({ticket.requester_id} if there.confidential else set())


def _also_there(people: set[int], there: DeskEntry) -> set[int]:
    """Return whom the mover must not be told to work on another desk: nobody is told to lose what they may keep."""
    return people & _workers(there) if not there.confidential else set()


def _workers(desk: DeskEntry) -> set[int]:
    works = select(Person.id).join(DeskGrant, DeskGrant.person_id == Person.id)
    return set(db.session.scalars(works.where(DeskGrant.desk_id == desk.id, Person.active)))


def _people(ids: set[int]) -> list[Person]:
    return list(db.session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.name, Person.id)))
