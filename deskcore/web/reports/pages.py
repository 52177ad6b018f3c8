"""The pages of the reports: which there are, each one, and its tables as files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.clock import now
from deskcore.errors import NotFound, Refused
from deskcore.hooks.contributed import Contributed
from deskcore.hooks.reporting import Made, Report, Row, Table
from deskcore.web import spreadsheets
from deskcore.web.asking import Outcome
from deskcore.web.reports import overview
from deskcore.web.reports.area import blueprint, offered, wanted
from deskcore.web.reports.asking import Filters, read_filters
from deskcore.web.reports.making import make, summarise
from deskcore.web.viewer import language, time_zone
from deskcore.web.workspace.area import Item, show, viewer_view

#: A figure out of fewer tickets says little.
FEW = 5
#: Figures of one report that stand on the overview.
_SUMMED = 2


@dataclass(frozen=True)
class _Summary:
    """What a report shows on the overview: ``report`` says how it is called, ``outcome`` what came of asking it."""

    report: dict[str, Any]
    plugin: str
    outcome: Outcome[Made]

    @property
    def made(self) -> Made | None:
        """What it shows; nothing when it failed."""
        return self.outcome.value


@blueprint.get("")
def home() -> str:
    """Show the overview, with what each report has to say there."""
    filters, viewer = read_filters(request.args), viewer_view()
    made = overview.make(filters.asked, viewer)
    summaries = [(item, summarise(item, filters.asked, viewer)) for item in offered()]
    told = [_Summary(_listed(item), item.plugin, outcome) for item, outcome in summaries if outcome is not None]
    figures = [figure for one in told if one.made for figure in one.made.figures[:_SUMMED]]
    return show(
        "reports/overview.html",
        **_frame(overview.KEY, filters),
        made=made,
        figures=[*made.figures, *figures],
        chart=overview.chart_of(made),
        summaries=told,
    )


@blueprint.get("/<report>", endpoint="report")
def one(report: str) -> ResponseReturnValue:
    """Show a report."""
    item, filters = wanted(report), read_filters(request.args)
    if report == overview.KEY:
        return redirect(url_for("reports.home", **filters.address()))
    outcome = make(item, filters.asked, viewer_view())
    wider = url_for("reports.report", report=report, desk=filters.desk, period=filters.wider) if filters.wider else ""
    return show(
        "reports/report.html",
        **_frame(report, filters),
        report=_listed(item),
        made=outcome.value,
        failed=outcome.failed,
        plugin=item.plugin,
        wider=wider,
    )


@blueprint.get("/<report>.csv")
def table(report: str) -> Response:
    """Send one table of a report as a file for spreadsheets: the one named ``table``, or the first."""
    item, filters = wanted(report), read_filters(request.args)
    made = _made(item, filters)
    if made is None:
        raise Refused(_("The report could not be made. Try it again in a moment."))
    asked = request.args.get("table", "")
    found = next((each for each in made.tables if asked in ("", each.key)), None)
    if found is None:
        raise NotFound(_("This report has no such table."))
    return spreadsheets.download(_file_name(report, found, filters), *_lines(found))


def _made(item: Contributed[Report], filters: Filters) -> Made | None:
    """Return a report; what the core counts itself is asked for as it is, and a failure of it is an error."""
    if item.value is overview.REPORT:
        return overview.make(filters.asked, viewer_view())
    return make(item, filters.asked, viewer_view()).value


def _frame(here: str, filters: Filters) -> dict[str, Any]:
    """Return what stands around every report: the way to the others, the filters, and when it was counted."""
    first = Item(_("Overview"), url_for("reports.home", **filters.address()))
    tabs = [replace(first, current=here == overview.KEY), *(_tab(each, here, filters) for each in offered())]
    return {"tabs": tabs, "filters": filters, "few": FEW, "counted_at": now()}


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
    url = url_for("reports.report", report=it.key, **filters.address())
    return Item(it.title.in_language(language()), url, current=it.key == here)
