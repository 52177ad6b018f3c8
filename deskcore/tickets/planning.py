"""What plans of changes look at: tickets as they are now, and what stands in the way, before anything is done."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import aliased

from deskcore.desks.catalogue import FINISHED_CATEGORIES
from deskcore.errors import Problem, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import Status
from deskcore.people.models import DeskGrant, Person, TeamMember
from deskcore.people.services import find_person
from deskcore.runtime import runtime
from deskcore.tickets.agent_models import TicketMerge
from deskcore.tickets.models import Ticket, TicketParticipant
from deskcore.tickets.texts import MAX_TAGS


@dataclass(frozen=True)
class Agent:
    """To whom tickets are to be given, and on which desks that is possible."""

    id: int | None = None
    name: str = ""
    desks: frozenset[int] = frozenset()


def agent_of(assignee: str | None) -> Agent:
    """Return who is to have tickets, with the desks on which that is possible; nobody for nobody.

    :raises Refused: when nobody active has the address.
    """
    if not assignee:
        return Agent()
    person = find_person(assignee)
    if person is None or not person.active:
        raise Refused(Problem(_("Nobody here has the address %(email)s.", email=assignee), "assignee"))
    desks = db.session.scalars(select(DeskGrant.desk_id).where(DeskGrant.person_id == person.id))
    return Agent(person.id, person.name, frozenset(desks))


def tickets_now(me: int, agent: Agent, *wanted: sa.ColumnElement[bool], most: int, team: str = "") -> Sequence[Any]:
    """Return tickets as they are now, oldest first, in one statement.

    :param me: whoever is about to change them.
    :param agent: who is to have them.
    :param wanted: conditions; those that the viewer does not see are not among them.
    :param most: so many tickets are looked at.
    :param team: key of the team that is to have them.
    """
    requester, assignee = aliased(Person), aliased(Person)
    teams = [each.id for desk in runtime().catalogue.desks.values() if (each := desk.team(team))] if team else []
    in_team = sa.exists().where(TeamMember.team_id.in_(teams), TeamMember.person_id == Ticket.assignee_id)
    columns = (
        Ticket.number, Ticket.version, Ticket.subject, Ticket.desk_id, Ticket.status, Ticket.status_category,
        Ticket.priority, Ticket.tags, Ticket.team_id, Ticket.assignee_id, Ticket.held_by,
        requester.name.label("requester"), assignee.name.label("assignee"),
        _takes_part(me, "follower").label("follows"),
        sa.or_(Ticket.visibility == "desk", _takes_part(me, "member")).label("works"),
        sa.or_(Ticket.visibility == "desk", _takes_part(agent.id, "member")).label("shown"),
        sa.exists().where(TicketMerge.ticket_id == Ticket.id).label("merged"), in_team.label("in_team"),
    )  # fmt: skip
    found = select(*columns).join(requester, requester.id == Ticket.requester_id)
    found = found.outerjoin(assignee, assignee.id == Ticket.assignee_id)
    return db.session.execute(found.where(*wanted).order_by(Ticket.id).limit(most)).all()


def _takes_part(person_id: int | None, role: str) -> sa.ColumnElement[bool]:
    mine = TicketParticipant.ticket_id == Ticket.id, TicketParticipant.person_id == person_id
    return sa.exists().where(*mine, TicketParticipant.role == role)


def assignee_before_and_after(row: Any, agent: Agent, asked: str) -> tuple[str, str]:
    """Return the names of who has a ticket and of who would have it.

    :param asked: the address that was asked for, which tells two people of the same name apart.
    """
    same, before = row.assignee_id == agent.id, row.assignee or ""
    after = agent.name if same or agent.name != before else f"{agent.name} ({asked})"
    return agent.name if same else before, after


def obstacles(
    row: Any, fields: Collection[str], agent: Agent, status: Status | None, tags: Sequence[str] = ()
) -> Iterator[str]:
    """Yield everything that stands in the way of changing a ticket, as far as one can tell without asking plugins.

    :param row: one of :func:`tickets_now`.
    :param fields: what would change: ``status``, ``assignee``, ``tags``, ``reply``, ``note`` and others.
    :param agent: who would have it; ``status``: that it would have, where that is asked for.
    :param tags: that it would have.
    """
    if row.merged and {"status", "reply", "note"}.intersection(fields):
        yield _("It was merged into another ticket.")
    if not row.works:
        yield _("It is for named people, and you are not one of them.")
    if "assignee" in fields and agent.id is not None and row.desk_id not in agent.desks:
        yield _("%(name)s does not work on the desk.", name=agent.name)
    elif "assignee" in fields and agent.id is not None and not row.shown:
        yield _("%(name)s does not see the ticket: it is for named people.", name=agent.name)
    if "tags" in fields and len(tags) > MAX_TAGS:
        yield _("It would have more than %(count)s tags.", count=MAX_TAGS)
    if "status" in fields and status is not None:
        if status.category == "new" and row.status_category != "new":
            yield _("Somebody has worked on it, so it cannot become new again.")
        elif row.held_by and status.category not in ("waiting_approval", *FINISHED_CATEGORIES):
            yield _("It waits for approval.")
