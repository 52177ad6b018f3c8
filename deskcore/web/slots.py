"""What plugins add to pages: asked one by one, checked, measured, and never able to break the page.

A contribution that raises, takes longer than its budget or returns something else than plain data costs one line
that names its plugin; the failure is recorded, and past a limit the plugin is paused. Each is asked in a thread of
its own, with a transaction of its own: at its budget the page goes on without it, and nothing that it does to its
transaction reaches the page's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, TypeVar

from deskcore.errors import DeskcoreError
from deskcore.extensions import db
from deskcore.hooks import answers
from deskcore.hooks.contributions import ListColumn, PanelRow, TicketAction, TicketPanel, WaitingList, WaitingRow
from deskcore.hooks.errors import BadAnswer
from deskcore.hooks.freezing import frozen
from deskcore.hooks.registry import Contributed
from deskcore.runtime import runtime
from deskcore.tickets.snapshots import TicketView, ViewerView
from deskcore.web.viewer import language

#: Seconds that one contribution may take.
BUDGET = 0.15
#: Panels that are filled at once; those below them, and closed ones, when somebody opens them.
OPEN_PANELS = 2
#: Lines of one panel; what is more belongs on a page of the plugin's own.
MAX_ROWS = 50
#: Texts that one line offers for the reply, and characters of one.
MAX_INSERTS, LONGEST_INSERT = 2, 5_000
#: Rows of one plugin among what waits for a reader; what is more is on a page of the plugin's own.
MAX_WAITING = 10
#: Where a plugin may lead to: this site, the web, a mail, a call.
_ADDRESS = re.compile(r"(?:/(?![/\\])|https?://|mailto:|tel:)[^\s<>\"'\\]*")

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What came of asking: a value, or the knowledge that there is none because the plugin ``failed``."""

    value: T | None
    failed: bool = False


@dataclass(frozen=True)
class PanelView:
    """A side panel of a plugin; ``rows`` are plain data.

    :param later: not asked yet: it is filled when somebody opens it.
    :param paused: not asked: its plugin failed too often.
    """

    plugin: str
    key: str
    title: str
    open: bool
    rows: Sequence[PanelRow] = ()
    failed: bool = False
    later: bool = False
    paused: bool = False

    @property
    def name(self) -> str:
        """What the panel is called in addresses."""
        return f"{self.plugin}-{self.key}"


@dataclass(frozen=True)
class ColumnView:
    """A column of a plugin, its cells by ticket number.

    :param name: of plugin and column, as a list's address and a saved view name it.
    """

    plugin: str
    label: str
    name: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    failed: bool = False


@dataclass(frozen=True)
class ActionView:
    """An entry of a plugin in the ticket's menu."""

    plugin: str
    key: str
    label: str
    icon: str


def panels(ticket: TicketView, viewer: ViewerView, wanted: str = "", hidden: Collection[str] = ()) -> list[PanelView]:
    """Return the panels that plugins have for a ticket.

    The first two that open by themselves are filled now; one of them without rows is left out, one that failed is
    not. The others are filled when somebody opens them. Where one of a paused plugin was, a line says so.

    :param wanted: name of one that is filled now in any case.
    :param hidden: names of those that the reader does not want to see; they are not asked.
    """
    found: list[PanelView] = []
    registry = runtime().plugins
    for item in registry.of("register_ticket_panels", inactive=True):
        panel = item.value
        if f"{item.plugin}-{panel.key}" in hidden or not _stands_on(panel, ticket.desk):
            continue
        if not registry.active(item.plugin):
            if registry.paused(item.plugin):
                title = panel.title.in_language(language())
                found.append(PanelView(item.plugin, panel.key, title, True, paused=True))
            continue
        opens = panel.open and sum(each.open and not each.failed and not each.paused for each in found) < OPEN_PANELS
        closed = PanelView(item.plugin, panel.key, panel.title.in_language(language()), False, later=True)
        if not opens and closed.name != wanted:
            found.append(closed)
            continue
        filled = _filled(item.plugin, panel, ticket, viewer)
        if filled.rows or filled.failed or filled.name == wanted:
            found.append(filled)
    return found


def _stands_on(panel: TicketPanel, desk: str) -> bool:
    return not panel.desks or desk in panel.desks


def panels_there(names: Collection[str], desk: str = "") -> list[PanelView]:
    """Return those of the panels of these names that active plugins have, unasked.

    :param desk: key of the desk of the ticket; empty for any.
    """
    views = (
        PanelView(item.plugin, item.value.key, item.value.title.in_language(language()), False, later=True)
        for item in runtime().plugins.panels
        if not desk or _stands_on(item.value, desk)
    )
    return [view for view in views if view.name in names]


def panel(plugin: str, key: str, ticket: TicketView, viewer: ViewerView) -> PanelView | None:
    """Return one panel, filled; nothing when no active plugin has it."""
    for item in runtime().plugins.panels:
        if (item.plugin, item.value.key) == (plugin, key) and _stands_on(item.value, ticket.desk):
            return _filled(plugin, item.value, ticket, viewer)
    return None


def _filled(plugin: str, panel: TicketPanel, ticket: TicketView, viewer: ViewerView) -> PanelView:
    outcome = _ask(plugin, f"panel {panel.key}", _rows_of(panel.rows, ticket, viewer))
    title = panel.title.in_language(language())
    return PanelView(plugin, panel.key, title, True, outcome.value or (), outcome.failed)


def waiting(viewer: ViewerView) -> list[WaitingRow]:
    """Return what waits for a reader of the portal; a plugin that fails is left out, and its failure counted."""
    found: list[WaitingRow] = []
    for item in runtime().plugins.waiting:
        outcome = _ask(item.plugin, f"waiting {item.value.key}", _waiting_of(item.value, viewer))
        found += outcome.value or ()
    return found


