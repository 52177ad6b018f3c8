"""Everything that changes a ticket after it was opened; nothing else writes one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.desks.catalogue import FINISHED_CATEGORIES, OPEN_CATEGORIES, DeskEntry
from deskcore.errors import NotAllowed, NotFound, Problem, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import Status
from deskcore.people.models import DeskGrant, Person, TeamMember
from deskcore.people.services import find_person
from deskcore.runtime import runtime
from deskcore.tickets.access import Viewer, current_viewer
from deskcore.tickets.attachments import attach
from deskcore.tickets.idempotency import earlier_result, fingerprint, remember
from deskcore.tickets.loading import changing, find_ticket, person_view, ticket_view
from deskcore.tickets.models import (
    LINK_KINDS,
    Message,
    Note,
    Ticket,
    TicketLink,
    TicketParticipant,
    TicketTag,
)
from deskcore.tickets.snapshots import Transition
from deskcore.tickets.texts import clean_tags, required_text
from deskcore.tickets.timeline import record
from deskcore.tickets.workflow import check_transition, may_reopen, priority_number, wanted_status


def reply(
    number: str,
    text: str,
    uploads: Sequence[str] = (),
    version: int | None = None,
    key: str = "",
    then: str = "",
    channel: str = "portal",
) -> int:
    """Write a public message and return its sequence number in the ticket.

    From the workspace it takes a new ticket into work, and ``then`` may set the next status. From the portal it
    brings a waiting ticket back to the agents, and reopens a solved one within the days allowed.

    :param version: what the writer saw, when the message must not cross another change.
    :param then: key of the status to set in the same step; agents only.
    :raises Refused: when nothing was written, or the ticket is finished for good.
    """
    viewer = current_viewer()
    body = required_text(text)
    status = _checked_status(number, then, viewer) if then else None
    content_hash = fingerprint([number, body, list(uploads)])
    with changing(number, None if key and _seen(viewer, key) else version) as (session, ticket):
        if key and (earlier := earlier_result(session, _person(viewer), key, content_hash)):
            return int(earlier["seq"])
        desk = runtime().catalogue.desk_by_id(ticket.desk_id)
        event = record(session, ticket, viewer, "message_added", channel)
        message = Message(ticket_id=ticket.id, seq=event.seq, author_id=_person(viewer), body=body, channel=channel)
        message.from_agent = viewer.area != "portal"
        session.add(message)
        session.flush()
        if uploads:
            attach(session, ticket.id, uploads, message_id=message.id)
        following = status or _status_after_reply(ticket, viewer, desk)
        if following is not None:
            _set_status(session, ticket, following, viewer, channel)
        if key:
            remember(session, _person(viewer), key, {"seq": event.seq})
    return event.seq


def note(
    number: str, text: str, uploads: Sequence[str] = (), version: int | None = None, key: str = "", channel: str = "portal"
) -> int:
    """Write an internal note, which only agents of the desk ever see, and return its sequence number.

    :raises NotAllowed: from the portal.
    """
    viewer = _agent()
    body = required_text(text)
    content_hash = fingerprint(["note", number, body, list(uploads)])
    with changing(number, version) as (session, ticket):
        if key and (earlier := earlier_result(session, _person(viewer), key, content_hash)):
            return int(earlier["seq"])
        event = record(session, ticket, viewer, "note_added", channel)
        row = Note(ticket_id=ticket.id, seq=event.seq, author_id=_person(viewer), body=body, channel=channel)
        session.add(row)
        session.flush()
        if uploads:
            attach(session, ticket.id, uploads, note_id=row.id)
        if key:
            remember(session, _person(viewer), key, {"seq": event.seq})
    return event.seq


def assign(number: str, email: str | None, version: int | None = None, channel: str = "portal") -> None:
    """Give a ticket to an agent of its desk, or to nobody.

    :param email: the agent's address; ``None`` or ``""`` takes it from whoever has it.
    :raises Refused: when the person does not work on the desk.
    """
    viewer = _agent()
    with changing(number, version) as (session, ticket):
        person = _agent_of(ticket, email) if email else None
        before, after = ticket.assignee_id, person.id if person else None
        if before == after:
            return
        ticket.assignee_id = after
        record(session, ticket, viewer, "assigned", channel, {"from": before, "to": after})


def escalate(number: str, desk: str, team: str, version: int | None = None, channel: str = "portal") -> None:
    """Hand a ticket to another team of its desk, or to another desk.

    The assignee lets go of it, because the new team decides who takes it. The number stays, except into or out of a
    confidential desk.

    :raises NotAllowed: when the other desk keeps confidential tickets and the agent does not work there.
    """
    viewer = _agent()
    with changing(number, version) as (session, ticket):
        here = runtime().catalogue.desk_by_id(ticket.desk_id)
        there = runtime().catalogue.desk(desk)
        chosen = there.team(team) if team else None
        if team and chosen is None:
            raise Refused(Problem(_("This desk has no team “%(team)s”.", team=team), "team"))
        if there.id != here.id:
            _move(session, ticket, here, there, viewer, channel)
        before, after = ticket.team_id, chosen.id if chosen else None
        if before != after:
            ticket.team_id = after
            record(session, ticket, viewer, "escalated", channel, {"from": before, "to": after})
        if ticket.assignee_id is not None and not _in_team(session, ticket.assignee_id, after):
            record(session, ticket, viewer, "assigned", channel, {"from": ticket.assignee_id, "to": None})
            ticket.assignee_id = None


def _move(session: Session, ticket: Ticket, here: DeskEntry, there: DeskEntry, viewer: Viewer, channel: str) -> None:
    if here.confidential or there.confidential:
        raise Refused(Problem(_("A ticket cannot be moved into or out of a confidential desk yet."), "desk"))
    if not there.enabled:
        raise Refused(Problem(_("This desk takes no new tickets at the moment."), "desk"))
    ticket.desk_id, ticket.team_id = there.id, None
    record(session, ticket, viewer, "moved", channel, {"from": here.id, "to": there.id})
    following = there.status_of(ticket.status_category)
    if following.key != ticket.status:
        _set_status(session, ticket, following, viewer, channel)


def set_status(number: str, status: str, version: int | None = None, channel: str = "portal") -> None:
    """Move a ticket to another status of its desk; plugins are asked first and may refuse.

    :raises Refused: with everything that stands in the way.
    """
    viewer = _agent()
    wanted = _checked_status(number, status, viewer)
    with changing(number, version) as (session, ticket):
        check_transition(ticket, wanted)
        _set_status(session, ticket, wanted, viewer, channel)


def set_priority(number: str, priority: str, version: int | None = None, channel: str = "portal") -> None:
    """Set a ticket's priority: ``low``, ``normal``, ``high`` or ``urgent``."""
    viewer = _agent()
    wanted = priority_number(priority)
    with changing(number, version) as (session, ticket):
        before = ticket.priority
        if before != wanted:
            ticket.priority = wanted
            record(session, ticket, viewer, "priority_changed", channel, {"from": before, "to": wanted})


