"""Managers on the requests of their people: on desks that say so, those who lead whoever asked see it, and may ask.

Who sees takes part as any other participant does, marked as added by the rule: where the rule or the manager changes,
a job takes those away who are no longer meant, and lets those take part who are. Finished requests gain nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, aliased

from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.errors import Problem, Refused
from deskcore.extensions import db
from deskcore.people.assistants import named_for
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.models import Ticket, TicketExclusion, TicketParticipant
from deskcore.tickets.timeline import record
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

#: Kind of the job.
JOB = "core.managers"
#: Tickets of one transaction.
BATCH = 200
#: Levels of managers between somebody and whoever asks in that person's name.
_LEVELS = 10

_REQUESTER, _MANAGER = aliased(Person), aliased(Person)


def keep_managers(payload: Mapping[str, Any]) -> None:
    """Let those managers take part whom the rules of the desks mean now, and nobody else because of them; a job."""
    for wanted in (_no_longer_meant(), _missing()):
        after = 0
        while ids := db.session.scalars(wanted.where(Ticket.id > after).order_by(Ticket.id).limit(BATCH)).all():
            with unit_of_work() as session:
                locked = select(Ticket).where(Ticket.id.in_(ids)).with_for_update(of=Ticket, key_share=True)
                for ticket in session.scalars(locked.execution_options(populate_existing=True)).all():
                    settle_manager(session, ticket, SYSTEM, "system")
            after = ids[-1]


def settle_manager(session: Session, ticket: Ticket, viewer: Viewer, channel: str) -> None:
    """Let the manager take part in a loaded ticket whom the rule means, and nobody else because of it.

    It belongs inside the unit of work that changed what the rule looks at.
    """
    session.flush()
    # Whoever changed the ticket may no longer see it.
    with acting_as(SYSTEM) as everything:
        out, manager_id = _settled(everything, ticket)
    for person_id in out:
        record(session, ticket, viewer, "participant_removed", channel, {"person": person_id, "role": "manager"})
    if manager_id is not None:
        record(session, ticket, viewer, "participant_added", channel, {"person": manager_id, "role": "manager"})


def _settled(session: Session, ticket: Ticket) -> tuple[list[int], int | None]:
    """Write who takes part by the rule; return who does not any more, and who does from now on."""
    manager_id = _meant(session, ticket)
    mine = TicketParticipant.ticket_id == ticket.id, TicketParticipant.by_rule
    there = {row.person_id: row for row in session.scalars(select(TicketParticipant).where(*mine))}
    out = [person_id for person_id in there if person_id != manager_id]
    for person_id in out:
        session.delete(there[person_id])
    new = manager_id is not None and manager_id not in there and not ticket.finished
    if manager_id is None or not new or _sees_anyway(session, ticket, manager_id):
        session.flush()
        return out, None
    session.add(TicketParticipant(ticket_id=ticket.id, person_id=manager_id, role="manager", by_rule=True))
    session.flush()
    return out, manager_id


def _meant(session: Session, ticket: Ticket) -> int | None:
    if not _covers(ticket):
        return None
    above = select(Person.manager_id).where(Person.id == ticket.requester_id).scalar_subquery()
    found = session.scalar(select(Person.id).where(Person.id == above, Person.active))
    shut_out = found is not None and session.get(TicketExclusion, (ticket.id, found)) is not None
    return None if shut_out or found == ticket.requester_id else found


def _covers(ticket: Ticket) -> bool:
    """Tell whether the rule of the desk where a ticket is now covers it; it may have come from another one."""
    catalogue = runtime().catalogue
    desk, entry = catalogue.desk_by_id(ticket.desk_id), catalogue.type_by_id(ticket.request_type_id)
    private = entry is not None and entry.desk.id == desk.id and not entry.shows_managers
    return desk.managers_see and not private and ticket.visibility == "desk" and ticket.sealed_as is None


def _sees_anyway(session: Session, ticket: Ticket, person_id: int) -> bool:
    """Tell whether a manager has part in a ticket in which nothing is to be added: as such, or as who sent it."""
    mine = TicketParticipant.ticket_id == ticket.id, TicketParticipant.person_id == person_id
    roles = TicketParticipant.role.in_(("manager", "reporter"))
    return session.scalar(select(TicketParticipant.role).where(*mine, roles).limit(1)) is not None


def _no_longer_meant() -> Select[int]:
    """Select the tickets in which somebody takes part by a rule who may not be meant any more."""
    part = TicketParticipant
    wanted = select(Ticket.id).join(part, part.ticket_id == Ticket.id).where(part.by_rule).distinct()
    wanted = wanted.join(_REQUESTER, _REQUESTER.id == Ticket.requester_id)
    wanted = wanted.outerjoin(_MANAGER, sa.and_(_MANAGER.id == _REQUESTER.manager_id, _MANAGER.active))
    other = _MANAGER.id.is_(None) | (_MANAGER.id != part.person_id)
    return wanted.where(other | ~_may_be_covered())


def _missing() -> Select[int]:
    """Select the open tickets that a rule covers, and in which the manager takes no part."""
    wanted = select(Ticket.id).join(_REQUESTER, _REQUESTER.id == Ticket.requester_id)
    wanted = wanted.join(_MANAGER, sa.and_(_MANAGER.id == _REQUESTER.manager_id, _MANAGER.active))
    part, out = TicketParticipant, TicketExclusion
    there = select(part.ticket_id).where(part.ticket_id == Ticket.id, part.person_id == _MANAGER.id)
    shut_out = select(out.ticket_id).where(out.ticket_id == Ticket.id, out.person_id == _MANAGER.id)
    roles = part.role.in_(("manager", "reporter"))
    meant = (~there.where(roles).exists(), ~shut_out.exists(), _MANAGER.id != Ticket.requester_id)
    return wanted.where(Ticket.finished.is_(False), Ticket.sealed_as.is_(None), _may_be_covered(), *meant)


def _may_be_covered() -> ColumnElement[bool]:
    """Return the condition that the rule of its desk covers a ticket."""
    catalogue = runtime().catalogue
    desks = [desk.id for desk in catalogue.desks.values() if desk.managers_see]
    private = [entry.id for entry in catalogue.types.values() if not entry.shows_managers and entry.desk.managers_see]
    return sa.and_(Ticket.desk_id.in_(desks), Ticket.request_type_id.not_in(private), Ticket.visibility == "desk")


def manager_to_be(entry: RequestTypeEntry, person: Person) -> str:
    """Return the name of the manager who will see what somebody asks with a request type, or ``""``."""
    if not entry.shows_managers or person.manager_id is None:
        return ""
    wanted = select(Person.name).where(Person.id == person.manager_id, Person.active, Person.id != person.id)
    return db.session.scalar(wanted) or ""


def leads(person: Person) -> bool:
    """Tell whether somebody is the manager of anybody who has an account."""
    led = select(Person.id).where(Person.manager_id == person.id, Person.active, Person.id != person.id)
    return bool(db.session.scalar(select(led.exists())))


def led_by(person_id: int) -> ColumnElement[bool]:
    """Return the condition on :class:`Person` that somebody leads that person, directly or through others."""
    first = select(Person.id, sa.literal(1).label("level")).where(Person.manager_id == person_id)
    line = first.cte("led", recursive=True)
    below = aliased(Person)
    step = select(below.id, line.c.level + 1).join(line, below.manager_id == line.c.id).where(line.c.level < _LEVELS)
    line = line.union(step)
    return sa.and_(Person.id.in_(select(line.c.id)), Person.id != person_id)


def asked_for_by(person_id: int) -> ColumnElement[bool]:
    """Return the condition on :class:`Person` that somebody may ask in that person's name: one rule for every way in.

    Who leads the person may, directly or through others, and who was named for that by an administrator.
    """
    return sa.or_(led_by(person_id), named_for(person_id))


def check_may_send(entry: RequestTypeEntry, sender: Person, requester: Person | None) -> None:
    """Refuse a request in the name of somebody for whom the sender may not ask, or where nobody may ask for others.

    :param requester: nobody where there is no such person; it is refused in the same words, so that nobody learns who
        has an account.
    :raises Refused: naming the field.
    """
    if requester is not None and requester.id == sender.id:
        return
    if not entry.takes_for_others:
        raise Refused(Problem(_("This can be asked for yourself only."), "requester"))
    wanted = select(Person.id).where(Person.id == (requester.id if requester else None), Person.active)
    if db.session.scalar(wanted.where(asked_for_by(sender.id))) is None:
        allowed = _("You can ask for yourself, for people you lead, and for those an administrator named for you.")
        raise Refused(Problem(allowed, "requester"))
