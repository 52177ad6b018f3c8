"""Who takes part in a ticket, and therefore sees it in the portal."""

from __future__ import annotations

from flask_babel import gettext as _

from deskcore.errors import NotAllowed, NotFound, Problem, Refused
from deskcore.people.services import find_person
from deskcore.tickets.loading import changing
from deskcore.tickets.models import TicketParticipant
from deskcore.tickets.services.naming import check_may_see
from deskcore.tickets.timeline import record
from deskcore.viewer import current_viewer

#: Roles that are not given by adding somebody.
_GIVEN_ELSEWHERE = ("member", "break_glass")


def add_participant(number: str, email: str, role: str = "follower", channel: str = "portal") -> None:
    """Let somebody take part in a ticket, and therefore see it in the portal.

    Those who take part may add followers; other roles are given from the workspace. People of the desk are named by
    :func:`~deskcore.tickets.services.naming.name_person`, and emergency access needs a second person.

    :raises Refused: when nobody active has the address, or the person may never see the ticket.
    """
    viewer = current_viewer()
    if role in _GIVEN_ELSEWHERE:
        raise NotAllowed(_("Only an agent can do this."))
    if viewer.area == "portal" and role != "follower":
        raise NotAllowed(_("Only an agent can do this."))
    person = find_person(email)
    if person is None or not person.active:
        raise Refused(Problem(_("Nobody here has the address %(email)s.", email=email), "person"))
    with changing(number) as (session, ticket):
        check_may_see(session, ticket, person, "person")
        if session.get(TicketParticipant, (ticket.id, person.id, role)) is None:
            session.add(TicketParticipant(ticket_id=ticket.id, person_id=person.id, role=role))
            record(session, ticket, viewer, "participant_added", channel, {"person": person.id, "role": role})


def remove_participant(number: str, email: str, role: str = "follower", channel: str = "portal") -> None:
    """Let somebody no longer take part; people may always take themselves out."""
    viewer = current_viewer()
    if role in _GIVEN_ELSEWHERE:
        raise NotAllowed(_("Only an agent can do this."))
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