def set_tags(number: str, tags: Sequence[str], version: int | None = None, channel: str = "portal") -> None:
    """Replace a ticket's tags."""
    viewer = _agent()
    wanted = clean_tags(tags)
    with changing(number, version) as (session, ticket):
        before = list(ticket.tags)
        if before == list(wanted):
            return
        ticket.tags = list(wanted)
        earlier = sa.delete(TicketTag).where(TicketTag.ticket_id == ticket.id)
        session.execute(earlier, execution_options={"synchronize_session": False})
        session.add_all(TicketTag(ticket_id=ticket.id, tag=tag) for tag in wanted)
        record(session, ticket, viewer, "tags_changed", channel, {"from": before, "to": list(wanted)})


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


def link(number: str, other: str, kind: str = "related", channel: str = "portal") -> None:
    """Link a ticket to another one that the agent sees.

    :param kind: ``parent``, ``duplicate``, ``related`` or ``caused_by``: what ``other`` is to the ticket.
    :raises NotFound: when the agent does not see the other one; whether it exists is not told.
    """
    viewer = _agent()
    if kind not in LINK_KINDS:
        raise Refused(Problem(_("Choose how the tickets belong together."), "kind"))
    with changing(number) as (session, ticket):
        target = find_ticket(other)
        if target.id == ticket.id:
            raise Refused(Problem(_("A ticket cannot be linked to itself."), "other"))
        if session.get(TicketLink, (ticket.id, target.id, kind)) is None:
            session.add(TicketLink(ticket_id=ticket.id, other_id=target.id, kind=kind))
            record(session, ticket, viewer, "linked", channel, {"other": target.id, "link": kind})


