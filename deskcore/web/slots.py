"""What plugins add to pages: asked one by one, checked, measured, and never able to break the page.

A contribution that raises, takes longer than its budget or returns something else than plain data costs one line
that names its plugin; the failure is recorded, and past a limit the plugin is paused. Each is asked in a thread of
its own, with a transaction of its own: at its budget the page goes on without it, and nothing that it does to its
transaction reaches the page's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from deskcore.errors import DeskcoreError
from deskcore.extensions import db
from deskcore.hooks import answers
from deskcore.hooks.contributed import Contributed
from deskcore.hooks.contributions import PanelRow, RequestType
from deskcore.hooks.freezing import frozen
from deskcore.hooks.page_parts import ListColumn, TicketAction, TicketPanel, WaitingList, WaitingRow
from deskcore.runtime import runtime
from deskcore.tickets.snapshots import TicketView, ViewerView
from deskcore.web.asking import Outcome, address, ask, boolean, list_of, plain, rows_of
from deskcore.web.templating import page_url
from deskcore.web.viewer import language

#: Panels that are filled at once; those below them, and closed ones, when somebody opens them.
OPEN_PANELS = 2
#: Rows of one plugin among what waits for a reader; what is more is on a page of the plugin's own.
MAX_WAITING = 10


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
    """An entry of a plugin in the ticket's menu.

    :param url: of the page that it leads to; empty for one that is pressed.
    """

    plugin: str
    key: str
    label: str
    icon: str
    url: str = ""


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
    outcome = ask(plugin, f"panel {panel.key}", rows_of(panel.rows, ticket, viewer))
    title = panel.title.in_language(language())
    return PanelView(plugin, panel.key, title, True, outcome.value or (), outcome.failed)


def ahead(request_type: RequestType, viewer: ViewerView) -> list[PanelRow]:
    """Return who will be asked when a reader sends a form, by the plugins whose sections its request type has."""
    found: list[PanelRow] = []
    registry = runtime().plugins
    for plugin in request_type.sections:
        section = registry.sections.get(plugin)
        if section is not None and section.ahead is not None and registry.active(plugin):
            found += ask(plugin, "section ahead", rows_of(section.ahead, request_type, viewer)).value or ()
    return found


def waiting(viewer: ViewerView) -> list[WaitingRow]:
    """Return what waits for a reader of the portal; a plugin that fails is left out, and its failure counted."""
    found: list[WaitingRow] = []
    for item in runtime().plugins.waiting:
        outcome = ask(item.plugin, f"waiting {item.value.key}", _waiting_of(item.value, viewer))
        found += outcome.value or ()
    return found


def _waiting_of(contributed: WaitingList, viewer: ViewerView) -> Callable[[], list[WaitingRow]]:
    reader = frozen(viewer)

    def call() -> list[WaitingRow]:
        return [_waiting_row(each) for each in list_of(WaitingRow, contributed.rows(reader))[:MAX_WAITING]]

    return call


def _waiting_row(value: WaitingRow) -> WaitingRow:
    url = address(value.url)
    return WaitingRow(plain(value.title), plain(value.text), url, plain(value.button), plain(value.icon))


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
            outcome = ask(item.plugin, f"column {item.value.key}", _cells_of(item.value, numbers))
            found.append(replace(offered, cells=outcome.value or {}, failed=outcome.failed))
    return found


def actions(ticket: TicketView) -> list[ActionView]:
    """Return the actions that plugins offer for a ticket."""
    return [
        ActionView(item.plugin, item.value.key, item.value.label.in_language(language()), item.value.icon, url)
        for item in runtime().plugins.actions
        if _applies(item.plugin, item.value, ticket)
        and ((url := page_url(item.value.page, ticket=ticket.number) if item.value.page else "") or item.value.run)
    ]


def run_action(plugin: str, key: str, ticket: TicketView, viewer: ViewerView) -> Outcome[str]:
    """Run an action of a plugin and return its sentence for the toast.

    It may write. One that takes longer than an action may is left behind, and what it did not commit is undone.

    :raises DeskcoreError: what the plugin refuses, and for an action that is not offered.
    """
    for item in runtime().plugins.actions:
        run = item.value.run
        if (item.plugin, item.value.key) == (plugin, key) and run and _applies(plugin, item.value, ticket):
            _let_go()
            seconds = runtime().plugins.breaker.limits.deadline
            call = partial(_sentence, run, frozen(ticket), frozen(viewer))
            outcome = ask(plugin, f"action {key}", call, seconds, reading=False)
            if isinstance(outcome.value, DeskcoreError):
                raise outcome.value
            return Outcome(outcome.value, outcome.failed)
    return Outcome(None)


def _sentence(
    run: Callable[[TicketView, ViewerView], str], ticket: TicketView, viewer: ViewerView
) -> str | DeskcoreError:
    try:
        return answers.question(run(ticket, viewer)) or ""
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
    outcome = ask(plugin, f"action {action.key}", lambda: boolean(applies(given)))
    return outcome.value is True


def _cells_of(column: ListColumn, numbers: Sequence[str]) -> Callable[[], dict[str, str]]:
    def call() -> dict[str, str]:
        value: Any = column.cells(tuple(numbers))
        if not isinstance(value, Mapping):
            raise answers.unusable(value)
        return {number: plain(value[number]) for number in numbers if number in value}

    return call
