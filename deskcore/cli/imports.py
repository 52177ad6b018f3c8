"""``deskcore import …``: tickets and people from files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import click

from deskcore.cli.installation import bare_app, entered, full_app
from deskcore.cli.plugin_commands import Extended

if TYPE_CHECKING:
    from deskcore.importing.report import Report
    from deskcore.importing.sources import Source
    from deskcore.importing.tickets import Progress

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
#: Bad rows that are printed for a person; ``--json`` has all of them.
_PRINTED = 20


@click.group("import", cls=Extended)
def import_() -> None:
    """Import tickets and people from CSV or JSON lines, plain or gzip, and what plugins add; see docs/importing.md."""


def _source_options(command: F) -> F:
    """Add the options that say how a file is read."""
    options = (
        click.argument("file", type=_FILE),
        click.option(
            "--map",
            "maps",
            multiple=True,
            metavar="TARGET=COLUMN",
            help="Take TARGET from COLUMN, or from COLUMN+COLUMN.",
        ),
        click.option(
            "--value",
            "values",
            multiple=True,
            metavar="NAME.VALUE=RESULT",
            help="Read VALUE of a target or column as RESULT.",
        ),
        click.option(
            "--set", "constants", multiple=True, metavar="TARGET=VALUE", help="For rows whose columns say nothing."
        ),
        click.option(
            "--lookup", "lookups", multiple=True, metavar="TARGET=FILE:KEY:VALUE", help="Look TARGET up in a CSV file."
        ),
        click.option("--mapping", type=_FILE, help="TOML file with [map], [set] and [values.NAME]."),
        click.option("--format", "kind", type=click.Choice(["csv", "jsonl"]), help="Default: by the name of the file."),
        click.option("--encoding", default="utf-8-sig", show_default="UTF-8", help="For example cp1250."),
        click.option("--delimiter", default="", help="Between the values of a CSV file; found by itself."),
        click.option(
            "--batch", default=500, show_default=True, type=click.IntRange(1, 2000), help="Rows of one transaction."
        ),
        click.option("--dry-run", is_flag=True, help="Check every row and store nothing."),
        click.option("--json", "as_json", is_flag=True, help="Print the report as JSON for scripts."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@import_.command()
@_source_options
@click.option("--desk", required=True, metavar="KEY", help="Desk that gets the tickets.")
@click.option(
    "--request-type", default="", metavar="KEY", help="For rows that name none; default: the desk's most popular."
)
@click.option("--requester", default="", metavar="EMAIL", help="Who asks, where a row names nobody.")
@click.option("--requester-column", metavar="COLUMN", help="Short for --map requester=COLUMN.")
@click.option("--source", "name", default="", metavar="NAME", help="Where they come from; default: the file's name.")
@click.option("--date-format", default="", metavar="FORMAT", help="iso, or a pattern such as “%d.%m.%Y %H:%M”.")
@click.option(
    "--time-zone", default="", metavar="ZONE", help="Of dates without an offset; default: the organisation's."
)
def tickets(desk: str, request_type: str, requester: str, **given: Any) -> None:
    """Import tickets to a desk; the same file again changes nothing, and nobody is notified."""
    from flask_babel import force_locale

    from deskcore.importing.ticket_rows import TicketOptions
    from deskcore.importing.tickets import import_tickets
    from deskcore.runtime import runtime

    if given["requester_column"]:
        given["maps"] = (*given["maps"], f"requester={given['requester_column']}")
    if given["time_zone"] and given["time_zone"] not in available_timezones():
        raise click.BadParameter(f"There is no time zone {given['time_zone']}.", param_hint="--time-zone")
    # Commands speak English, whatever the organisation reads.
    with entered(full_app()), force_locale("en"), _opened(given) as source:
        options = TicketOptions(
            desk=desk,
            request_type=request_type,
            requester=requester,
            source=given["name"] or source.path.name.removesuffix(".gz"),
            date_format=given["date_format"],
            zone=ZoneInfo(given["time_zone"]) if given["time_zone"] else runtime().config.zone,
        )
        with _progress(source, given["as_json"]) as progress:
            report = import_tickets(
                source, _field_map(given), options, batch=given["batch"], dry_run=given["dry_run"], progress=progress
            )
    _print(report, given)


@import_.command()
@_source_options
@click.option("--email-domain", default="", metavar="DOMAIN", help="Appended to addresses without @.")
@click.option("--allow-look-alikes", is_flag=True, help="Take addresses that only look the same for different people.")
def people(email_domain: str, allow_look_alikes: bool, **given: Any) -> None:
    """Import people with departments, locations and managers; it gives nobody rights or a password."""
    from deskcore.importing.people import import_people

    with bare_app(), _opened(given) as source, _progress(source, given["as_json"]) as progress:
        report = import_people(
            source,
            _field_map(given),
            email_domain=email_domain,
            allow_look_alikes=allow_look_alikes,
            batch=given["batch"],
            dry_run=given["dry_run"],
            progress=progress,
        )
    _print(report, given)


def _field_map(given: dict[str, Any]) -> Any:
    from deskcore.importing.mapping import field_map

    return field_map(given["mapping"], given["maps"], given["values"], given["constants"], given["lookups"])


def _opened(given: dict[str, Any]) -> Source:
    from deskcore.importing.sources import Source

    try:
        return Source(given["file"], given["kind"], given["encoding"], given["delimiter"])
    except LookupError as error:
        raise click.BadParameter(f"There is no encoding {given['encoding']}.", param_hint="--encoding") from error


@contextmanager
def _progress(source: Source, as_json: bool) -> Iterator[Progress]:
    """Show a bar where a person waits at a terminal."""
    if as_json or not sys.stderr.isatty():
        yield lambda read, report: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True)) as bar:
        task = bar.add_task("Importing", total=source.size)
        yield lambda read, report: bar.update(task, completed=read, description=f"{report.read} rows")


def _print(report: Report, given: dict[str, Any]) -> None:
    """Print the report; bad rows end the command with code 1."""
    if given["as_json"]:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        begin = "Nothing was stored. It would be" if given["dry_run"] else "Done:"
        counts = f"{report.created} new, {report.updated} changed, {report.skipped} there already"
        click.echo(f"{begin} {counts}, of {report.read} rows.")
        for line, message in sorted(report.errors)[:_PRINTED]:
            click.echo(f"  line {line}: {message}", err=True)
        if report.bad_rows > _PRINTED:
            click.echo(f"  … and {report.bad_rows - _PRINTED} more; --json names them.", err=True)
    if report.bad_rows:
        rows = "1 row" if report.bad_rows == 1 else f"{report.bad_rows} rows"
        click.echo(f"Correct {rows}, then import the file again: good rows stay as they are.", err=True)
        click.get_current_context().exit(1)