def withdraw(number: str, channel: str = "portal") -> None:
    """Say from the portal that help is no longer needed: the ticket is solved by the person who asked."""
    viewer = current_viewer()
    with changing(number) as (session, ticket):
        if ticket.status_category not in OPEN_CATEGORIES:
            raise Refused(_("This request is already finished."))
        record(session, ticket, viewer, "withdrawn", channel)
        desk = runtime().catalogue.desk_by_id(ticket.desk_id)
        _set_status(session, ticket, desk.status_of("resolved"), viewer, channel)


def reopen(number: str, channel: str = "portal") -> None:
    """Bring a finished ticket back to the agents.

    :raises Refused: when it is open, or was finished too long ago.
    """
    viewer = current_viewer()
    with changing(number) as (session, ticket):
        if not may_reopen(ticket.status_category, ticket.resolved_at, runtime().config.reopen_days):
            raise Refused(_("This request can no longer be reopened. Raise a new one."))
        desk = runtime().catalogue.desk_by_id(ticket.desk_id)
        _set_status(session, ticket, desk.status_of("open"), viewer, channel)


def _set_status(session: Session, ticket: Ticket, status: Status, viewer: Viewer, channel: str) -> None:
    before = ticket.status
    if before == status.key:
        return
    finished = status.category in FINISHED_CATEGORIES
    if not finished:
        ticket.resolved_at = None
    elif ticket.resolved_at is None:
        ticket.resolved_at = now()
    ticket.status, ticket.status_category, ticket.finished = status.key, status.category, finished
    data: dict[str, Any] = {"from": before, "to": status.key, "category": status.category}
    record(session, ticket, viewer, "status_changed", channel, data)


def _checked_status(number: str, key: str, viewer: Viewer) -> Status:
    """Return the wanted status after plugins agreed to it; they are asked before the lock."""
    if viewer.area == "portal":
        raise NotAllowed(_("Only an agent can do this."))
    ticket = find_ticket(number)
    status = wanted_status(runtime().catalogue.desk_by_id(ticket.desk_id), key)
    check_transition(ticket, status)
    by = db.session.get(Person, viewer.person_id) if viewer.person_id else None
    asked = Transition(ticket_view(ticket), status.key, status.category, person_view(by, related=False) if by else None)
    problems = runtime().callers.check("validate_transition", transition=asked).problems
    if problems:
        raise Refused(problems)
    return status


def _status_after_reply(ticket: Ticket, viewer: Viewer, desk: DeskEntry) -> Status | None:
    if viewer.area != "portal":
        return desk.status_of("open") if ticket.status_category == "new" else None
    if ticket.status_category == "waiting_requester":
        return desk.status_of("open")
    if ticket.status_category in FINISHED_CATEGORIES:
        if not may_reopen(ticket.status_category, ticket.resolved_at, runtime().config.reopen_days):
            raise Refused(_("This request can no longer be reopened. Raise a new one."))
        return desk.status_of("open")
    return None


def _seen(viewer: Viewer, key: str) -> bool:
    """Tell whether a key was used before, so that a repeated send is no conflict with its own first one."""
    from deskcore.tickets.models import IdempotencyKey

    mine = IdempotencyKey.person_id == viewer.person_id, IdempotencyKey.key == key
    return db.session.scalar(select(IdempotencyKey.key).where(*mine)) is not None


def _agent() -> Viewer:
    viewer = current_viewer()
    if viewer.area == "portal":
        raise NotAllowed(_("Only an agent can do this."))
    return viewer


def _person(viewer: Viewer) -> int:
    if viewer.person_id is None:
        raise NotAllowed("only a person can write a message: act as one")
    return viewer.person_id


def _agent_of(ticket: Ticket, email: str) -> Person:
    person = find_person(email)
    works = person is not None and db.session.get(DeskGrant, (person.id, ticket.desk_id)) is not None
    if person is None or not works or not person.active:
        raise Refused(Problem(_("This person does not work on the desk."), "assignee"))
    return person


def _in_team(session: Session, person_id: int, team_id: int | None) -> bool:
    return team_id is not None and session.get(TeamMember, (team_id, person_id)) is not None
