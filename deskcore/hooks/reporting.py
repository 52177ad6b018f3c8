"""What reports are made of; ``from deskcore.plugin import reports``.

A plugin counts, and returns plain data in the reader's language. The core draws it at ``/reports/<key>``, as pages and
as files for spreadsheets, and offers the filters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from deskcore.hooks.contributions import Text

if TYPE_CHECKING:
    from deskcore.tickets.snapshots import ViewerView

__all__ = ["Asked", "Cell", "Figure", "Made", "Report", "Row", "Table"]


@dataclass(frozen=True)
class Asked:
    """What a report is asked about.

    :param desk: key of one desk; empty for all that the reader works on.
    :param since: where the period begins, at midnight by the reader's clock.
    :param until: where it ends.
    :param period: what the period is called in addresses, to lead to the same report about something narrower.
    """

    desk: str
    since: datetime
    until: datetime
    period: str = ""


@dataclass(frozen=True)
class Figure:
    """One number in large type, above the tables.

    :param note: a few words below it.
    :param url: of the list that it counts.
    :param count: out of how many tickets it comes; a figure out of fewer than five is marked.
    :param trend: how it differs from before, which the note says: ``up``, ``down`` or ``same``; drawn as an arrow.
    :param good: whether that is good news; nothing where it is neither.
    """

    label: str
    value: str
    note: str = ""
    url: str = ""
    count: int | None = None
    trend: Literal["", "up", "down", "same"] = ""
    good: bool | None = None


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    :param url: of the list that it counts, or of the ticket that it names.
    :param number: what a file for spreadsheets holds in place of the text.
    """

    text: str
    url: str = ""
    number: float | None = None


@dataclass(frozen=True)
class Row:
    """A line of a table.

    :param label: what it is about; the first cell.
    :param share: length of its bar, from 0 to 1; none draws no bar.
    :param count: out of how many tickets it comes; a line out of fewer than five is marked.
    :param url: where the label leads.
    """

    label: str
    cells: tuple[Cell, ...]
    share: float | None = None
    count: int | None = None
    url: str = ""


@dataclass(frozen=True)
class Table:
    """A table of a report, with or without bars.

    :param key: names the table in addresses: lower-case letters and dashes.
    :param columns: heads, the first one above the labels.
    :param note: a sentence below it.
    :param goal: where each bar has a mark, from 0 to 1.
    :param empty: a sentence in the place of a table without rows.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    goal: float | None = None
    empty: str = ""

    def in_words(self, place: int) -> bool:
        """Tell whether the cells of a column are words and no numbers.

        :param place: of the column, counted from 0 behind the labels.
        """
        cells = [row.cells[place] for row in self.rows]
        return all(cell.number is None for cell in cells) and any(cell.text[:1].isalpha() for cell in cells)


@dataclass(frozen=True)
class Made:
    """A report as it was made."""

    tables: tuple[Table, ...]
    figures: tuple[Figure, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Report:
    """A report at ``/reports/<key>``, for those who work on desks.

    :param key: the end of the address: a word of lower-case letters and dashes.
    :param about: a sentence that says what it tells.
    :param make: called with what is asked and with the viewer; counts what the viewer may see. It has two seconds, and
        may only read.
    :param permission: shown only to those who hold it; empty for everybody who works on a desk.
    :param summary: like ``make``, and shown on the overview of all reports: two figures and one small table at most.
    """

    key: str
    title: Text
    about: Text
    make: Callable[[Asked, ViewerView], Made]
    permission: str = ""
    order: int = 100
    summary: Callable[[Asked, ViewerView], Made] | None = None
