"""Replies of agents that are held back for a moment, so that they can be taken back.

A held reply is stored at once, and nothing else happens: no message, no line on the timeline, no change of the ticket.
So whoever may not see it yet, a requester above all, has nothing to be kept from. When its time has come a worker makes
a message of it, in one transaction and by the service that writes every other one; taking it back deletes it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from deskcore.clock import now
from deskcore.desks.catalogue import DeskEntry
from deskcore.errors import Conflict, NotAllowed, Refused
from deskcore.extensions import UTCDateTime
from deskcore.hooks.contributions import Status
from deskcore.hooks.errors import is_outage
from deskcore.runtime import runtime
from deskcore.tickets.agent_models import HeldFile, HeldReply
from deskcore.tickets.attachments import hashes_of, sent_files
from deskcore.tickets.conversation_models import Upload
from deskcore.tickets.drafting import end_draft, put_back
from deskcore.tickets.drafts import Place, Stamp, message_writing
from deskcore.tickets.idempotency import earlier_result, fingerprint, remember, replace_result
from deskcore.tickets.loading import changing, check_version, find_ticket
from deskcore.tickets.merged import check_not_merged
from deskcore.tickets.models import Ticket
from deskcore.tickets.services.conversation import add_message
from deskcore.tickets.services.rights import author, require_agent
from deskcore.tickets.services.statuses import agreed_status
from deskcore.tickets.texts import required_text
from deskcore.tickets.workflow import check_transition
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, after_commit, unit_of_work

log = logging.getLogger("deskcore.tickets")

#: How long a reply can be taken back.
HELD = timedelta(seconds=10)


def hold_reply(
    number: str,
    text: str,
    uploads: Sequence[str] = (),
    version: int | None = None,
    key: str = "",
    then: str = "",
    channel: str = "portal",
    draft: Stamp | None = None,
    others: int | None = None,
    together: str | None = None,
    agreed: Status | None = None,
) -> str:
    """Take a public reply of an agent, which goes out in ten seconds; return the token by which to take it back.

    Everything is checked now, as :func:`~deskcore.tickets.services.reply` does; the parameters are the same.

    :param others: how many replies of colleagues the page said are going out; left out, it is not compared.
    :param together: the token of another reply with which it is taken back.
    :param agreed: the status that follows, where the plugins were asked already; inside a unit of work there is no
        other way to name one.
    :raises NotAllowed: from the portal, where nothing is held back.
    :raises Refused: when nothing was written, or with everything that stands in the way of the status.
    :raises Conflict: when somebody changed the ticket meanwhile, or is answering it too.
    """
    viewer = require_agent()
    body = required_text(text)
    status = agreed or (agreed_status(number, then, viewer) if then else None)
    then = status.key if status is not None else ""
    content_hash = fingerprint(["reply", number, body, *hashes_of(uploads)])
    with changing(number) as (session, ticket):
        if key and (earlier := earlier_result(session, author(viewer), key, content_hash)):
            return _held_before(earlier)
        check_not_merged(ticket)
        check_version(ticket, version)
        _check(session, ticket, viewer, others, status)
        held = HeldReply(author_id=author(viewer), body=body, channel=channel, next_status=then, together=together)
        _hold(session, ticket, held, sent_files(session, uploads, viewer) if uploads else ())
        if key:
            remember(session, author(viewer), key, {"held": held.token})
        if draft:
            end_draft(session, draft)
        after_commit(runtime().wake.set)
        return held.token


def _check(session: Session, ticket: Ticket, viewer: Viewer, others: int | None, status: Status | None) -> None:
    """Refuse a reply that the ticket as it is now does not take.

    :param others: how many replies of colleagues were known; ``status``: that follows.
    """
    if others is not None:
        _check_others(session, ticket, viewer, others)
    if status is not None:
        check_transition(ticket, runtime().catalogue.desk_by_id(ticket.desk_id), status)


def _check_others(session: Session, ticket: Ticket, viewer: Viewer, known: int) -> None:
    theirs = HeldReply.ticket_id == ticket.id, HeldReply.author_id != author(viewer), ~HeldReply.stuck
    if (session.scalar(select(sa.func.count()).select_from(HeldReply).where(*theirs)) or 0) > known:
        raise Conflict(_("Somebody is answering this ticket at this moment. Your text is kept below."), ticket.version)


def _hold(session: Session, ticket: Ticket, held: HeldReply, files: Sequence[Upload]) -> None:
    held.token, held.ticket_id, held.status_before = secrets.token_urlsafe(16), ticket.id, ticket.status
    held.held_at, held.goes_out_at = now(), now() + HELD
    session.add(held)
    session.flush()
    session.add_all(HeldFile(token=file.token, reply_id=held.id) for file in files)


def _held_before(earlier: Mapping[str, Any]) -> str:
    """Return the token that the same form got before.

    :raises Refused: when that reply was taken back; whoever goes back to an old page would think that it went out.
    """
    if earlier.get("taken_back"):
        raise Refused(_("This reply was taken back. Nothing was sent; send it once more if it is to go out."))
    return str(earlier.get("held", ""))


def take_back_reply(number: str, token: str) -> None:
    """Take back a reply that has not gone out; its text and its files are the draft of an answer again.

    :raises NotFound: when the agent does not see the ticket.
    :raises NotAllowed: to anybody but its author.
    :raises Refused: when it has gone out, or was taken back before.
    """
    viewer, ticket_id = require_agent(), find_ticket(number).id
    token = token[:43].replace("\0", "")
    wanted = select(HeldReply).where(HeldReply.token == token, HeldReply.ticket_id == ticket_id)
    with unit_of_work() as session:
        held = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
        if held is None or not (held.stuck or held.goes_out_at > now()):
            raise Refused(_("This reply has gone out, or was taken back before. Nothing was changed."))
        if held.author_id != author(viewer):
            raise NotAllowed(_("Only the person who wrote a reply can take it back."))
        _take_back_others(session, held)
        files = _forget(session, held)
        put_back(Place("reply", ticket_id=ticket_id), message_writing(held.body, held.next_status, files))


def drop_held(session: Session, token: str, viewer: Viewer) -> None:
    """Drop a reply that has not gone out, and keep nothing of it; belongs inside the unit of work.

    One that is no longer held is left alone: if it has gone out, the timeline says so.

    :raises Refused: when it is on its way.
    """
    wanted = select(HeldReply).where(HeldReply.token == token, HeldReply.author_id == author(viewer))
    held = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if held is None:
        return
    if not held.stuck and held.goes_out_at <= now():
        raise Refused(_("The reply has gone out already."))
    _forget(session, held)


def _take_back_others(session: Session, held: HeldReply) -> None:
    """Take back what was sent with a reply to other tickets; its text is kept once, with the ticket it began at."""
    # They were held after it: as long as it can be taken back, none of them has gone out.
    others = select(HeldReply).where(HeldReply.together == held.token, HeldReply.author_id == held.author_id)
    for other in session.scalars(others.order_by(HeldReply.id).with_for_update()).all():
        _forget(session, other)


def _forget(session: Session, held: HeldReply) -> list[str]:
    """Delete a held reply that is not to go out, and return its files."""
    files = _let_go(session, held)
    replace_result(session, held.author_id, {"held": held.token}, {"held": held.token, "taken_back": True})
    return files


def next_reply_due() -> datetime | None:
    """Return when the next held reply goes out; nothing when none is held."""
    with acting_as(SYSTEM) as session:
        return session.scalar(select(sa.func.min(HeldReply.goes_out_at)).where(~HeldReply.stuck))


def count_stuck_replies() -> int:
    """Return how many replies could not go out and wait for their authors."""
    with acting_as(SYSTEM) as session:
        return session.scalar(select(sa.func.count()).select_from(HeldReply).where(HeldReply.stuck)) or 0


def send_due_reply() -> bool:
    """Send the reply whose time came first, and return whether there was one.

    What was right when it was sent is not judged again: neither the right of its author nor what plugins said.
    """
    with acting_as(SYSTEM) as session:
        due = session.scalar(_DUE_ID)
        if due is None:
            return False
        try:
            with unit_of_work():
                # Whoever takes it back, and another worker, holds the row; then there is nothing to do here.
                held = session.scalar(_DUE.where(HeldReply.id == due).with_for_update(skip_locked=True))
                if held is None:
                    return False
                _send(session, held)
        except Exception as error:
            if is_outage(error):
                raise
            log.error("a held reply could not go out; it waits for its author", exc_info=error)
            _set_aside(due)
        return True


def _is_due() -> ColumnElement[bool]:
    """Return the condition that a reply may go out: it is time, and no earlier one to its ticket waits."""
    earlier = aliased(HeldReply)
    same = earlier.ticket_id == HeldReply.ticket_id, ~earlier.stuck, earlier.id < HeldReply.id
    # Asked at each execution: the statement is kept.
    present = sa.bindparam("present", callable_=now, type_=UTCDateTime())
    return sa.and_(~HeldReply.stuck, HeldReply.goes_out_at <= present, ~sa.exists().where(*same))


_DUE = select(HeldReply).where(_is_due()).order_by(HeldReply.goes_out_at, HeldReply.id).limit(1)
_DUE_ID = _DUE.with_only_columns(HeldReply.id)


def _send(session: Session, held: HeldReply) -> None:
    writer = Viewer(held.author_id, "workspace")
    number = session.scalars(select(Ticket.number).where(Ticket.id == held.ticket_id)).one()
    files = _let_go(session, held)
    with changing(number) as (_session, ticket):
        add_message(session, ticket, writer, held.channel, held.body, files, _still_wanted(ticket, held))


def _let_go(session: Session, held: HeldReply) -> list[str]:
    """Delete a held reply and return its files, which somebody else may take from now on."""
    files = list(session.scalars(select(HeldFile.token).where(HeldFile.reply_id == held.id)))
    session.delete(held)
    session.flush()
    return files


def _still_wanted(ticket: Ticket, held: HeldReply) -> Status | None:
    """Return the status that follows a reply, unless somebody has decided otherwise since it was sent."""
    if ticket.status != held.status_before:
        return None
    desk: DeskEntry = runtime().catalogue.desk_by_id(ticket.desk_id)
    return next((status for status in desk.statuses if status.key == held.next_status), None)


def _set_aside(reply_id: int) -> None:
    with unit_of_work() as session:
        stuck = sa.update(HeldReply).where(HeldReply.id == reply_id).values(stuck=True)
        session.execute(stuck, execution_options={"synchronize_session": False})
