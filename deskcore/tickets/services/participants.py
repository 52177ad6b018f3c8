"""Who takes part in a ticket, and therefore sees it in the portal."""

from __future__ import annotations

from flask_babel import gettext as _

from deskcore import audit
from deskcore.errors import NotAllowed, NotFound, Problem, Refused
from deskcore.people.models import Person
from deskcore.people.services import find_person
from deskcore.runtime import runtime
from deskcore.tickets.loading import changing
from deskcore.tickets.models import Ticket, TicketParticipant
from deskcore.tickets.timeline import record
from deskcore.viewer import current_viewer


def add_participant(number: str, email: str, role: str = "follower", channel: str = "portal") -> None:
    """Let somebody take part in a ticket, and therefore see it in the portal.

    Those who take part may add followers; other roles are given from the workspace.

    :raises Refused: when nobody active has the address.
    """
    viewer = current_viewer()
    if viewer.area == "portal" and role != "follower":
        raise NotAllowed(_("Only an agent can do this."))
    person = find_person(email)
    if person is None or not person.active:
        raise Refused(Problem(_("Nobody here has the address %(email)s.", email=email), "person"))
    with changing(number) as (session, ticket):
        if session.get(TicketParticipant, (ticket.id, person.id, role)) is None:
            session.add(TicketParticipant(ticket_id=ticket.id, person_id=person.id, role=role))
            record(session, ticket, viewer, "participant_added", channel, {"person": person.id, "role": role})
            if role == "break_glass":
                audit.record(session, "break_glass.given", _desk_of(ticket), after=_broken_glass(ticket, person))


def remove_participant(number: str, email: str, role: str = "follower", channel: str = "portal") -> None:
    """Let somebody no longer take part; people may always take themselves out."""
    viewer = current_viewer()
    person = find_person(email)
    if person is None:
        raise NotFound(_("Nobody here has the address %(email)s.", email=email))
    if viewer.area == "portal" and (person.id != viewer.person_id or role != "follower"):
        raise NotAllowed(_("Only an agent can do this."))
    with changing(number) as (session, ticket):
        row = session.get(TicketParticipant, (ticket.id, person.id, role))
        if row is not None:
            session.delete(row)
            record(session, ticket, viewer, "participant_removed", channel, {"person": person.id, "role": role})
            if role == "break_glass":
                audit.record(session, "break_glass.withdrawn", _desk_of(ticket), _broken_glass(ticket, person))


def _desk_of(ticket: Ticket) -> audit.Subject:
    return audit.Subject("desk", runtime().catalogue.desk_by_id(ticket.desk_id).key)


def _broken_glass(ticket: Ticket, person: Person) -> dict[str, str]:
    return {"ticket": ticket.number, "person": person.email}
