"""Who alone of a desk sees a ticket, and who never may: names, roles and teams turned into people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select

from deskcore.desks.catalogue import DeskEntry
from deskcore.extensions import db
from deskcore.people.models import DeskGrant, Person, TeamMember
from deskcore.people.services import find_person
from deskcore.tickets.models import Ticket, TicketExclusion, TicketParticipant

#: Managers above somebody who are looked for; no organisation is deeper, and a circle ends here.
_LEVELS = 30


@dataclass(frozen=True)
class Circle:
    """The people of a ticket that is not for its whole desk, by id.

    :param named: who of the desk sees it.
    :param never: who may not, whoever names them.
    """

    named: frozenset[int] = frozenset()
    never: frozenset[int] = frozenset()


def circle_of(desk: DeskEntry, named: Sequence[str], never: Sequence[str]) -> Circle:
    """Return the people that a plugin's words stand for; see :class:`~deskcore.hooks.contributions.Changes`.

    Whoever does not work on the desk is left out. Where nobody is left, it is the leads; and where no lead may see
    the ticket either, nobody is named, and no ticket is opened.
    """
    shut_out = frozenset(person_id for word in never for person_id in _meant(word))
    found = {person_id for word in named for person_id in _on_the_desk(desk, word)} - shut_out
    return Circle(frozenset(found or set(_workers(desk, DeskGrant.role == "lead")) - shut_out), shut_out)


def leads_of(desk_id: int) -> set[int]:
    """Return the ids of the active people who lead a desk."""
    return set(db.session.scalars(_active(desk_id).where(DeskGrant.role == "lead")))


def works_on(person_id: int, desk_id: int) -> bool:
    """Tell whether somebody has access and works on a desk."""
    return db.session.scalar(_active(desk_id).where(Person.id == person_id)) is not None


def named_people(ticket: Ticket) -> list[Person]:
    """Return by name the people of the desk who were named on a ticket."""
    mine = TicketParticipant.ticket_id == ticket.id, TicketParticipant.role == "member"
    wanted = select(Person).join(TicketParticipant, TicketParticipant.person_id == Person.id)
    return list(db.session.scalars(wanted.where(*mine).order_by(Person.name, Person.id)))


def shut_out_people(ticket: Ticket) -> list[Person]:
    """Return by name the people who may never see a ticket."""
    wanted = select(Person).join(TicketExclusion, TicketExclusion.person_id == Person.id)
    return list(db.session.scalars(wanted.where(TicketExclusion.ticket_id == ticket.id).order_by(Person.name)))


def _on_the_desk(desk: DeskEntry, word: str) -> Iterable[int]:
    if word in ("lead", "agent"):
        return _workers(desk, DeskGrant.role == word)
    if word.startswith("team:"):
        team = desk.team(word.removeprefix("team:"))
        members = select(TeamMember.person_id).where(TeamMember.team_id == (team.id if team else None))
        return _workers(desk, Person.id.in_(members))
    return _workers(desk, Person.id.in_(_meant(word)))


def _meant(word: str) -> list[int]:
    """Return the person with an address, after ``line:`` with the managers above; nobody when it is unknown."""
    person = find_person(word.removeprefix("line:"))
    found: list[int] = []
    while person is not None and person.id not in found and len(found) < _LEVELS:
        found.append(person.id)
        above = person.manager_id if word.startswith("line:") else None
        person = db.session.get(Person, above) if above else None
    return found


def _workers(desk: DeskEntry, *conditions: ColumnElement[bool]) -> Sequence[int]:
    return db.session.scalars(_active(desk.id).where(*conditions)).all()


def _active(desk_id: int) -> Select[int]:
    works = select(Person.id).join(DeskGrant, DeskGrant.person_id == Person.id)
    return works.where(DeskGrant.desk_id == desk_id, Person.active)
