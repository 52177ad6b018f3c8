"""Asking plugins for what they add to a page: with a time that it may take, and checked that it is plain data."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from deskcore.hooks import answers
from deskcore.hooks.contributions import PanelRow
from deskcore.hooks.errors import BadAnswer
from deskcore.hooks.freezing import frozen
from deskcore.runtime import runtime
from deskcore.tickets.snapshots import ViewerView

#: Lines of one panel; what is more belongs on a page of the plugin's own.
MAX_ROWS = 50
#: Texts that one line offers for the reply, and characters of one.
MAX_INSERTS, LONGEST_INSERT = 2, 5_000
#: Where a plugin may lead to: this site, the web, a mail, a call.
_ADDRESS = re.compile(r"(?:/(?![/\\])|https?://|mailto:|tel:)[^\s<>\"'\\]*")

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What came of asking: a value, or the knowledge that there is none because the plugin ``failed``."""

    value: T | None
    failed: bool = False


def ask(
    plugin: str, slot: str, call: Callable[[], T], seconds: float | None = None, *, reading: bool = True
) -> Outcome[T]:
    """Ask one contribution; whatever goes wrong is named, counted and kept from the page."""
    most = runtime().plugins.breaker.limits.piece if seconds is None else seconds
    asked = runtime().callers.ask(plugin, slot, call, most, reading=reading)
    return Outcome(None, failed=True) if asked.error is not None else Outcome(asked.value)


def rows_of(
    rows: Callable[[T, ViewerView], Sequence[PanelRow]], about: T, viewer: ViewerView
) -> Callable[[], tuple[PanelRow, ...]]:
    """Return a call that gives the rows which a plugin has about something."""
    given, reader = frozen(about), frozen(viewer)

    def call() -> tuple[PanelRow, ...]:
        value: Any = rows(given, reader)
        if value is None:
            return ()
        if type(value) not in (list, tuple) or len(value) > MAX_ROWS:
            raise answers.unusable(value)
        return tuple(_row(item) for item in value)

    return call


def _row(value: Any) -> PanelRow:
    if type(value) is not PanelRow:
        raise answers.unusable(value)
    url = plain(value.url)
    leads = address(url) if url else ""
    return PanelRow(plain(value.text), plain(value.term), leads, plain(value.icon), _inserts(value.inserts))


def _inserts(value: Any) -> tuple[tuple[str, str], ...]:
    pairs = type(value) is tuple and all(type(item) is tuple and len(item) == 2 for item in value)
    if not pairs or len(value) > MAX_INSERTS:
        raise answers.unusable(value)
    return tuple((plain(label), plain(text, LONGEST_INSERT)) for label, text in value)


def list_of(kind: type[T], value: Any) -> Sequence[T]:
    """Return what a plugin gave as it is, if that is a list with objects of one kind."""
    if type(value) not in (list, tuple) or not all(type(each) is kind for each in value):
        raise answers.unusable(value)
    found: Sequence[T] = value
    return found


def address(value: Any) -> str:
    """Return where a row leads to, if that is somewhere a plugin may lead to."""
    url = plain(value)
    if _ADDRESS.fullmatch(url) is None:
        raise BadAnswer("returned a row that leads to no address of the web")
    return url


def plain(value: Any, most: int = answers.MAX_TEXT) -> str:
    """Return a text as it is; markup, and whatever else only looks like a text, is refused.

    :param most: characters that it may have.
    """
    text = answers.question(value, most)
    if text is None:
        raise answers.unusable(value)
    return text


def boolean(value: Any) -> bool:
    """Return a yes or no as it is."""
    if type(value) is not bool:
        raise answers.unusable(value)
    return value
