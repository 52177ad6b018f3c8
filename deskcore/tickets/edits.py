"""Several changes of a ticket that are made together or not at all: what is wished, and what that would do.

The plan is made of what a ticket is now. Carrying it out is in :mod:`deskcore.tickets.services.editing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import aliased

from deskcore.desks.catalogue import DeskEntry
from deskcore.errors import Problem, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import PRIORITIES, STATUS_CATEGORIES, Status
from deskcore.people.models import DeskGrant, Person, TeamMember
from deskcore.people.services import find_person
from deskcore.runtime import runtime
from deskcore.tickets.agent_models import TicketMerge
from deskcore.tickets.models import Ticket, TicketParticipant
from deskcore.tickets.saved_replies import filled
from deskcore.tickets.services.rights import author, require_agent
from deskcore.tickets.texts import MAX_TAGS, clean_tags
from deskcore.tickets.workflow import priority_key

#: Stands for whoever makes the changes, where an address would stand for somebody certain.
ME = "me"


@dataclass(frozen=True)
class Edits:
    """Changes of a ticket that are made together, in one transaction, and taken back together.

    Texts are filled in for each ticket like saved replies. A reply goes out in ten seconds, and the status follows it.

    :param status: category of the status that the ticket gets; each desk has one of its own in it. ``""``: none.
    :param priority: ``low``, ``normal``, ``high`` or ``urgent``; ``""``: as it is.
    :param assignee: address of an agent, :data:`ME` for whoever makes the changes, ``""`` for nobody; ``None``: as it
        is.
    :param team: key of a team of the ticket's desk; ``""``: as it is.
    :param add: tags; likewise those to ``remove``.
    :param follow: whoever makes the changes follows the ticket.
    :param reply: a public message; ``note``: one for agents.
    :param name: what they are called, for whoever is asked whether to make them.
    """

    status: str = ""
    priority: str = ""
    assignee: str | None = None
    team: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    follow: bool = False
    reply: str = ""
    note: str = ""
    name: str = ""

    def __bool__(self) -> bool:
        """Tell whether there is anything to do at all."""
        return replace(self, name="") != Edits()


@dataclass(frozen=True)
class Part:
    """One of the changes, on one ticket.

    :param field: ``status``, ``priority``, ``assignee``, ``team``, ``tags``, ``follow``, ``reply`` or ``note``.
    :param before: what it is now, by its key, or by the name of a person; ``after``: what it would be, or the text.
    """

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Planned:
    """What edits would do to one ticket.

    :param desk: key of its desk, whose statuses and teams the parts name.
    :param reasons: why nothing of it can be done; without one it can.
    """

    number: str
    version: int
    subject: str
    desk: str
    requester: str
    parts: Sequence[Part] = ()
    reasons: Sequence[str] = ()


@dataclass(frozen=True)
class Agent:
    """To whom tickets are to be given, and on which desks that is possible."""

    id: int | None = None
    name: str = ""
    desks: frozenset[int] = frozenset()


def check_edits(edits: Edits) -> Edits:
    """Return edits with their tags as they are stored.

    :raises Refused: when they make no sense on any desk, or there is nothing to do.
    """
    if not edits:
        raise Refused(_("Choose what to do with the tickets."))
    if edits.priority and edits.priority not in PRIORITIES:
        raise Refused(Problem(_("Choose a priority: low, normal, high or urgent."), "priority"))
    if edits.status and edits.status not in STATUS_CATEGORIES:
        raise Refused(Problem(_("Choose a status."), "status"))
    return replace(edits, add=clean_tags(edits.add), remove=clean_tags(edits.remove))


def address_of(assignee: str | None) -> str | None:
    """Return the address that an assignee stands for: :data:`ME` is whoever asks."""
    if assignee != ME:
        return assignee
    person = db.session.get(Person, author(require_agent()))
    return person.email if person is not None else None


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


def plan_edits(edits: Edits, *wanted: sa.ColumnElement[bool], most: int) -> list[Planned]:
    """Return what edits would do to tickets, oldest first, in as many statements whatever their number.

    :param wanted: conditions of the tickets; those that the viewer does not see are not among them.
    :param most: so many tickets are looked at.
    :raises Refused: when they make no sense on any desk.
    """
    edits = check_edits(edits)
    agent, me = agent_of(address_of(edits.assignee)), author(require_agent())
    rows = db.session.execute(_rows(me, agent, edits.team).where(*wanted).order_by(Ticket.id).limit(most)).all()
    writer = db.session.scalar(select(Person.name).where(Person.id == me)) or ""
    return [_planned(edits, row, agent, writer) for row in rows]


def _rows(me: int, agent: Agent, team: str) -> Any:
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
    return found.outerjoin(assignee, assignee.id == Ticket.assignee_id)


def _takes_part(person_id: int | None, role: str) -> sa.ColumnElement[bool]:
    mine = TicketParticipant.ticket_id == Ticket.id, TicketParticipant.person_id == person_id
    return sa.exists().where(*mine, TicketParticipant.role == role)


def _planned(edits: Edits, row: Any, agent: Agent, writer: str) -> Planned:
    desk = runtime().catalogue.desk_by_id(row.desk_id)
    parts = [each for each in _parts(edits, row, desk, agent, writer) if each.before != each.after]
    reasons = list(_reasons(edits, row, desk, agent, parts)) if parts else []
    return Planned(row.number, row.version, row.subject, desk.key, row.requester, parts, reasons)


def _parts(edits: Edits, row: Any, desk: DeskEntry, agent: Agent, writer: str) -> list[Part]:
    values = values_of(row.number, row.subject, row.requester, desk, writer)
    found = []
    if edits.team:
        team = runtime().catalogue.team_by_id(row.team_id)
        found.append(Part("team", team.key if team else "", edits.team))
        if found[0].before != edits.team and edits.assignee is None and row.assignee_id and not row.in_team:
            # Who is not in the other team lets go of it.
            found.append(Part("assignee", row.assignee, ""))
    if edits.assignee is not None:
        found.append(_assignee_part(row, agent, edits.assignee))
    if edits.priority:
        found.append(Part("priority", priority_key(row.priority), edits.priority))
    if edits.add or edits.remove:
        found.append(Part("tags", " ".join(row.tags), " ".join(tags_after(edits.add, edits.remove, row.tags))))
    if edits.follow:
        found.append(Part("follow", "yes" if row.follows else "", "yes"))
    if edits.reply:
        found.append(Part("reply", "", filled(edits.reply, values)))
    if edits.note:
        found.append(Part("note", "", filled(edits.note, values)))
    # An answer takes a new ticket into work.
    following = edits.status or ("open" if edits.reply and row.status_category == "new" else "")
    if following:
        found.append(Part("status", row.status, status_after(following, desk, row.status, row.status_category)))
    return found


def _assignee_part(row: Any, agent: Agent, asked: str) -> Part:
    same, before = row.assignee_id == agent.id, row.assignee or ""
    # Two people of the same name are not the same.
    after = agent.name if same or agent.name != before else f"{agent.name} ({asked})"
    return Part("assignee", agent.name if same else before, after)


def status_after(category: str, desk: DeskEntry, status: str, now_in: str) -> str:
    """Return the key of the status that a ticket gets: it keeps its own where that is of the category already."""
    return status if now_in == category else desk.status_of(category).key


def tags_after(add: Sequence[str], remove: Sequence[str], tags: Sequence[str]) -> tuple[str, ...]:
    """Return the tags that a ticket would have: those it has, without the removed, and then the added."""
    kept = [tag for tag in tags if tag not in remove]
    return (*kept, *(tag for tag in add if tag not in kept))


def _reasons(edits: Edits, row: Any, desk: DeskEntry, agent: Agent, parts: Sequence[Part]) -> list[str]:
    """Return everything that stands in the way, as far as one can tell without asking plugins."""
    fields, found = {part.field for part in parts}, []
    if row.merged and fields & {"status", "reply", "note"}:
        found.append(_("It was merged into another ticket."))
    if not row.works:
        found.append(_("It is for named people, and you are not one of them."))
    if "team" in fields and desk.team(edits.team) is None:
        found.append(_("Its desk has no such team."))
    if "assignee" in fields and agent.id is not None and row.desk_id not in agent.desks:
        found.append(_("%(name)s does not work on the desk.", name=agent.name))
    elif "assignee" in fields and agent.id is not None and not row.shown:
        found.append(_("%(name)s does not see the ticket: it is for named people.", name=agent.name))
    if "tags" in fields and len(tags_after(edits.add, edits.remove, row.tags)) > MAX_TAGS:
        found.append(_("It would have more than %(count)s tags.", count=MAX_TAGS))
    if "status" in fields and edits.status:
        found += _status_reasons(desk.status_of(edits.status), row)
    return found


def _status_reasons(status: Status, row: Any) -> list[str]:
    if status.category == "new":
        return [_("Somebody has worked on it, so it cannot become new again.")]
    if row.held_by and status.category not in ("waiting_approval", "resolved", "closed"):
        return [_("It waits for approval.")]
    return []


def values_of(number: str, subject: str, requester: str, desk: DeskEntry, writer: str) -> Mapping[str, str]:
    """Return what the variables of a text stand for on one ticket.

    :param writer: name of whoever writes.
    """
    locale = get_locale()
    return {
        "requester": requester,
        "first_name": next(iter(requester.split()), requester),
        "number": number,
        "subject": subject,
        "desk": desk.title.in_language(locale.language if locale is not None else "en"),
        "me": writer,
    }