def _waiting_of(contributed: WaitingList, viewer: ViewerView) -> Callable[[], list[WaitingRow]]:
    reader = frozen(viewer)

    def call() -> list[WaitingRow]:
        value: Any = contributed.rows(reader)
        if type(value) not in (list, tuple) or not all(type(each) is WaitingRow for each in value):
            raise answers.unusable(value)
        return [_waiting_row(each) for each in value[:MAX_WAITING]]

    return call


def _waiting_row(value: WaitingRow) -> WaitingRow:
    if _ADDRESS.fullmatch(_plain(value.url)) is None:
        raise BadAnswer("returned a row that leads to no address of the web")
    return WaitingRow(*(_plain(part) for part in (value.title, value.text, value.url, value.button, value.icon)))


def columns_offered() -> list[ColumnView]:
    """Return the columns that plugins have, without cells."""
    return [_offered(item) for item in runtime().plugins.columns]


def _offered(item: Contributed[ListColumn]) -> ColumnView:
    return ColumnView(item.plugin, item.value.label.in_language(language()), f"{item.plugin}.{item.value.key}")


def columns(numbers: Sequence[str], wanted: Collection[str]) -> list[ColumnView]:
    """Return the wanted columns of plugins for these tickets, each asked once for all of them.

    :param wanted: names of :func:`columns_offered`.
    """
    found = []
    for item in runtime().plugins.columns if numbers else ():
        offered = _offered(item)
        if offered.name in wanted:
            outcome = _ask(item.plugin, f"column {item.value.key}", _cells_of(item.value, numbers))
            found.append(replace(offered, cells=outcome.value or {}, failed=outcome.failed))
    return found


def actions(ticket: TicketView) -> list[ActionView]:
    """Return the actions that plugins offer for a ticket."""
    return [
        ActionView(item.plugin, item.value.key, item.value.label.in_language(language()), item.value.icon)
        for item in runtime().plugins.actions
        if _applies(item.plugin, item.value, ticket)
    ]


def run_action(plugin: str, key: str, ticket: TicketView, viewer: ViewerView) -> Outcome[str]:
    """Run an action of a plugin and return its sentence for the toast.

    It may write. One that takes longer than an action may is left behind, and what it did not commit is undone.

    :raises DeskcoreError: what the plugin refuses, and for an action that is not offered.
    """
    for item in runtime().plugins.actions:
        if (item.plugin, item.value.key) == (plugin, key) and _applies(plugin, item.value, ticket):
            _let_go()
            seconds = runtime().plugins.breaker.limits.deadline
            call = partial(_sentence, item.value, frozen(ticket), frozen(viewer))
            outcome = _ask(plugin, f"action {key}", call, seconds, reading=False)
            if isinstance(outcome.value, DeskcoreError):
                raise outcome.value
            return Outcome(outcome.value, outcome.failed)
    return Outcome(None)


def _sentence(action: TicketAction, ticket: TicketView, viewer: ViewerView) -> str | DeskcoreError:
    try:
        return answers.question(action.run(ticket, viewer)) or ""
    except DeskcoreError as error:
        return error


def _let_go() -> None:
    """End the page's own transaction: the action has one of its own, and the page looks again afterwards."""
    if db.session().in_transaction():
        db.session.rollback()


def _applies(plugin: str, action: TicketAction, ticket: TicketView) -> bool:
    applies = action.applies
    if applies is None:
        return True
    given = frozen(ticket)
    outcome = _ask(plugin, f"action {action.key}", lambda: _boolean(applies(given)))
    return outcome.value is True


def _ask(
    plugin: str, slot: str, call: Callable[[], T], seconds: float | None = None, *, reading: bool = True
) -> Outcome[T]:
    """Ask one contribution; whatever goes wrong is named, counted and kept from the page."""
    asked = runtime().callers.ask(plugin, slot, call, BUDGET if seconds is None else seconds, reading=reading)
    return Outcome(None, failed=True) if asked.error is not None else Outcome(asked.value)


def _rows_of(
    rows: Callable[[TicketView, ViewerView], Sequence[PanelRow]], ticket: TicketView, viewer: ViewerView
) -> Callable[[], tuple[PanelRow, ...]]:
    given, reader = frozen(ticket), frozen(viewer)

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
    url = _plain(value.url)
    if url and _ADDRESS.fullmatch(url) is None:
        raise BadAnswer("returned a row that leads to no address of the web")
    return PanelRow(_plain(value.text), _plain(value.term), url, _plain(value.icon), _inserts(value.inserts))


def _inserts(value: Any) -> tuple[tuple[str, str], ...]:
    pairs = type(value) is tuple and all(type(item) is tuple and len(item) == 2 for item in value)
    if not pairs or len(value) > MAX_INSERTS:
        raise answers.unusable(value)
    return tuple((_plain(label), _plain(text, LONGEST_INSERT)) for label, text in value)


def _cells_of(column: ListColumn, numbers: Sequence[str]) -> Callable[[], dict[str, str]]:
    def call() -> dict[str, str]:
        value: Any = column.cells(tuple(numbers))
        if not isinstance(value, Mapping):
            raise answers.unusable(value)
        return {number: _plain(value[number]) for number in numbers if number in value}

    return call


def _plain(value: Any, most: int = answers.MAX_TEXT) -> str:
    """Return a text as it is; markup, and whatever else only looks like a text, is refused."""
    text = answers.question(value, most)
    if text is None:
        raise answers.unusable(value)
    return text


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise answers.unusable(value)
    return value
