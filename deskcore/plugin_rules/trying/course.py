"""One trial, from loading the plugin to taking its tables away again."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from deskcore.plugin_rules.trying import contents, moves, slots, visits
from deskcore.plugin_rules.trying.report import Report
from deskcore.plugin_rules.trying.surroundings import changes, confine, picture
from deskcore.testing.house import House, Template, opened, prepare
from deskcore.testing.manifests import NoPlugin


def main(task: dict[str, Any]) -> None:
    """Try the plugin that a task names, and write the report."""
    place = Path(task["place"])
    report = Report(place / "report.jsonl", Path(task["package"]))
    confine(task["postgresql"])
    before = picture()
    template = _loaded(Path(task["folder"]), place, report)
    if template is not None:
        for what in changes(before):
            report.found("keeps-to-itself", "", f"Loading it changes {what}.")
        with opened(template, place / "instance") as house:
            _try(house, template, report, place / "pages")
            _move(house, template, report, task["postgresql"])
    report.done(whole=template is not None)


def _loaded(folder: Path, place: Path, report: Report) -> Template | None:
    """Return an installation that has the plugin, or nothing, with the reason in the report."""
    try:
        with report.step("migrations", "its tables were made"):
            if not moves.made(folder, place / "tables", report):
                return None
        with report.step("loads", "it was loaded"):
            template = prepare(folder, place / "work", piece_deadline=slots.MOST_SECONDS)
            used = template.plugins[template.plugin].path
            if used is not None and used.resolve() == report.package.resolve():
                return template
            report.found("loads", "", f"Another copy of it would be loaded in its place, from {used}.")
    except NoPlugin as error:
        said, _, trace = str(error).partition("\n")
        report.failed("loads", "It says", said, trace)
    return None


def _try(house: House, template: Template, report: Report, pages: Path) -> None:
    _never_pause(house)
    with report.step("loads", "what it contributes was read"):
        contents.look(house, report)
    with report.step("works", "tickets were opened"):
        visits.open_tickets(house, report)
    with report.step("works", "its handlers, jobs and demo ran"):
        visits.work(house, report)
    slots.measure(house, report)
    with report.step("works", "its pages were read"), opened(template, pages) as empty:
        _never_pause(empty)
        visits.read(empty, report)
    with report.step("routes", "its pages were called"):
        visits.call(house, report)


def _move(house: House, template: Template, report: Report, postgresql: str) -> None:
    if template.plugins[template.plugin].migrations is not None:
        with report.step("migrations", "its tables were moved back and forth"):
            moves.on_sqlite(house, template.plugins, report)
        if postgresql:
            with report.step("migrations", "its tables were moved back and forth on PostgreSQL"):
                moves.on_postgresql(house, template.plugins, postgresql, report)


def _never_pause(house: House) -> None:
    """Let the plugin fail as often as it likes: what is paused would not be tried any more."""
    breaker = house.app.extensions["deskcore"].plugins.breaker
    breaker.limits = replace(breaker.limits, failures=sys.maxsize, abandoned=sys.maxsize)
