"""What a plugin declares in words, in both languages: for tests of its catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from deskcore.hooks.contributions import Desk, Field, RequestType, Text
from deskcore.hooks.installation_parts import Setting
from deskcore.hooks.page_parts import TicketPanel


def fields(request_type: RequestType) -> Iterator[Field]:
    """Yield the fields of a form, with the columns of its tables."""
    for field in request_type.fields:
        yield field
        yield from field.columns


def texts(request_type: RequestType) -> Iterator[Text]:
    """Yield everything that is said about a request type and its form."""
    yield from (t for t in (request_type.title, request_type.summary, request_type.subject, request_type.group) if t)
    for field in fields(request_type):
        yield from (t for t in (field.label, field.hint, field.missing) if t)
        for option in field.options:
            yield from (t for t in (option.label, option.hint) if t)


def other_texts(desk: Desk, panels: Iterable[TicketPanel], settings: Iterable[Setting]) -> Iterator[Text]:
    """Yield what a desk, its teams, panels and settings are called."""
    yield desk.title
    yield from (team.title for team in desk.teams)
    yield from (panel.title for panel in panels)
    for setting in settings:
        yield from (t for t in (setting.label, setting.hint) if t)


def messages(package: Path) -> list[Message]:
    """Return the Polish messages of a plugin's catalogue of translations."""
    with (package / "translations/pl/LC_MESSAGES/messages.po").open("rb") as file:
        return [message for message in read_po(file) if message.id]


def translations(found: Iterable[Message]) -> Iterator[str]:
    """Yield the Polish of messages, each form of it."""
    for message in found:
        yield from message.string if isinstance(message.string, tuple) else [str(message.string)]
