"""A list as a file for spreadsheets: the same query, all of it, seen by the same person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from deskcore.clock import now
from deskcore.runtime import runtime
from deskcore.tickets.due import shown_due
from deskcore.tickets.lists import list_tickets
from deskcore.tickets.queries import PAGE_SIZES, TicketQuery
from deskcore.tickets.workflow import priority_key
from deskcore.viewer import Viewer, current_viewer
from deskcore.web import slots, spreadsheets
from deskcore.web.viewer import current_person, language, time_zone
from deskcore.web.workspace.area import blueprint
from deskcore.web.workspace.filters import read_list
from deskcore.work import acting_as

#: Rows that are read at a time.
_CHUNK = 500
#: Rows for which a plugin fills its column at a time: as many as a page of the list has at most.
_ASKED = max(PAGE_SIZES)


@dataclass(frozen=True)
class Added:
    """The columns of plugins, as they were when the file was begun.

    :param unread: stands where a plugin could not tell, so that nobody takes the cell for an empty one.
    """

    columns: Sequence[slots.ColumnView]
    unread: str

    def cells(self, numbers: Sequence[str]) -> list[dict[str, str]]:
        """Return the cells of each column by ticket number."""
        found: dict[str, dict[str, str]] = {column.name: {} for column in self.columns}
        for start in range(0, len(numbers), _ASKED) if found else ():
            piece = numbers[start : start + _ASKED]
            filled = {column.name: column for column in slots.columns(piece, found)}
            for name, cells in found.items():
                column = filled.get(name)
                cells.update(dict.fromkeys(piece, self.unread) if column is None or column.failed else column.cells)
        return list(found.values())


@blueprint.get("/tickets.csv")
def export() -> Response:
    """Send every ticket of a list."""
    query = replace(read_list(request.args).query, after="", before="", limit=_CHUNK)
    name = f"tickets-{now().astimezone(time_zone()):%Y-%m-%d}"
    added = Added(slots.columns_offered(), _("could not be read"))
    head = [*_head(), *(column.label for column in added.columns)]
    rows = _rows(query, current_person().id, current_viewer(), language(), added)
    return spreadsheets.download(name, head, rows)


def _head() -> list[str]:
    return [
        _("Number"), _("Subject"), _("Desk"), _("Service"), _("Status"), _("Priority"), _("Requester"),
        _("Requester's address"), _("Assignee"), _("Tags"), _("Created"), _("Updated"), _("Due"),
    ]  # fmt: skip


def _rows(
    query: TicketQuery, person_id: int, viewer: Viewer, spoken: str, added: Added
) -> Iterator[list[spreadsheets.Cell]]:
    """Yield a line for each ticket; a change meanwhile moves a ticket, and ends nothing.

    The file is sent after the request has ended, so each piece is read anew as the one who asked for it.
    """
    while True:
        with acting_as(viewer):
            page = list_tickets(query, person_id)
            columns = added.cells([row.number for row in page.rows])
        for row in page.rows:
            yield [*_cells(row, spoken), *(cells.get(row.number, "") for cells in columns)]
        if not page.next:
            return
        query = replace(query, after=page.next)


def _cells(row: Any, spoken: str) -> list[spreadsheets.Cell]:
    desk = runtime().catalogue.desk_by_id(row.desk_id)
    entry = runtime().catalogue.type_by_id(row.request_type_id)
    status = next((each.title.in_language(spoken) for each in desk.worn if each.key == row.status), row.status)
    return [
        row.number,
        row.subject,
        desk.title.in_language(spoken),
        entry.type.title.in_language(spoken) if entry else "",
        status,
        priority_key(row.priority),
        row.requester_name,
        row.requester_email,
        row.assignee_name or "",
        " ".join(row.tags),
        row.created_at,
        row.updated_at,
        shown_due(row),
    ]
