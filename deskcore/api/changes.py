"""Work on a ticket: change it, write into it, move it to another status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.api.authentication import caller
from deskcore.api.blueprint import blueprint, path_of
from deskcore.api.examples import MAIL_IS_DOWN, MESSAGE
from deskcore.api.schemas import (
    IfMatch,
    MessageBody,
    MessageItem,
    OnceIfMatch,
    TicketItem,
    TicketPatch,
    TransitionBody,
)
from deskcore.api.tickets import answer_with, ticket_numbered
from deskcore.api.versions import etag, wanted_version
from deskcore.errors import NotAllowed
from deskcore.extensions import db
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.loading import changing, find_ticket
from deskcore.tickets.models import Message, Note, Ticket
from deskcore.work import unit_of_work

_READ_WRITE = ("tickets:read", "tickets:write")
_BODY_ERRORS = (400, 404, 409, 413, 415)


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
    errors=_BODY_ERRORS,
)
def change_ticket(number: str, body: dict[str, Any], headers: dict[str, Any]) -> Any:
    """Change assignee, team, priority or tags, all or nothing; with a workspace token.

    A status is set by a transition. `If-Match` makes sure that nobody else's change is overwritten: a stale one
    is answered with 409 and the current version.
    """
    _agent()
    ticket = ticket_numbered(number)
    version = wanted_version(headers["version"], ticket.number)
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
        services.assign(ticket.number, body["assignee"], channel="api")
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
    errors=_BODY_ERRORS,
)
def write_message(number: str, body: dict[str, Any], headers: dict[str, Any]) -> Any:
    """Write a public message, or with `internal` a note that only agents of the desk ever see."""
    ticket = ticket_numbered(number)
    version = wanted_version(headers["version"], ticket.number)
    write: Callable[..., int] = services.note if body["internal"] else services.reply
    seq = write(ticket.number, body["body"], version=version, key=headers["key"], channel="api")
    model: Any = Note if body["internal"] else Message
    wanted = select(model.at, model.body, Ticket.version).join(Ticket, Ticket.id == model.ticket_id)
    written = db.session.execute(wanted.where(Ticket.id == ticket.id, model.seq == seq)).one()
    item = {"seq": seq, "kind": model.__tablename__, "at": written.at, "body": written.body}
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
    errors=_BODY_ERRORS,
)
def move_ticket(number: str, body: dict[str, Any], headers: dict[str, Any]) -> Any:
    """Move a ticket to another status of its desk; with a workspace token.

    Plugins are asked first and may refuse. Moving to the status that it has changes nothing.
    """
    _agent()
    ticket = ticket_numbered(number)
    version = wanted_version(headers["version"], ticket.number)
    services.set_status(ticket.number, body["status"], version, channel="api", key=headers["key"])
    return _fresh(ticket)


def _agent() -> None:
    if caller().area != "workspace":
        raise NotAllowed(_("Only an agent can do this."))


def _fresh(ticket: Ticket) -> Any:
    """Return the ticket as it is stored now, not as this session remembers it."""
    number = ticket.number
    db.session.expire(ticket)
    return answer_with(find_ticket(number))
