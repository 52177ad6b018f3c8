"""Taking back what was just done: an inverse line on the timeline, guarded by what happened since.

Only who did it may, only once, only for a few minutes, and only where the ticket was not changed meanwhile. What
cannot be taken back is skipped and explained. Nothing is ever removed from a timeline.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.errors import Conflict, DeskcoreError, NotFound, Refused
from deskcore.extensions import db
from deskcore.people.models import DeskGrant, Person
from deskcore.runtime import runtime
from deskcore.tickets.agent_models import UndoOffer
from deskcore.tickets.children import CHILD
from deskcore.tickets.loading import changing, find_ticket
from deskcore.tickets.models import Ticket, TicketEvent, TicketLink, TicketParticipant
from deskcore.tickets.services.children import take_child_back
from deskcore.tickets.services.handling import give, hand, rank, tag
from deskcore.tickets.services.held_replies import drop_held
from deskcore.tickets.services.moving_back import move_back
from deskcore.tickets.services.rights import author, require_agent
from deskcore.tickets.services.statuses import ask_plugins, change_status
from deskcore.tickets.services.taking_apart import status_before, undo_merge
from deskcore.tickets.timeline import Change, record
from deskcore.tickets.workflow import wanted_status
from deskcore.viewer import Viewer
from deskcore.work import unit_of_work

#: How long it can be taken back. The toast offers it for ten seconds of not being pointed at or read.
KEPT = timedelta(minutes=5)


@dataclass
class Undone:
    """What came of it.

    :param done: numbers of the tickets that are as they were.
    :param skipped: numbers of the others, each with the reason; ``""`` for one that is out of sight now.
    """

    done: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def offer_undo(changes: Iterable[Change | None]) -> str:
    """Let the signed-in agent take these changes back together, and return the token of the offer.

    The services that can be taken back return a :class:`~deskcore.tickets.timeline.Change`, or nothing when
    nothing changed: ``assign``, ``set_status``, ``set_priority``, ``set_tags``, ``link``, and ``escalate`` and
    ``open_child`` within what they return. Collect what they return for as many tickets as you like, call this once
    afterwards, outside any unit of work, and give the token to
    ``undo_url(token, back)`` of :mod:`deskcore.web.workspace.undoing` for the toast::

        changes = [assign(number, email) for number in numbers]
        toast(words, undo_url(offer_undo(changes), back))

    :returns: ``""`` when there is nothing to take back; ``undo_url`` then gives ``""`` too, and the toast no button.
    """
    kept = [
        [
            change.ticket_id,
            change.seq,
            change.resolved_at and change.resolved_at.isoformat(),
            change.before,
            change.into,
            change.held,
        ]
        for change in changes
        if change is not None
    ]
    if not kept:
        return ""
    token = secrets.token_urlsafe(16)
    with unit_of_work() as session:
        session.add(UndoOffer(token=token, person_id=author(require_agent()), changes=kept, until=now() + KEPT))
    return token


def undo(token: str, channel: str = "portal") -> Undone:
    """Take back what was offered under ``token``, and tell what was skipped.

    :raises Refused: when it is too late, was done already, or is somebody else's.
    """
    viewer = require_agent()
    offered = select(UndoOffer.changes).where(*_mine(token, viewer), UndoOffer.until > now())
    changes = _read(db.session.scalar(offered))
    refused = _objections(changes, viewer)
    undone = Undone()
    with unit_of_work() as session:
        used_up = sa.delete(UndoOffer).where(*_mine(token, viewer)).returning(UndoOffer.token)
        if session.scalar(used_up, execution_options={"synchronize_session": False}) is None:
            raise _too_late()
        # Always in the same order, so that two who undo at once never wait for one another.
        for ticket_id, together in groupby(sorted(changes, key=attrgetter("ticket_id")), attrgetter("ticket_id")):
            number = session.scalar(select(Ticket.number).where(Ticket.id == ticket_id)) or ""
            _undo_one(number, list(together), viewer, channel, refused, undone)
    return undone


def _undo_one(
    number: str, together: list[Change], viewer: Viewer, channel: str, refused: Mapping[int, str], undone: Undone
) -> None:
    """Take back what was done to one ticket at once, or nothing of it."""
    change = together[-1]
    if not number and change.before is None:
        undone.skipped.append(("", _("You no longer see this ticket.")))
        return
    try:
        if change.before is not None:
            number = move_back(change, viewer, channel)
        elif change.into is not None:
            _check_agreed(change, refused)
            undo_merge(change, viewer, channel)
        else:
            _take_back(number, together, viewer, channel, refused)
    except DeskcoreError as error:
        # Of a ticket that went out of sight nothing is told, not even that somebody works on it.
        undone.skipped.append((number, error.message if number else _("You no longer see this ticket.")))
    else:
        undone.done.append(number)


def _mine(token: str, viewer: Viewer) -> tuple[sa.ColumnElement[bool], ...]:
    return UndoOffer.token == token[:43].replace("\0", ""), UndoOffer.person_id == author(viewer)


def _too_late() -> Refused:
    return Refused(_("It is too late to undo this, or it was undone before. Change it back on the ticket itself."))


def _read(stored: list[Any] | None) -> list[Change]:
    if stored is None:
        raise _too_late()
    return [Change(ticket, seq, datetime.fromisoformat(at) if at else None, *more) for ticket, seq, at, *more in stored]


def _objections(changes: Iterable[Change], viewer: Viewer) -> dict[int, str]:
    """Ask the plugins whether each status may become what it was, before the lock; return who objects, by ticket."""
    found = {change.ticket_id: said for change in changes if change.into and (said := _objection(change, viewer))}
    seqs = {(change.ticket_id, change.seq) for change in changes if change.before is None}
    wanted = select(TicketEvent.ticket_id, TicketEvent.seq, TicketEvent.data, Ticket.number)
    wanted = wanted.join(Ticket, Ticket.id == TicketEvent.ticket_id)
    of_them = TicketEvent.ticket_id.in_({ticket_id for ticket_id, _seq in seqs})
    wanted = wanted.where(of_them, TicketEvent.kind == "status_changed")
    for row in db.session.execute(wanted).all():
        if (row.ticket_id, row.seq) not in seqs:
            continue
        try:
            ticket = find_ticket(row.number)
            desk = runtime().catalogue.desk_by_id(ticket.desk_id)
            ask_plugins(ticket, wanted_status(desk, row.data["from"]), viewer)
        except DeskcoreError as error:
            found[row.ticket_id] = error.message
    return found


def _objection(change: Change, viewer: Viewer) -> str:
    """Ask the plugins whether a ticket that was merged may have its status again, and return what they say."""
    merged = status_before(change.ticket_id)
    try:
        if merged is not None:
            ask_plugins(*merged, viewer)
    except DeskcoreError as error:
        return error.message
    return ""


def _take_back(number: str, together: list[Change], viewer: Viewer, channel: str, refused: Mapping[int, str]) -> None:
    newest_first = sorted(together, key=attrgetter("seq"), reverse=True)
    with changing(number) as (session, ticket), session.begin_nested():
        for change in newest_first:
            if change.held is not None:
                drop_held(session, change.held, viewer)
        if ticket.last_seq != newest_first[0].seq:
            replied = any(change.held is not None for change in together)
            since = _("The reply has gone out, or it was changed since.") if replied else None
            raise Conflict(since or _changed_since(session, ticket), ticket.version)
        _check_agreed(newest_first[0], refused)
        for change in newest_first:
            if change.held is None:
                _take_line_back(session, ticket, change, viewer, channel)


def _take_line_back(session: Session, ticket: Ticket, change: Change, viewer: Viewer, channel: str) -> None:
    """Undo what one line of the timeline says."""
    event = session.scalars(
        select(TicketEvent).where(TicketEvent.ticket_id == ticket.id, TicketEvent.seq == change.seq)
    ).one()
    before: Any = event.data.get("from")
    if event.kind == "linked":
        _unlink(session, ticket, event, viewer, channel)
    elif event.kind == "assigned":
        give(session, ticket, _still_agent(session, ticket, before), viewer, channel, change.seq)
    elif event.kind == "escalated":
        hand(session, ticket, before, viewer, channel, change.seq)
    elif event.kind == "priority_changed":
        rank(session, ticket, before, viewer, channel, change.seq)
    elif event.kind == "tags_changed":
        tag(session, ticket, before, viewer, channel, change.seq)
    elif event.kind == "participant_added":
        _take_out(session, ticket, event, viewer, channel)
    elif event.kind == "status_changed":
        status = wanted_status(runtime().catalogue.desk_by_id(ticket.desk_id), before)
        change_status(session, ticket, status, viewer, channel, change.seq)
        ticket.resolved_at = change.resolved_at
    else:
        raise NotFound(_("This cannot be undone."))


def _check_agreed(change: Change, refused: Mapping[int, str]) -> None:
    if change.ticket_id in refused:
        raise Refused(refused[change.ticket_id])


def _unlink(session: Session, ticket: Ticket, event: TicketEvent, viewer: Viewer, channel: str) -> None:
    if event.data["link"] == CHILD:
        take_child_back(session, ticket, event.seq, viewer, channel)
        return
    session.delete(session.get_one(TicketLink, (ticket.id, event.data["other"], event.data["link"])))
    record(session, ticket, viewer, "linked", channel, {**event.data, "undoes": event.seq})


def _take_out(session: Session, ticket: Ticket, event: TicketEvent, viewer: Viewer, channel: str) -> None:
    session.delete(session.get_one(TicketParticipant, (ticket.id, event.data["person"], event.data["role"])))
    record(session, ticket, viewer, "participant_removed", channel, {**event.data, "undoes": event.seq})


def _still_agent(session: Session, ticket: Ticket, person_id: int | None) -> int | None:
    """Return who had the ticket before, if that person still works on its desk."""
    if person_id is None:
        return None
    works = select(Person.id).join(DeskGrant, DeskGrant.person_id == Person.id)
    works = works.where(Person.id == person_id, Person.active, DeskGrant.desk_id == ticket.desk_id)
    if session.scalar(works) is None:
        raise Refused(_("Who had it before no longer works on the desk."))
    return person_id


def _changed_since(session: Session, ticket: Ticket) -> str:
    newest = select(Person.name).join(TicketEvent, TicketEvent.actor_id == Person.id)
    name = session.scalar(newest.where(TicketEvent.ticket_id == ticket.id, TicketEvent.seq == ticket.last_seq))
    if name is None:
        return _("It was changed since.")
    return _("It was changed since, by %(name)s.", name=name)
