"""What agents do with a ticket: assign, escalate, rank, tag and link it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from deskcore.errors import Problem, Refused
from deskcore.extensions import db
from deskcore.people.absentees import absent_on, whoever_is_there
from deskcore.people.models import DeskGrant, Person, TeamMember
from deskcore.people.services import find_person
from deskcore.runtime import runtime
from deskcore.tickets.loading import changing, find_ticket
from deskcore.tickets.merged import check_not_merged
from deskcore.tickets.models import LINK_KINDS, Ticket, TicketLink, TicketTag
from deskcore.tickets.services.moving import move
from deskcore.tickets.services.moving_back import as_it_is
from deskcore.tickets.services.naming import member_ids
from deskcore.tickets.services.rights import require_agent
from deskcore.tickets.texts import clean_tags
from deskcore.tickets.timeline import Change, record
from deskcore.tickets.workflow import priority_number
from deskcore.viewer import Viewer


@dataclass(frozen=True)
class Handover:
    """What came of handing a ticket over.

    :param number: that it has now.
    :param change: what can be taken back, when it went to another desk.
    """

    number: str
    change: Change | None = None


def assign(
    number: str,
    email: str | None,
    version: int | None = None,
    channel: str = "portal",
    stand_in: bool | None = None,
) -> Change | None:
    """Give a ticket to an agent of its desk, or to nobody.

    :param email: the agent's address; ``None`` or ``""`` takes it from whoever has it.
    :param stand_in: give it to whoever stands in when the agent is away, and may have it. Nobody said so: that is
        done for plugins and for the helpdesk itself, while people get it their way.
    :returns: what can be taken back; nothing when the agent has it already.
    :raises Refused: when the person does not work on the desk.
    """
    viewer = require_agent()
    with changing(number, version) as (session, ticket):
        person = _agent_of(ticket, email) if email else None
        if person is None:
            return give(session, ticket, None, viewer, channel)
        if stand_in or (stand_in is None and viewer.person_id is None):
            return give_in_absence(session, ticket, person.id, viewer, channel)
        return give(session, ticket, person.id, viewer, channel)


def escalate(
    number: str,
    desk: str,
    team: str,
    version: int | None = None,
    channel: str = "portal",
    notes: bool = False,
    keep: Collection[str] = (),
) -> Handover:
    """Hand a ticket to another team of its desk, or to another desk.

    The assignee lets go of it, because the new team decides who takes it. The number stays, except into or out of a
    confidential desk: there it gets a new one, because the old one would tell of it. Internal notes stay with the
    desk that wrote them, and those who took part do not follow to a confidential desk.

    :param notes: take the internal notes along to another desk.
    :param keep: addresses of those who take part and go along all the same.
    :raises Refused: when the other desk takes no tickets, or has no such team.
    """
    viewer = require_agent()
    with changing(number, version) as (session, ticket):
        here = runtime().catalogue.desk_by_id(ticket.desk_id)
        there = runtime().catalogue.desk(desk)
        chosen = there.team(team) if team else None
        if team and chosen is None:
            raise Refused(Problem(_("This desk has no team “%(team)s”.", team=team), "team"))
        if there.id == here.id and ticket.team_id == (chosen.id if chosen else None):
            return Handover(ticket.number)
        was = as_it_is(session, ticket) if there.id != here.id else None
        if was is not None:
            check_not_merged(ticket, "desk")
            move(session, ticket, there, viewer, channel, notes, keep)
        hand(session, ticket, chosen.id if chosen else None, viewer, channel)
        change = Change(ticket.id, ticket.last_seq, before=was) if was is not None else None
        return Handover(ticket.number, change)


def set_priority(number: str, priority: str, version: int | None = None, channel: str = "portal") -> Change | None:
    """Set a ticket's priority: ``low``, ``normal``, ``high`` or ``urgent``; return what can be taken back."""
    viewer = require_agent()
    wanted = priority_number(priority)
    with changing(number, version) as (session, ticket):
        return rank(session, ticket, wanted, viewer, channel)


def set_tags(number: str, tags: Sequence[str], version: int | None = None, channel: str = "portal") -> Change | None:
    """Replace a ticket's tags; return what can be taken back."""
    viewer = require_agent()
    wanted = clean_tags(tags)
    with changing(number, version) as (session, ticket):
        return tag(session, ticket, wanted, viewer, channel)


def give(
    session: Session,
    ticket: Ticket,
    person_id: int | None,
    viewer: Viewer,
    channel: str,
    undoes: int | None = None,
    instead_of: int | None = None,
) -> Change | None:
    """Change who has a loaded ticket, and record it; belongs inside the unit of work.

    :param undoes: sequence number of what it takes back; so for the two below.
    :param instead_of: whom it was for, where somebody else stands in.
    """
    before = ticket.assignee_id
    if before == person_id:
        return None
    ticket.assignee_id = person_id
    data = _changed(before, person_id, undoes) | ({"instead_of": instead_of} if instead_of else {})
    event = record(session, ticket, viewer, "assigned", channel, data)
    return Change(ticket.id, event.seq)


