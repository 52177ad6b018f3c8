"""Who takes part in a ticket, and therefore sees it in the portal."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.errors import NotAllowed, NotFound, Problem, Refused
from deskcore.people.services import find_person
from deskcore.runtime import runtime
from deskcore.tickets.loading import changing
from deskcore.tickets.models import Ticket, TicketParticipant
from deskcore.tickets.services.naming import check_may_see
from deskcore.tickets.timeline import record
from deskcore.viewer import Viewer, current_viewer
from deskcore.work import acting_as

#: Roles that are not given by adding somebody.
_GIVEN_ELSEWHERE = ("member", "break_glass")
#: Who of those that take part lets others follow. Whoever decides, or manages the one who asked, sees a ticket for as
#: long as that lasts: following must not make more of it.
_ADDING = frozenset({"requester", "reporter", "follower"})


def adds_followers(ticket: Ticket, roles: Collection[str]) -> bool:
    """Tell whether somebody who takes part may let others follow; on a confidential desk, only whoever asked.

    :param roles: of that person.
    """
    confidential = runtime().catalogue.desk_by_id(ticket.desk_id).confidential
    return not (_ADDING if not confidential else {"requester"}).isdisjoint(roles)


def add_participant(number: str, email: str, role: str = "follower", channel: str = "portal") -> None:
    """Let somebody take part in a ticket, and therefore see it in the portal.

    In the portal, :func:`adds_followers` tells who may; other roles are given from the workspace. People of the desk
    are named by :func:`~deskcore.tickets.services.naming.name_person`, and emergency access needs a second person.

    :raises NotAllowed: for whoever may not.
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
        if viewer.area == "portal" and not adds_followers(ticket, _roles(session, ticket, viewer.person_id)):
            raise NotAllowed(_("You see this request, but cannot let others see it."))
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


def unfollow(number: str, email: str) -> None:
    """Let somebody no longer follow a ticket who asked for it by a link in a message to them.

    For who does not follow it, left, or no longer sees it, there is nothing to end.
    """
    person = find_person(email)
    if person is not None:
        with acting_as(Viewer(person.id, "portal")), suppress(NotFound):
            remove_participant(number, email, channel="mail")


def _roles(session: Session, ticket: Ticket, person_id: int | None) -> Collection[str]:
    mine = TicketParticipant.ticket_id == ticket.id, TicketParticipant.person_id == person_id
    return session.scalars(select(TicketParticipant.role).where(*mine)).all()
