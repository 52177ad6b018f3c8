"""CSV for spreadsheets: what people wrote stays text, in whatever program the file is opened.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, and a formula can send the sheet
elsewhere or start a program. See OWASP, CSV Injection.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import StringIO

from flask import Response, stream_with_context

#: What no eye sees, and what some programs drop before they look at a cell.
_UNSEEN = r"[\s\u200b-\u200f\u2060\ufeff]"
#: A sign that begins a formula, in ASCII or full width, with what stands before it. A run of unseen characters is taken
#: whole even without one, so that the time grows with the length of the text and with nothing else.
_FORMULA = re.compile(rf"([,;|\"']?)({_UNSEEN}*+)([=+\-@＝＋－＠])|{_UNSEEN}++")
_NOT_STORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

Cell = str | int | float | bool | datetime | None


def harmless(text: str) -> str:
    """Return ``text`` with an apostrophe before everything that a spreadsheet could begin a formula with.

    That is at the cell's beginning, but also behind whatever somebody's settings make a separator, and behind quotes:
    a program that reads the file in its own way may begin a cell there.
    """
    stored = _NOT_STORABLE.sub("", text)
    return ("'" if stored[:1] in ("\t", "\r", "\n") else "") + _FORMULA.sub(_disarmed, stored)


def _disarmed(found: re.Match[str]) -> str:
    separator, unseen, sign = found.groups()
    if sign is None or not (found.start() == 0 or separator or any(mark in unseen for mark in "\t\r\n")):
        return found[0]
    return f"{separator}{unseen}'{sign}"


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield the lines of a CSV file: UTF-8 with a mark that says so, every cell quoted, lines that end in CR LF.

    :param head: names of the columns.
    :param rows: numbers stay numbers; a moment is written in UTC as RFC 3339.
    """
    yield "\ufeff" + _line(head)
    for row in rows:
        yield _line(row)


def download(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Return an answer that sends a CSV file while it is made, however long it is.

    :param name: of the file, in ASCII, without its ending.
    """
    answer = Response(stream_with_context(csv_lines(head, rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _line(cells: Sequence[Cell]) -> str:
    out = StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow([_cell(cell) for cell in cells])
    return out.getvalue()


def _cell(cell: Cell) -> str | int | float:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return harmless(cell) if isinstance(cell, str) else "" if cell is None else cell
