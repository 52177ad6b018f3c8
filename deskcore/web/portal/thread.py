"""The conversation of a request as those who take part see it: no notes, no internal events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from deskcore.desks.fields import type_of
from deskcore.hooks.contributions import Field
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.sealing import HIDDEN, is_sealed
from deskcore.tickets.conversation_models import Attachment
from deskcore.tickets.merged import Joined
from deskcore.tickets.models import Ticket
from deskcore.tickets.organisation import Organisation
from deskcore.tickets.pages import Entry, request_form_of
from deskcore.tickets.revealing import may_reveal
from deskcore.tickets.sealed_files import masked_name, names_for_reader
from deskcore.tickets.sensitive import masked
from deskcore.tickets.timeline import said_by_plugin
from deskcore.web.portal.area import field_context
from deskcore.web.templating import portal_word
from deskcore.web.viewer import language
from deskcore.web.vocabulary import status_look


@dataclass(frozen=True)
class File:
    """A file under a message.

    :param url: where it is; empty for a sensitive one that the reader may not have shown.
    """

    name: str
    url: str
    bytes: int
    kind: str


@dataclass(frozen=True)
class Line:
    """A message, or one line about something that happened.

    :param id: its number in the history of the request, for links; with that of another request before it, where it
        came with that one.
    :param text: what was written, or the sentence.
    :param shown_as: the author's name as this reader sees it.
    :param answers: what the form asked, with the opening message only.
    """

    id: int | str
    at: datetime
    text: str
    message: bool = False
    author: str = ""
    shown_as: str = ""
    detail: str = ""
    mine: bool = False
    icon: str = "info"
    files: tuple[File, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()


def lines_of(ticket: Ticket, entries: Sequence[Entry], names: Mapping[int, str], reader: Person) -> list[Line]:
    """Return the lines of a request's page, oldest first.

    :param names: of the people whom events mention, by person id.
    """
    found: list[Line] = []
    before = ""
    for entry in entries:
        if entry.kind == "opened":
            found.append(_opening(ticket, entry, reader))
        elif entry.kind == "message":
            found.append(_message(ticket, entry, reader))
        elif line := _event(ticket, entry, names, reader, before):
            found.append(line)
        before = entry.kind
    return found


def lines_with(lines: Sequence[Line], came: Sequence[Joined], reader: Person) -> list[Line]:
    """Return the lines of a request with what was written in those that were merged into it, as it was written.

    :param came: as far as the reader takes part in them.
    """
    found = list(lines)
    for each in came:
        source = each.ticket
        for entry in each.entries:
            line = _opening(source, entry, reader) if entry.kind == "opened" else _message(source, entry, reader)
            said = _("from %(number)s", number=source.number)
            detail = f"{line.detail} · {said}" if line.detail else said
            found.append(replace(line, id=f"{source.number}-{line.id}", detail=detail))
    return sorted(found, key=lambda line: line.at)


def _opening(ticket: Ticket, entry: Entry, reader: Person) -> Line:
    requester = ticket.requester
    mine = requester.id == reader.id
    by_other = entry.author is not None and entry.author.id != requester.id
    detail = _sent_by(entry) if by_other else ""
    return Line(
        id=entry.seq,
        at=entry.at,
        text=entry.body,
        message=True,
        author=requester.name,
        shown_as=_("You") if mine else requester.name,
        detail=detail,
        mine=mine,
        files=_files(entry.attachments, ticket),
        answers=tuple(_answers(ticket, entry.attachments, reader)),
    )


def _sent_by(entry: Entry) -> str:
    name = entry.author.name if entry.author else ""
    # On the portal somebody asked for somebody else; an agent writes down what he was told.
    return _("sent by %(name)s", name=name) if entry.channel == "portal" else _("written down by %(name)s", name=name)


def _message(ticket: Ticket, entry: Entry, reader: Person) -> Line:
    name = entry.author.name if entry.author else _("Automatic message")
    mine = entry.author is not None and entry.author.id == reader.id and not entry.from_agent
    desk = runtime().catalogue.desk_by_id(ticket.desk_id).title.in_language(language())
    return Line(
        id=entry.seq,
        at=entry.at,
        text=entry.body,
        message=True,
        author=name,
        shown_as=_("You") if mine else name,
        detail=desk if entry.from_agent else "",
        mine=mine,
        files=_files(entry.attachments, ticket),
    )


def _event(ticket: Ticket, entry: Entry, names: Mapping[int, str], reader: Person, before: str) -> Line | None:
    """Return the line of an event, or nothing for one that says nothing new to those who take part."""
    sentence, icon = "", "info"
    if entry.kind == "status_changed" and before != "withdrawn":
        category = str(entry.data.get("category", "open"))
        own_word = ticket.requester_id == reader.id or category != "waiting_requester"
        look = status_look(category, "requester" if own_word else "agent")
        word = portal_word(ticket.desk_id, str(entry.data.get("to", ""))) if own_word else ""
        sentence, icon = _("Status: %(status)s", status=word or look.word), look.icon
    elif entry.kind == "assigned" and entry.data.get("to") in names:
        sentence, icon = _("%(name)s takes care of it", name=names[entry.data["to"]]), "user"
    elif entry.kind == "participant_added" and entry.data.get("role") == "follower":
        sentence, icon = _("%(name)s follows this request", name=names.get(entry.data.get("person", 0), "")), "users"
    elif entry.kind == "participant_added" and entry.data.get("role") == "manager":
        sentence, icon = (
            _("The manager sees it too: %(name)s", name=names.get(entry.data.get("person", 0), "")),
            "users",
        )
    elif entry.kind == "plugin_said":
        sentence, icon = said_by_plugin(entry.data, language()), str(entry.data.get("icon", "stamp"))
    elif entry.kind == "merged" and not entry.data.get("undoes"):
        sentence, icon = _("It goes on together with another request"), "link"
    elif entry.kind == "withdrawn":
        sentence, icon = _("Help is no longer needed"), "check"
    return Line(entry.seq, entry.at, sentence, icon=icon) if sentence else None


def _files(attachments: Iterable[Attachment], ticket: Ticket) -> tuple[File, ...]:
    return tuple(_file(each) if each.sealed is None else _sealed_file(each, ticket) for each in attachments)


def _file(attachment: Attachment) -> File:
    url = url_for("files.download", token=attachment.token, name=attachment.name)
    kind = "image" if attachment.media_type.startswith("image/") else "file"
    return File(attachment.name, url, attachment.size, kind)


def _sealed_file(attachment: Attachment, ticket: Ticket) -> File:
    url = url_for("files.reveal", token=attachment.token) if may_reveal(ticket) else ""
    return File(masked_name(), url, attachment.size, "sealed")


def _answers(ticket: Ticket, files: Iterable[Attachment], reader: Person) -> Iterator[tuple[str, str]]:
    """Yield label and text of what the form asked, without the description, the files and what is sensitive."""
    entry = runtime().catalogue.type_by_id(ticket.request_type_id)
    current = entry is not None and entry.form_version_id == ticket.form_version_id
    fields = entry.type.fields if entry is not None and current else request_form_of(ticket)
    description = entry.type.description if entry else ""
    lookup = Organisation(reader, names_for_reader(ticket.sealed_as, files, ()))
    answers = masked(ticket.answers, fields, HIDDEN)
    lookup.remember_people(_addresses(fields, answers))
    context = field_context(reader, lookup)
    for field in fields:
        value = answers.get(field.key)
        if value is None or field.type == "file" or (field.key == description and ticket.description):
            continue
        hidden = _("hidden, because it is sensitive") if is_sealed(value) else ""
        yield field.label.in_language(language()), hidden or type_of(field).display(field, value, context)


def _addresses(fields: Sequence[Field], answers: Mapping[str, Any]) -> Iterator[str]:
    """Yield the addresses of the people that answers name, so that their names take one statement."""
    for field in fields:
        value = answers.get(field.key)
        if field.type == "user" and isinstance(value, str):
            yield value
        if field.columns and isinstance(value, list):
            for row in value:
                yield from _addresses(field.columns, row)
