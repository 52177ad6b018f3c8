"""Load tickets for change, and turn rows into the frozen views that hooks receive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from flask_babel import gettext as _
from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session, joinedload

from deskcore.clock import now
from deskcore.errors import Conflict, NotAllowed, NotFound
from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.due import shown_due
from deskcore.tickets.models import PARTICIPANT_ROLES, FormerNumber, Ticket, TicketParticipant
from deskcore.tickets.sensitive import masked
from deskcore.tickets.snapshots import PersonView, TicketView
from deskcore.tickets.workflow import priority_key
from deskcore.viewer import current_viewer
from deskcore.work import unit_of_work


def find_ticket(number: str) -> Ticket:
    """Return the ticket with this number as far as the session's viewer sees it.

    A number that the ticket had before leads to it too: compare it with the ticket's own, and lead on.

    :raises NotFound: when there is none, or the viewer may not know that there is one.
    """
    typed = {"number": number.upper()[:20]}
    # One after the other: asked for both at once, a database may look through all tickets of a desk.
    ticket = db.session.scalar(_by_number(), typed) or db.session.scalar(_by_former_number(), typed)
    if ticket is None:
        raise NotFound(_("There is no ticket %(number)s.", number=number))
    return ticket


@cache
def _by_number() -> Select[Ticket]:
    return with_people(select(Ticket).where(Ticket.number == bindparam("number", type_=Ticket.number.type)))


@cache
def _by_former_number() -> Select[Ticket]:
    typed = bindparam("number", type_=FormerNumber.number.type)
    former = select(FormerNumber.ticket_id).where(FormerNumber.number == typed)
    return with_people(select(Ticket).where(Ticket.id.in_(former)))


def with_people(wanted: Select[Ticket]) -> Select[Ticket]:
    """Return a query for tickets that loads with them the people whom :func:`ticket_view` tells of."""
    return wanted.options(
        joinedload(Ticket.requester).joinedload(Person.department),
        joinedload(Ticket.requester).joinedload(Person.location),
        joinedload(Ticket.requester).joinedload(Person.manager),
        joinedload(Ticket.assignee),
    )


@contextmanager
def changing(number: str, version: int | None = None) -> Iterator[tuple[Session, Ticket]]:
    """Load a ticket under the write lock, let the block change it, and raise its version if something happened.

    :param version: the version the change was made against; ``None`` when it cannot overwrite anything.
    :raises NotFound: when the viewer does not see it.
    :raises NotAllowed: when the viewer sees it by emergency access alone.
    :raises Conflict: when somebody changed it meanwhile.
    """
    with unit_of_work() as session:
        wanted = select(Ticket).where(Ticket.number == number.upper()[:20]).with_for_update(of=Ticket, key_share=True)
        ticket = session.scalar(wanted.execution_options(populate_existing=True))
        if ticket is None:
            raise NotFound(_("There is no ticket %(number)s.", number=number))
        _check_more_than_reading(session, ticket)
        check_version(ticket, version)
        before = ticket.last_seq
        yield session, ticket
        if ticket.last_seq != before:
            ticket.version += 1
            ticket.updated_at = now()


def _check_more_than_reading(session: Session, ticket: Ticket) -> None:
    """Let nobody change a ticket whom only emergency access shows it."""
    viewer = current_viewer()
    if viewer.person_id is None or (viewer.area == "workspace" and ticket.visibility == "desk"):
        return
    mine = TicketParticipant.ticket_id == ticket.id, TicketParticipant.person_id == viewer.person_id
    current = or_(TicketParticipant.until.is_(None), TicketParticipant.until > now())
    roles = set(session.scalars(select(TicketParticipant.role).where(*mine, current)))
    enough = {"member"} if viewer.area == "workspace" else set(PARTICIPANT_ROLES) - {"member", "break_glass"}
    if not roles & enough:
        raise NotAllowed(_("Emergency access is for reading only."))


def check_version(ticket: Ticket, version: int | None) -> None:
    """Refuse a change that was made against another version; ``None`` is never refused.

    :raises Conflict: with the version that is stored now.
    """
    if version is not None and ticket.version != version:
        raise Conflict(_("Somebody changed this ticket meanwhile. Your text is kept below."), ticket.version)


def person_view(person: Person, related: bool = True) -> PersonView:
    """Return a person as a plugin may see one.

    :param related: include department, location and manager, which must have been loaded.
    """
    language = person.language or runtime().language
    zone = person.time_zone or runtime().config.time_zone
    if not related:
        return PersonView(person.email, person.name, language, time_zone=zone)
    return PersonView(
        email=person.email,
        name=person.name,
        language=language,
        department=person.department.name if person.department else "",
        location=person.location.name if person.location else "",
        manager_email=person.manager.email if person.manager else "",
        time_zone=zone,
    )


def ticket_view(ticket: Ticket) -> TicketView:
    """Return a ticket from :func:`find_ticket` as the frozen view that hooks receive."""
    catalogue = runtime().catalogue
    entry = catalogue.type_by_id(ticket.request_type_id)
    team = catalogue.team_by_id(ticket.team_id)
    return TicketView(
        number=ticket.number,
        desk=catalogue.desk_by_id(ticket.desk_id).key,
        request_type=entry.type.key if entry else "",
        subject=ticket.subject,
        description=ticket.description,
        status=ticket.status,
        status_category=ticket.status_category,
        priority=priority_key(ticket.priority),
        requester=person_view(ticket.requester),
        assignee=person_view(ticket.assignee, related=False) if ticket.assignee else None,
        team=team.key if team else "",
        tags=tuple(ticket.tags),
        answers=masked(ticket.answers, entry.type.fields if entry else ()),
        extra=ticket.extra,
        channel=ticket.channel,
        version=ticket.version,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        due_at=shown_due(ticket),
    )
