"""Having a plugin make its report: isolated, with a time that it may take, and checked that it is plain data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from deskcore.hooks import answers
from deskcore.hooks.contributed import Contributed
from deskcore.hooks.freezing import frozen
from deskcore.hooks.reporting import Asked, Cell, Figure, Made, Report, Row, Table
from deskcore.runtime import runtime
from deskcore.tickets.snapshots import ViewerView
from deskcore.web.asking import Outcome, address, ask, plain

#: So much one report may hold, so that its page can be read.
MOST_TABLES, MOST_FIGURES, MOST_ROWS, MOST_COLUMNS = 12, 8, 500, 10
_KEY = re.compile(r"[a-z][a-z-]{0,29}")
_TRENDS = ("", "up", "down", "same")


def make(item: Contributed[Report], asked: Asked, viewer: ViewerView) -> Outcome[Made]:
    """Return a report; one that fails or takes too long is named and counted, and leaves the page as it is."""
    seconds = runtime().plugins.breaker.limits.deadline
    return ask(item.plugin, f"report {item.value.key}", _made(item.value.make, asked, viewer), seconds)


def summarise(item: Contributed[Report], asked: Asked, viewer: ViewerView) -> Outcome[Made] | None:
    """Return what a report shows on the overview, like :func:`make`; nothing of one that shows nothing there."""
    if item.value.summary is None:
        return None
    seconds = runtime().plugins.breaker.limits.deadline
    return ask(item.plugin, f"summary {item.value.key}", _made(item.value.summary, asked, viewer), seconds)


def _made(making: Callable[[Asked, ViewerView], Made], asked: Asked, viewer: ViewerView) -> Callable[[], Made]:
    given, reader = frozen(asked), frozen(viewer)

    def call() -> Made:
        value: Any = making(given, reader)
        if type(value) is not Made:
            raise answers.unusable(value)
        figures = tuple(_figure(each) for each in _several(value.figures, Figure, MOST_FIGURES))
        tables = tuple(_table(each) for each in _several(value.tables, Table, MOST_TABLES))
        if len({table.key for table in tables}) < len(tables):
            raise answers.unusable(value)
        return Made(tables, figures, plain(value.note))

    return call


def _figure(it: Figure) -> Figure:
    if it.trend not in _TRENDS or it.good not in (None, True, False):
        raise answers.unusable(it)
    told = plain(it.label), plain(it.value), plain(it.note)
    return Figure(*told, _led(it.url), _counted(it.count), it.trend, it.good)


def _table(it: Table) -> Table:
    columns = tuple(plain(head) for head in _several(it.columns, str, MOST_COLUMNS))
    rows = tuple(_row(row, len(columns)) for row in _several(it.rows, Row, MOST_ROWS))
    if _KEY.fullmatch(plain(it.key)) is None:
        raise answers.unusable(it)
    return Table(it.key, plain(it.title), columns, rows, plain(it.note), _share(it.goal), plain(it.empty))


def _row(it: Row, columns: int) -> Row:
    cells = tuple(_cell(cell) for cell in _several(it.cells, Cell, MOST_COLUMNS))
    if len(cells) + 1 != columns:
        raise answers.unusable(it)
    return Row(plain(it.label), cells, _share(it.share), _counted(it.count), _led(it.url))


def _cell(it: Cell) -> Cell:
    if it.number is not None and type(it.number) not in (int, float):
        raise answers.unusable(it)
    return Cell(plain(it.text), _led(it.url), it.number)


def _several(value: Any, kind: type[Any], most: int) -> tuple[Any, ...]:
    if type(value) not in (list, tuple) or len(value) > most or any(type(each) is not kind for each in value):
        raise answers.unusable(value)
    return tuple(value)


def _led(url: Any) -> str:
    return address(url) if plain(url) else ""


def _counted(count: Any) -> int | None:
    if count is not None and (type(count) is not int or count < 0):
        raise answers.unusable(count)
    return count


def _share(share: Any) -> float | None:
    if share is not None and (type(share) not in (int, float) or not 0 <= share <= 1):
        raise answers.unusable(share)
    return None if share is None else float(share)
