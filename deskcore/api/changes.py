"""Work on a ticket: change it, write into it, move it to another status."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.api.answers import MessageItem, TicketItem
from deskcore.api.authentication import caller
from deskcore.api.blueprint import blueprint, path_of
from deskcore.api.bodies import MergeBody, MessageBody, TicketPatch, TransitionBody
from deskcore.api.examples import MAIL_IS_DOWN, MESSAGE
from deskcore.api.parameters import IfMatch, OnceIfMatch
from deskcore.api.representations import file_item
from deskcore.api.tickets import answer_with, ticket_numbered
from deskcore.api.versions import etag, wanted_version
from deskcore.errors import NotAllowed
from deskcore.extensions import db
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.conversation_models import Attachment, Message, Note
from deskcore.tickets.loading import changing, find_ticket
from deskcore.tickets.models import Ticket
from deskcore.work import unit_of_work

_READ_WRITE = ("tickets:read", "tickets:write")
_ERRORS = (404, 409)


@blueprint.operation(
    "PATCH",
    "/tickets/<number>",
    TicketItem,
    tag="Tickets",
    scopes=_READ_WRITE,
    body=TicketPatch,
    headers=IfMatch,
    example=MAIL_IS_DOWN,
    sends={"assignee": "marek.nowak@meridian.example", "priority": "high"},
    gives=("ETag",),
    errors=_ERRORS,
)
def change_ticket(number: str, body: dict[str, Any], headers: dict[str, Any]) -> Any:
    """Change a ticket.

    With a workspace token, and all or nothing. A status is set by a transition. `If-Match` makes sure that nobody
    else's change is overwritten: a stale one is answered with 409 and the current version.
    """
    _agent()
    ticket = ticket_numbered(number)
    version = wanted_version(headers.get("version", ""), ticket.number)
    with unit_of_work():
        with changing(ticket.number, version) as (_session, present):
            pass  # locks the ticket and compares its version; each change below counts for itself
        _change(present, body)
    return _fresh(ticket)


def _change(ticket: Ticket, body: dict[str, Any]) -> None:
    # The team first: a ticket that changes hands lets go of its assignee.
    if "team" in body and (body["team"] or "") != _team_of(ticket):
        desk = runtime().catalogue.desk_by_id(ticket.desk_id)
        services.escalate(ticket.number, desk.key, body["team"] or "", channel="api")
    if "assignee" in body:
        services.assign(ticket.number, body["assignee"], channel="api", stand_in=body["stand_in"])
    if "priority" in body:
        services.set_priority(ticket.number, body["priority"], channel="api")
    if "tags" in body:
        services.set_tags(ticket.number, body["tags"], channel="api")


def _team_of(ticket: Ticket) -> str:
    team = runtime().catalogue.team_by_id(ticket.team_id)
    return team.key if team else ""


@blueprint.operation(
    "POST",
    "/tickets/<number>/messages",
    MessageItem,
    tag="Tickets",
    scopes=["tickets:write"],
    status=201,
    body=MessageBody,
    headers=OnceIfMatch,
    example=MESSAGE,
    sends={"body": "Please restart Outlook and try again."},
    gives=("Location", "ETag"),
    errors=_ERRORS,
)
def write_message(number: str, body: dict[str, Any], headers: dict[str, Any]) -> Any:
    """Write a message or a note.

    A message is public: whoever takes part in the ticket reads it. With `internal` it is a note, which only agents of
    the desk ever see; a message and a note never turn into one another.
    """
    return write_into(ticket_numbered(number), body["body"], body["internal"], headers)


def write_into(ticket: Ticket, text: str, internal: bool, headers: dict[str, Any], uploads: Sequence[str] = ()) -> Any:
    """Write a message or note into a ticket and return the answer that shows it."""
    version = wanted_version(headers.get("version", ""), ticket.number)
    write: Callable[..., int] = services.note if internal else services.reply
    seq = write(ticket.number, text, uploads, version=version, key=headers.get("key", ""), channel="api")
    model: Any = Note if internal else Message
    wanted = select(model.id, model.at, model.body, Ticket.version).join(Ticket, Ticket.id == model.ticket_id)
    written = db.session.execute(wanted.where(Ticket.id == ticket.id, model.seq == seq)).one()
    owner = Attachment.note_id if internal else Attachment.message_id
    held = select(Attachment).where(owner == written.id).order_by(Attachment.id)
    item = {
        "seq": seq,
        "kind": model.__tablename__,
        "at": written.at,
        "body": written.body,
        "attachments": [file_item(file, ticket.number) for file in db.session.scalars(held)] if uploads else [],
    }
    location = path_of("tickets", ticket.number, "timeline")
    return item, {"Location": location, "ETag": etag(ticket.number, written.version)}


@blueprint.operation(
    "POST",
    "/tickets/<number>/transitions",
    TicketItem,
    tag="Tickets",
    scopes=_READ_WRITE,
    body=TransitionBody,
    headers=OnceIfMatch,
    example=MAIL_IS_DOWN,
    sends={"status": "resolved"},
    gives=("ETag",),
    errors=_ERRORS,
)
def move_ticket(number: str, body: dict[str, Any], headers: dict[str, Any]) -> Any:
    """Move a ticket to another status.

    With a workspace token. Plugins are asked first and may refuse. Moving to the status that it has changes nothing.
    """
    _agent()
    ticket = ticket_numbered(number)
    version = wanted_version(headers.get("version", ""), ticket.number)
    services.set_status(ticket.number, body["status"], version, channel="api", key=headers.get("key", ""))
    return _fresh(ticket)


@blueprint.operation(
    "POST",
    "/tickets/<number>/merge",
    TicketItem,
    tag="Tickets",
    scopes=_READ_WRITE,
    body=MergeBody,
    headers=OnceIfMatch,
    example=MAIL_IS_DOWN,
    sends={"into": "IT-2380"},
    gives=("ETag",),
    errors=_ERRORS,
)
def merge_ticket(number: str, body: dict[str, Any], headers: dict[str, Any]) -> Any:
    """Merge a ticket into another one.

    With a workspace token. It is closed and linked as a duplicate; what was written in it stands with the other one,
    which is the answer. Afterwards it takes no message and no transition: the answer says where to go. Merging it
    there once more changes nothing.
    """
    _agent()
    ticket, into = ticket_numbered(number), ticket_numbered(body["into"])
    version = wanted_version(headers.get("version", ""), ticket.number)
    services.merge(ticket.number, into.number, body["follow"], version, channel="api", key=headers.get("key", ""))
    return _fresh(into)


def _agent() -> None:
    if caller().area != "workspace":
        raise NotAllowed(_("Only an agent can do this."))


def _fresh(ticket: Ticket) -> Any:
    """Return the ticket as it is stored now, not as this session remembers it."""
    number = ticket.number
    db.session.expire(ticket)
    return answer_with(find_ticket(number))
