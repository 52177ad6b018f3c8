"""The conversation of a ticket: replies, notes, and the requester's last words."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from deskcore.desks.catalogue import FINISHED_CATEGORIES, OPEN_CATEGORIES, DeskEntry
from deskcore.errors import NotAllowed, Refused
from deskcore.hooks.contributions import Status
from deskcore.runtime import runtime
from deskcore.tickets.addressed import keep_mentions
from deskcore.tickets.attachments import attach, hashes_of
from deskcore.tickets.conversation_models import Message, Note
from deskcore.tickets.drafting import end_draft
from deskcore.tickets.drafts import Stamp
from deskcore.tickets.idempotency import earlier_result, fingerprint, remember
from deskcore.tickets.loading import changing, check_version
from deskcore.tickets.merged import check_not_merged
from deskcore.tickets.models import Ticket
from deskcore.tickets.services.rights import author, require_agent
from deskcore.tickets.services.snoozing import wake_everybody
from deskcore.tickets.services.statuses import agreed_status, change_status
from deskcore.tickets.texts import required_text
from deskcore.tickets.timeline import record
from deskcore.tickets.workflow import category_again, check_transition, may_reopen
from deskcore.viewer import Viewer, current_viewer


def reply(
    number: str,
    text: str,
    uploads: Sequence[str] = (),
    version: int | None = None,
    key: str = "",
    then: str = "",
    channel: str = "portal",
    draft: Stamp | None = None,
) -> int:
    """Write a public message and return its sequence number in the ticket.

    From the workspace it takes a new ticket into work, and ``then`` may set the next status. From the portal it
    brings a waiting ticket back to the agents, and reopens a solved one within the days allowed.

    :param version: what the writer saw, when the message must not cross another change.
    :param then: key of the status to set in the same step; agents only.
    :param draft: what the writer's page knew of the draft, which goes in the same transaction.
    :raises Refused: when nothing was written, or the ticket is finished for good.
    """
    viewer = current_viewer()
    body = required_text(text)
    status = agreed_status(number, then, viewer) if then else None
    content_hash = fingerprint(["reply", number, body, *hashes_of(uploads)])
    with changing(number) as (session, ticket):
        if key and (earlier := earlier_result(session, author(viewer), key, content_hash)):
            return int(earlier["seq"])
        check_not_merged(ticket)
        check_version(ticket, version)
        desk = runtime().catalogue.desk_by_id(ticket.desk_id)
        if status is not None:
            check_transition(ticket, desk, status)
        seq = add_message(session, ticket, viewer, channel, body, uploads, status)
        if key:
            remember(session, author(viewer), key, {"seq": seq})
        if draft:
            end_draft(session, draft)
    return seq


def add_message(
    session: Session,
    ticket: Ticket,
    viewer: Viewer,
    channel: str,
    body: str,
    uploads: Sequence[str],
    status: Status | None,
) -> int:
    """Write a public message into a loaded ticket and return its sequence number; belongs inside the unit of work.

    :param viewer: who writes, and from which area.
    :param status: the one that follows; without it whatever follows anyway.
    """
    event = record(session, ticket, viewer, "message_added", channel)
    message = Message(ticket_id=ticket.id, seq=event.seq, author_id=author(viewer), body=body, channel=channel)
    message.from_agent = viewer.area != "portal"
    if not message.from_agent:
        wake_everybody(session, ticket.id)
    session.add(message)
    session.flush()
    if uploads:
        attach(session, ticket.id, uploads, message_id=message.id, sender=viewer)
    desk = runtime().catalogue.desk_by_id(ticket.desk_id)
    following = status or _status_after_reply(ticket, viewer, desk)
    if following is not None:
        change_status(session, ticket, following, viewer, channel)
    return event.seq


def note(
    number: str,
    text: str,
    uploads: Sequence[str] = (),
    version: int | None = None,
    key: str = "",
    channel: str = "portal",
    draft: Stamp | None = None,
) -> int:
    """Write an internal note, which only agents of the desk ever see, and return its sequence number.

    :param draft: as for :func:`reply`.
    :raises NotAllowed: from the portal.
    """
    viewer = require_agent()
    body = required_text(text)
    content_hash = fingerprint(["note", number, body, *hashes_of(uploads)])
    with changing(number) as (session, ticket):
        if key and (earlier := earlier_result(session, author(viewer), key, content_hash)):
            return int(earlier["seq"])
        check_not_merged(ticket)
        check_version(ticket, version)
        event = record(session, ticket, viewer, "note_added", channel)
        row = Note(ticket_id=ticket.id, seq=event.seq, author_id=author(viewer), body=body, channel=channel)
        session.add(row)
        session.flush()
        keep_mentions(session, ticket, row)
        if uploads:
            attach(session, ticket.id, uploads, note_id=row.id)
        if key:
            remember(session, author(viewer), key, {"seq": event.seq})
        if draft:
            end_draft(session, draft)
    return event.seq


def withdraw(number: str, channel: str = "portal") -> None:
    """Say that help is no longer needed: the ticket is solved by the person who asked.

    :raises NotAllowed: for anybody else who takes part.
    :raises Refused: when it is finished already.
    """
    viewer = current_viewer()
    with changing(number) as (session, ticket):
        if viewer.person_id != ticket.requester_id:
            raise NotAllowed(_("Only the person who asked can do this."))
        if ticket.status_category not in OPEN_CATEGORIES:
            raise Refused(_("This request is already finished."))
        finish_withdrawn(session, ticket, viewer, channel)


def finish_withdrawn(session: Session, ticket: Ticket, viewer: Viewer, channel: str) -> None:
    """Solve a loaded ticket because help is no longer needed; belongs inside the unit of work."""
    record(session, ticket, viewer, "withdrawn", channel)
    desk = runtime().catalogue.desk_by_id(ticket.desk_id)
    change_status(session, ticket, desk.status_of("resolved"), viewer, channel)


def reopen(number: str, channel: str = "portal") -> None:
    """Bring a finished ticket back to the agents.

    :raises Refused: when it is open, or was finished too long ago.
    """
    viewer = current_viewer()
    with changing(number) as (session, ticket):
        check_not_merged(ticket, "status")
        if not may_reopen(ticket.status_category, ticket.resolved_at, runtime().config.reopen_days):
            raise Refused(_("This request can no longer be reopened. Raise a new one."))
        desk = runtime().catalogue.desk_by_id(ticket.desk_id)
        change_status(session, ticket, desk.status_of(category_again(ticket)), viewer, channel)


def _status_after_reply(ticket: Ticket, viewer: Viewer, desk: DeskEntry) -> Status | None:
    if viewer.area != "portal":
        return desk.status_of("open") if ticket.status_category == "new" else None
    if ticket.status_category == "waiting_requester":
        return desk.status_of("open")
    if ticket.status_category in FINISHED_CATEGORIES:
        if not may_reopen(ticket.status_category, ticket.resolved_at, runtime().config.reopen_days):
            raise Refused(_("This request can no longer be reopened. Raise a new one."))
        return desk.status_of(category_again(ticket))
    return None
