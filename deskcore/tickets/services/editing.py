"""Carrying several changes of a ticket out together: all of them in one transaction, or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from deskcore.errors import Problem, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import Status
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.edits import Edits, address_of, check_edits, status_after, tags_after, values_of
from deskcore.tickets.idempotency import earlier_result, fingerprint, remember
from deskcore.tickets.loading import changing, check_version, find_ticket
from deskcore.tickets.models import Ticket
from deskcore.tickets.saved_replies import filled
from deskcore.tickets.services.conversation import note
from deskcore.tickets.services.handling import assign, hand, set_priority, set_tags
from deskcore.tickets.services.held_replies import hold_reply
from deskcore.tickets.services.participants import add_participant
from deskcore.tickets.services.rights import author, require_agent
from deskcore.tickets.services.statuses import agreed_status, change_status
from deskcore.tickets.timeline import Change
from deskcore.tickets.workflow import check_transition
from deskcore.viewer import Viewer
from deskcore.work import unit_of_work


@dataclass
class Edited:
    """What came of it.

    :param changes: what can be taken back, together.
    :param again: the form was sent before, and nothing was done this time.
    """

    changes: list[Change] = field(default_factory=list)
    again: bool = False


def edit(number: str, edits: Edits, version: int | None = None, key: str = "", channel: str = "portal") -> Edited:
    """Make several changes of a ticket in one transaction; plugins are asked about the status first.

    A note is written first and stays when the rest is taken back: nothing is ever removed from a timeline.

    :param version: what whoever asks saw.
    :param key: idempotency key of the form.
    :raises NotFound: when the agent does not see the ticket.
    :raises Refused: with what stands in the way; nothing was changed then.
    :raises Conflict: when somebody changed the ticket meanwhile.
    """
    viewer, edits = require_agent(), check_edits(edits)
    status = _agreed(number, edits, viewer)
    with unit_of_work() as session:
        content = fingerprint(["edits", number, edits])
        if key and earlier_result(session, author(viewer), key, content) is not None:
            return Edited(again=True)
        with changing(number) as (_session, ticket):
            check_version(ticket, version)
            changes = list(_made(session, ticket, edits, status, viewer, channel))
        if key:
            remember(session, author(viewer), key, {"changes": len(changes)})
    return Edited(changes)


def _agreed(number: str, edits: Edits, viewer: Viewer) -> Status | None:
    if not edits.status:
        return None
    ticket = find_ticket(number)
    desk = runtime().catalogue.desk_by_id(ticket.desk_id)
    key = status_after(edits.status, desk, ticket.status, ticket.status_category)
    return agreed_status(number, key, viewer) if key != ticket.status else None


def _made(
    session: Session, ticket: Ticket, edits: Edits, status: Status | None, viewer: Viewer, channel: str
) -> Iterator[Change]:
    """Make the changes, and yield what can be taken back of them."""
    number, reply = ticket.number, _text(session, ticket, edits.reply, viewer)
    if edits.note:
        note(number, _text(session, ticket, edits.note, viewer), channel=channel)
    if edits.team and (team_id := _team_of(ticket, edits.team)) != ticket.team_id:
        yield from hand(session, ticket, team_id, viewer, channel)
    if edits.assignee is not None:
        yield from filter(None, [assign(number, address_of(edits.assignee), channel=channel)])
    if edits.priority:
        yield from filter(None, [set_priority(number, edits.priority, channel=channel)])
    if edits.add or edits.remove:
        tags = tags_after(edits.add, edits.remove, ticket.tags)
        yield from filter(None, [set_tags(number, tags, channel=channel)])
    if edits.follow:
        yield from _followed(session, ticket, viewer, channel)
    if status is not None:
        check_transition(ticket, runtime().catalogue.desk_by_id(ticket.desk_id), status)
    if reply:
        token = hold_reply(number, reply, agreed=status, channel=channel)
        yield Change(ticket.id, ticket.last_seq, held=token)
    elif status is not None:
        yield from filter(None, [change_status(session, ticket, status, viewer, channel)])


def _text(session: Session, ticket: Ticket, text: str, viewer: Viewer) -> str:
    if not text:
        return ""
    desk = runtime().catalogue.desk_by_id(ticket.desk_id)
    writer, requester = session.get_one(Person, author(viewer)), session.get_one(Person, ticket.requester_id)
    return filled(text, values_of(ticket.number, ticket.subject, requester.name, desk, writer.name))


def _team_of(ticket: Ticket, key: str) -> int:
    team = runtime().catalogue.desk_by_id(ticket.desk_id).team(key)
    if team is None:
        raise Refused(Problem(_("Its desk has no such team."), "team"))
    return team.id


def _followed(session: Session, ticket: Ticket, viewer: Viewer, channel: str) -> Iterator[Change]:
    before, follower = ticket.last_seq, db.session.get_one(Person, author(viewer))
    add_participant(ticket.number, follower.email, channel=channel)
    if ticket.last_seq != before:
        yield Change(ticket.id, ticket.last_seq)
