"""The pages of the reports: which there are, each one, and its tables as files."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from deskcore.clock import now
from deskcore.errors import NotFound, Refused
from deskcore.hooks.registry import Contributed
from deskcore.hooks.reporting import Report, Row, Table
from deskcore.web import spreadsheets
from deskcore.web.reports.area import blueprint, offered, wanted
from deskcore.web.reports.asking import Filters, read_filters
from deskcore.web.reports.making import make
from deskcore.web.viewer import language, time_zone
from deskcore.web.workspace.area import Item, show, viewer_view

#: A figure out of fewer tickets says little.
FEW = 5


@blueprint.get("")
def home() -> str:
    """Show which reports there are."""
    return show("reports/home.html", reports=[_listed(item) for item in offered()])


@blueprint.get("/<report>", endpoint="report")
def one(report: str) -> str:
    """Show a report."""
    item, filters = wanted(report), read_filters(request.args)
    outcome = make(item, filters.asked, viewer_view())
    wider = url_for("reports.report", report=report, desk=filters.desk, period=filters.wider) if filters.wider else ""
    return show(
        "reports/report.html",
        report=_listed(item),
        tabs=[_tab(each, report, filters) for each in offered()],
        filters=filters,
        made=outcome.value,
        failed=outcome.failed,
        plugin=item.plugin,
        few=FEW,
        wider=wider,
        counted_at=now(),
    )


@blueprint.get("/<report>.csv")
def table(report: str) -> Response:
    """Send one table of a report as a file for spreadsheets: the one named ``table``, or the first."""
    item, filters = wanted(report), read_filters(request.args)
    outcome = make(item, filters.asked, viewer_view())
    if outcome.value is None:
        raise Refused(_("The report could not be made. Try it again in a moment."))
    asked = request.args.get("table", "")
    found = next((each for each in outcome.value.tables if asked in ("", each.key)), None)
    if found is None:
        raise NotFound(_("This report has no such table."))
    return spreadsheets.download(_file_name(report, found, filters), *_lines(found))


def _lines(found: Table) -> tuple[list[str], list[list[spreadsheets.Cell]]]:
    """Return the head and the rows of a file; its last column says out of how many tickets a line comes."""
    counted = any(row.count is not None for row in found.rows)
    head = [*found.columns, *([_("Out of")] if counted else [])]
    return head, [[*_cells(row), *([row.count] if counted else [])] for row in found.rows]


def _cells(row: Row) -> list[spreadsheets.Cell]:
    return [row.label, *(cell.text if cell.number is None else cell.number for cell in row.cells)]


def _file_name(key: str, found: Table, filters: Filters) -> str:
    day = now().astimezone(time_zone())
    return "-".join(part for part in (key, found.key, filters.desk, f"{day:%Y-%m-%d}") if part)


def _listed(item: Contributed[Report]) -> dict[str, Any]:
    it = item.value
    spoken = language()
    return {"key": it.key, "title": it.title.in_language(spoken), "about": it.about.in_language(spoken)}


def _tab(item: Contributed[Report], here: str, filters: Filters) -> Item:
    it = item.value
    url = url_for("reports.report", report=it.key, desk=filters.desk, period=filters.period)
    return Item(it.title.in_language(language()), url, current=it.key == here)
