"""A list as a file for spreadsheets: the same query, all of it, seen by the same person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from deskcore.clock import now
from deskcore.runtime import runtime
from deskcore.tickets.queries import TicketQuery, list_tickets
from deskcore.tickets.workflow import priority_key
from deskcore.viewer import Viewer, current_viewer
from deskcore.web import spreadsheets
from deskcore.web.viewer import current_person, language, time_zone
from deskcore.web.workspace.area import blueprint
from deskcore.web.workspace.filters import read_list
from deskcore.work import acting_as

#: Rows that are read at a time.
_CHUNK = 500


@blueprint.get("/tickets.csv")
def export() -> Response:
    """Send every ticket of a list."""
    query = replace(read_list(request.args).query, after="", before="", limit=_CHUNK)
    name = f"tickets-{now().astimezone(time_zone()):%Y-%m-%d}"
    return spreadsheets.download(name, _head(), _rows(query, current_person().id, current_viewer(), language()))


def _head() -> list[str]:
    return [
        _("Number"), _("Subject"), _("Desk"), _("Service"), _("Status"), _("Priority"), _("Requester"),
        _("Requester's address"), _("Assignee"), _("Tags"), _("Created"), _("Updated"), _("Due"),
    ]  # fmt: skip


def _rows(query: TicketQuery, person_id: int, viewer: Viewer, spoken: str) -> Iterator[list[spreadsheets.Cell]]:
    """Yield a line for each ticket; a change meanwhile moves a ticket, and ends nothing.

    The file is sent after the request has ended, so each piece is read anew as the one who asked for it.
    """
    while True:
        with acting_as(viewer):
            page = list_tickets(query, person_id)
        for row in page.rows:
            yield _cells(row, spoken)
        if not page.next:
            return
        query = replace(query, after=page.next)


def _cells(row: Any, spoken: str) -> list[spreadsheets.Cell]:
    desk = runtime().catalogue.desk_by_id(row.desk_id)
    entry = runtime().catalogue.type_by_id(row.request_type_id)
    status = next((each.title.in_language(spoken) for each in desk.statuses if each.key == row.status), row.status)
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
        row.due_at,
    ]
