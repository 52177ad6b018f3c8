"""Leaving a ticket to named people of its desk, and opening it to the whole desk again."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.errors import NotFound, Problem, Refused
from deskcore.people.models import Person
from deskcore.people.services import find_person
from deskcore.tickets.loading import changing
from deskcore.tickets.managers import settle_manager
from deskcore.tickets.models import Ticket, TicketExclusion, TicketParticipant
from deskcore.tickets.naming import works_on
from deskcore.tickets.services.rights import author, require_agent
from deskcore.tickets.timeline import record
from deskcore.viewer import Viewer


def leave_to_named(number: str, version: int | None = None, channel: str = "portal") -> None:
    """Leave a ticket to named people of its desk: whoever does it, whoever has it, and those they add.

    :raises Conflict: when somebody changed it meanwhile.
    """
    viewer = require_agent()
    with changing(number, version) as (session, ticket):
        if ticket.visibility == "named":
            return
        _turn(session, ticket, "named", viewer, channel)
        for person_id in {author(viewer), ticket.assignee_id} - {None}:
            add_member(session, ticket, person_id, viewer, channel)


def open_to_desk(number: str, version: int | None = None, channel: str = "portal") -> None:
    """Let the whole desk see a ticket again.

    :raises Refused: when there are people who may never see it.
    """
    viewer = require_agent()
    with changing(number, version) as (session, ticket):
        if ticket.visibility == "desk":
            return
        if shut_out_ids(session, ticket):
            raise Refused(_("There are people who may never see this ticket, so it stays with those who are named."))
        for person_id in member_ids(session, ticket):
            remove_member(session, ticket, person_id, viewer, channel)
        _turn(session, ticket, "desk", viewer, channel)


def name_person(number: str, email: str, version: int | None = None, channel: str = "portal") -> None:
    """Let one more person of the desk see a ticket that is for named people.

    :raises Refused: when the person does not work on the desk, or may never see the ticket.
    """
    viewer = require_agent()
    with changing(number, version) as (session, ticket):
        _check_named(ticket)
        person = find_person(email)
        if person is None or not works_on(person.id, ticket.desk_id):
            raise Refused(Problem(_("This person does not work on the desk."), "member"))
        check_may_see(session, ticket, person, "member")
        add_member(session, ticket, person.id, viewer, channel)


def take_name_off(number: str, email: str, version: int | None = None, channel: str = "portal") -> None:
    """Let somebody no longer be one of the named; the last one stays, and so does whoever has the ticket.

    :raises Refused: for these two.
    """
    viewer = require_agent()
    with changing(number, version) as (session, ticket):
        _check_named(ticket)
        person, named = find_person(email), member_ids(session, ticket)
        if person is None or person.id not in named:
            raise NotFound(_("Nobody here has the address %(email)s.", email=email))
        if len(named) == 1:
            raise Refused(Problem(_("Somebody must see this ticket: name another person first."), "member"))
        if person.id == ticket.assignee_id:
            raise Refused(Problem(_("This person has the ticket: assign it to somebody else first."), "member"))
        remove_member(session, ticket, person.id, viewer, channel)


def check_may_see(session: Session, ticket: Ticket, person: Person, field: str) -> None:
    """Refuse somebody who may never see a ticket.

    :raises Refused: without saying why; who may see the ticket knows.
    """
    if session.get(TicketExclusion, (ticket.id, person.id)) is not None:
        raise Refused(Problem(_("This person may not see this ticket."), field))


def add_member(session: Session, ticket: Ticket, person_id: int | None, viewer: Viewer, channel: str) -> None:
    """Name somebody on a loaded ticket, and record it; belongs inside the unit of work."""
    if session.get(TicketParticipant, (ticket.id, person_id, "member")) is None:
        session.add(TicketParticipant(ticket_id=ticket.id, person_id=person_id, role="member", since=now()))
        record(session, ticket, viewer, "member_added", channel, {"person": person_id})


def remove_member(session: Session, ticket: Ticket, person_id: int, viewer: Viewer, channel: str) -> None:
    """Take the name of somebody off a loaded ticket, and record it."""
    row = session.get(TicketParticipant, (ticket.id, person_id, "member"))
    if row is not None:
        session.delete(row)
        record(session, ticket, viewer, "member_removed", channel, {"person": person_id})


def member_ids(session: Session, ticket: Ticket) -> list[int]:
    """Return who was named on a ticket."""
    mine = TicketParticipant.ticket_id == ticket.id, TicketParticipant.role == "member"
    return list(session.scalars(select(TicketParticipant.person_id).where(*mine)))


def shut_out_ids(session: Session, ticket: Ticket) -> Iterable[int]:
    """Return who may never see a ticket."""
    return session.scalars(select(TicketExclusion.person_id).where(TicketExclusion.ticket_id == ticket.id)).all()


def _turn(session: Session, ticket: Ticket, visibility: str, viewer: Viewer, channel: str) -> None:
    before, ticket.visibility = ticket.visibility, visibility
    record(session, ticket, viewer, "visibility_changed", channel, {"from": before, "to": visibility})
    settle_manager(session, ticket, viewer, channel)


def _check_named(ticket: Ticket) -> None:
    if ticket.visibility != "named":
        raise Refused(_("The whole desk sees this ticket."))
