"""A ticket as a page of a plugin shows it: what it is about, and what was answered, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask_babel import get_locale, get_timezone
from sqlalchemy import select

from deskcore.desks.fields import MASK, FieldContext, type_of
from deskcore.desks.fields.rows import Lines
from deskcore.extensions import db
from deskcore.hooks.contributions import Field, RequestType
from deskcore.runtime import runtime
from deskcore.tickets.conversation_models import Attachment, Message
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.tickets.models import Ticket
from deskcore.tickets.organisation import Organisation
from deskcore.tickets.pages import request_form_of
from deskcore.tickets.revealing import may_reveal, reveal
from deskcore.tickets.sealed_files import names_for_reader
from deskcore.tickets.sensitive import is_sensitive, masked, sealed_in
from deskcore.tickets.snapshots import TicketView


@dataclass(frozen=True)
class ShownAnswer:
    """An answer for a page; files are not among them, and what is sensitive only for those who may have it shown.

    :param columns: heads of a table, and ``rows`` its cells; empty for any other answer.
    :param hidden: it is sensitive, and ``text`` a mask.
    :param revealed: it is sensitive and was asked for.
    """

    key: str
    label: str
    text: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    hidden: bool = False
    revealed: bool = False


@dataclass(frozen=True)
class ShownMessage:
    """What somebody wrote to the other side; internal notes are not among them.

    :param from_agent: whether it is an answer of the desk.
    """

    text: str
    from_agent: bool
    at: datetime


@dataclass(frozen=True)
class ReadTicket:
    """A ticket with its answers.

    :param service: what was asked for, in the reader's language.
    :param type: the request type as it is declared now, if it still is.
    :param messages: what was written since it was opened, oldest first, if it was asked for.
    """

    ticket: TicketView
    service: str
    type: RequestType | None
    answers: tuple[ShownAnswer, ...]
    messages: tuple[ShownMessage, ...] = ()


def read_ticket(number: str, in_clear: str = "", *, messages: bool = False) -> ReadTicket:
    """Return a ticket for a page, as far as whoever asks sees it.

    :param in_clear: key of a sensitive answer to show: only in the answer to a POST, for the audit log keeps it.
    :param messages: whether with what was written since.
    :raises NotFound: when there is none, or that person may not know that there is one; or no such answer.
    :raises NotAllowed: when that person may not have the answer shown.
    :raises Refused: when the answer cannot be opened.
    """
    ticket = find_ticket(number)
    clear = {in_clear: reveal(number, in_clear)} if in_clear else {}
    entry = runtime().catalogue.type_by_id(ticket.request_type_id)
    locale = get_locale()
    language = locale.language if locale is not None else "en"
    lookup = Organisation(files=_files_in_rows(ticket, clear))
    context = FieldContext(language=language, time_zone=get_timezone() or UTC, lookup=lookup)
    title = entry.type.title if entry else runtime().catalogue.desk_by_id(ticket.desk_id).title
    shown = tuple(_shown(ticket, context, clear))
    said = tuple(_said(ticket)) if messages else ()
    return ReadTicket(ticket_view(ticket), title.in_language(language), entry.type if entry else None, shown, said)


def _said(ticket: Ticket) -> Iterator[ShownMessage]:
    wanted = select(Message.body, Message.from_agent, Message.at).where(Message.ticket_id == ticket.id)
    for body, from_agent, at in db.session.execute(wanted.order_by(Message.seq)):
        yield ShownMessage(body, from_agent, at)


def _files_in_rows(ticket: Ticket, clear: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of a ticket's files by token, where a table of its form has files; else they are not needed."""
    if not any(column.type == "file" for field in request_form_of(ticket) for column in field.columns):
        return {}
    with_it = Attachment.ticket_id == ticket.id, Attachment.message_id.is_(None), Attachment.note_id.is_(None)
    return names_for_reader(ticket.sealed_as, db.session.scalars(select(Attachment).where(*with_it)), clear)


def _shown(ticket: Ticket, context: FieldContext, clear: Mapping[str, Any]) -> Iterator[ShownAnswer]:
    fields = request_form_of(ticket)
    answers = masked(ticket.answers, fields) | dict(clear)
    sealed = {place.partition("/")[0] for place, _value in sealed_in(ticket.answers)} if may_reveal(ticket) else set()
    for field in fields:
        value, shown = answers.get(field.key), field.key in clear
        label, kind = field.label.in_language(context.language), type_of(field, context.plugin_types)
        if field.type != "file" and field.key in sealed and not shown:
            yield ShownAnswer(field.key, label, MASK, hidden=True)
            continue
        if value is None or field.type == "file" or (is_sensitive(field) and not shown):
            continue
        if isinstance(kind, Lines):
            heads = tuple(column.label.in_language(context.language) for column in field.columns)
            rows = tuple(tuple(row) for row in kind.table(field, value, context))
            yield ShownAnswer(field.key, label, "", heads, rows, revealed=shown)
        else:
            yield ShownAnswer(field.key, label, _displayed(field, value, context), revealed=shown)


def _displayed(field: Field, value: object, context: FieldContext) -> str:
    return type_of(field, context.plugin_types).display(field, value, context)