def give_in_absence(session: Session, ticket: Ticket, person_id: int, viewer: Viewer, channel: str) -> Change | None:
    """Give a loaded ticket to somebody, or to whoever stands in; where nobody may, it stays as it is and says so."""
    away = absent_on(ticket.desk_id)
    if person_id not in away:
        return give(session, ticket, person_id, viewer, channel)
    named = member_ids(session, ticket) if ticket.visibility == "named" else None
    found = whoever_is_there(person_id, away, lambda deputy: named is None or deputy in named)
    if found is not None:
        return give(session, ticket, found, viewer, channel, instead_of=person_id)
    if ticket.assignee_id != person_id:
        record(session, ticket, viewer, "left_unassigned", channel, {"instead_of": person_id})
    return None


def hand(
    session: Session, ticket: Ticket, team_id: int | None, viewer: Viewer, channel: str, undoes: int | None = None
) -> list[Change]:
    """Give a loaded ticket to a team of its desk, and record it; whoever has it and is not in it lets go of it."""
    before, changes = ticket.team_id, []
    if before != team_id:
        ticket.team_id = team_id
        event = record(session, ticket, viewer, "escalated", channel, _changed(before, team_id, undoes))
        changes.append(Change(ticket.id, event.seq))
    if not undoes and ticket.assignee_id is not None and not _keeps_it(session, ticket, team_id):
        changes += filter(None, [give(session, ticket, None, viewer, channel)])
    return changes


def rank(
    session: Session, ticket: Ticket, priority: int, viewer: Viewer, channel: str, undoes: int | None = None
) -> Change | None:
    """Change the priority of a loaded ticket, and record it."""
    before = ticket.priority
    if before == priority:
        return None
    ticket.priority = priority
    event = record(session, ticket, viewer, "priority_changed", channel, _changed(before, priority, undoes))
    return Change(ticket.id, event.seq)


def tag(
    session: Session, ticket: Ticket, tags: Sequence[str], viewer: Viewer, channel: str, undoes: int | None = None
) -> Change | None:
    """Replace the tags of a loaded ticket, and record it."""
    before, after = list(ticket.tags), list(tags)
    if before == after:
        return None
    ticket.tags = after
    earlier = sa.delete(TicketTag).where(TicketTag.ticket_id == ticket.id)
    session.execute(earlier, execution_options={"synchronize_session": False})
    session.add_all(TicketTag(ticket_id=ticket.id, tag=each) for each in after)
    event = record(session, ticket, viewer, "tags_changed", channel, _changed(before, after, undoes))
    return Change(ticket.id, event.seq)


def _changed(before: Any, after: Any, undoes: int | None) -> dict[str, Any]:
    return {"from": before, "to": after} | ({"undoes": undoes} if undoes else {})


def link(number: str, other: str, kind: str = "related", channel: str = "portal") -> Change | None:
    """Link a ticket to another one that the agent sees; return what can be taken back.

    :param kind: ``parent``, ``duplicate``, ``related`` or ``caused_by``: what ``other`` is to the ticket.
    :raises NotFound: when the agent does not see the other one; whether it exists is not told.
    """
    viewer = require_agent()
    if kind not in LINK_KINDS:
        raise Refused(Problem(_("Choose how the tickets belong together."), "kind"))
    with changing(number) as (session, ticket):
        target = find_ticket(other)
        if target.id == ticket.id:
            raise Refused(Problem(_("A ticket cannot be linked to itself."), "other"))
        if session.get(TicketLink, (ticket.id, target.id, kind)) is not None:
            return None
        session.add(TicketLink(ticket_id=ticket.id, other_id=target.id, kind=kind))
        event = record(session, ticket, viewer, "linked", channel, {"other": target.id, "link": kind})
        return Change(ticket.id, event.seq)


def _agent_of(ticket: Ticket, email: str) -> Person:
    person = find_person(email)
    works = person is not None and db.session.get(DeskGrant, (person.id, ticket.desk_id)) is not None
    if person is None or not works or not person.active:
        raise Refused(Problem(_("This person does not work on the desk."), "assignee"))
    if ticket.visibility == "named" and person.id not in member_ids(db.session(), ticket):
        raise Refused(Problem(_("This person does not see the ticket: it is for named people."), "assignee"))
    return person


def _keeps_it(session: Session, ticket: Ticket, team_id: int | None) -> bool:
    """Tell whether who has a ticket goes on having it with another team."""
    assert ticket.assignee_id is not None
    sees_it = ticket.visibility == "desk" or ticket.assignee_id in member_ids(session, ticket)
    return sees_it and _in_team(session, ticket.assignee_id, team_id)


def _in_team(session: Session, person_id: int, team_id: int | None) -> bool:
    return team_id is not None and session.get(TeamMember, (team_id, person_id)) is not None
