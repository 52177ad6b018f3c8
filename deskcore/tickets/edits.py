"""Several changes of a ticket that are made together or not at all: what is wished, and what that would do.

The plan is made of what a ticket is now. Carrying it out is in :mod:`deskcore.tickets.services.editing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.desks.catalogue import DeskEntry
from deskcore.errors import Problem, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import PRIORITIES, STATUS_CATEGORIES
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.planning import Agent, agent_of, assignee_before_and_after, obstacles, tickets_now
from deskcore.tickets.saved_replies import filled
from deskcore.tickets.services.rights import author, require_agent
from deskcore.tickets.texts import clean_tags
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


def plan_edits(edits: Edits, *wanted: sa.ColumnElement[bool], most: int) -> list[Planned]:
    """Return what edits would do to tickets, oldest first, in as many statements whatever their number.

    :param wanted: conditions of the tickets; those that the viewer does not see are not among them.
    :param most: so many tickets are looked at.
    :raises Refused: when they make no sense on any desk.
    """
    edits = check_edits(edits)
    agent, me = agent_of(address_of(edits.assignee)), author(require_agent())
    rows = tickets_now(me, agent, *wanted, most=most, team=edits.team)
    writer = db.session.scalar(select(Person.name).where(Person.id == me)) or ""
    return [_planned(edits, row, agent, writer) for row in rows]


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
        found.append(Part("assignee", *assignee_before_and_after(row, agent, edits.assignee)))
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


def status_after(category: str, desk: DeskEntry, status: str, now_in: str) -> str:
    """Return the key of the status that a ticket gets: it keeps its own where that is of the category already."""
    return status if now_in == category else desk.status_of(category).key


def tags_after(add: Sequence[str], remove: Sequence[str], tags: Sequence[str]) -> tuple[str, ...]:
    """Return the tags that a ticket would have: those it has, without the removed, and then the added."""
    kept = [tag for tag in tags if tag not in remove]
    return (*kept, *(tag for tag in add if tag not in kept))


def _reasons(edits: Edits, row: Any, desk: DeskEntry, agent: Agent, parts: Sequence[Part]) -> Iterator[str]:
    fields = {part.field for part in parts}
    status = desk.status_of(edits.status) if edits.status else None
    if "team" in fields and desk.team(edits.team) is None:
        yield _("Its desk has no such team.")
    yield from obstacles(row, fields, agent, status, tags_after(edits.add, edits.remove, row.tags))


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
