"""``deskcore import assets``, ``inventory``, ``asset-models`` and ``asset-ends``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from flask_babel import force_locale

from deskcore.plugin import importing, people, setting

#: Bad rows that are printed for a person; ``--json`` has all of them.
_PRINTED = 20
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--desk", required=True, metavar="KEY", help="Desk that looks after what is new.")
@click.option("--map", "maps", multiple=True, metavar="TARGET=COLUMN", help="Take TARGET from COLUMN.")
@click.option("--value", "values", multiple=True, metavar="NAME.VALUE=RESULT", help="Read VALUE of a target as RESULT.")
@click.option("--set", "constants", multiple=True, metavar="TARGET=VALUE", help="For rows whose columns say nothing.")
@click.option("--mapping", type=_FILE, help="TOML file with [map], [set] and [values.NAME].")
@click.option("--save-mapping", type=click.Path(dir_okay=False, path_type=Path), help="Write the mapping to this file.")
@click.option("--encoding", default="", help="Default: UTF-16 with its mark, UTF-8, or else windows-1250.")
@click.option("--delimiter", default="", help="Between the values of a CSV file; found by itself.")
@click.option("--date-format", default="", metavar="FORMAT", help="Such as %d.%m.%Y; default: the one that fits.")
@click.option("--dry-run", is_flag=True, help="Check every row and store nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON for scripts.")
def assets(file: Path, **given: Any) -> None:
    """Import equipment from CSV or JSON lines; the same file again changes nothing.

    A row whose tag or serial number is known changes that thing. The columns of Snipe-IT are understood as they are.
    """
    from deskcore_it_assets.intake import Options, take_in

    _check_desk(given["desk"])
    fields = importing.field_map(given["mapping"], given["maps"], given["values"], given["constants"])
    # Commands speak English, whatever the organisation reads.
    with force_locale("en"):
        ignored, days = _looked_through(file, fields, given)
        currency = str(setting("it_assets", "currency"))
        options = Options(given["desk"], days, currency, given["dry_run"])
        with _source(file, given) as source, _bar(source, given["as_json"]) as bar:
            report = take_in(source.rows(), fields, options, lambda report: bar.update(source.read_bytes - bar.pos))
    _print(report, ignored, given)


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--desk", required=True, metavar="KEY", help="Desk that looks after what is new.")
@click.option("--dry-run", is_flag=True, help="Read every file and store nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON for scripts.")
def inventory(path: Path, **given: Any) -> None:
    """Import what agents report of devices: a file or a folder of GLPI's JSON and FusionInventory's XML.

    A device is known by its serial number; the same again changes nothing.
    """
    from deskcore_it_assets.intake import Options
    from deskcore_it_assets.inventory import take_in_inventories

    _check_desk(given["desk"])
    with force_locale("en"):
        options = Options(given["desk"], "", str(setting("it_assets", "currency")), given["dry_run"])
        report = take_in_inventories(path, options)
    _print(report, [], given)


@click.command("asset-models")
@click.argument("file", type=_FILE)
@click.option("--category", default="", metavar="NAME", help="Category of models that are new.")
@click.option("--dry-run", is_flag=True, help="Check every row and store nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON for scripts.")
def asset_models(file: Path, category: str, **given: Any) -> None:
    """Import models of devices from JSON lines, plain or gzip: manufacturer, model, part_number.

    A model that is known stays as it is; the same file again changes nothing.
    """
    from deskcore_it_assets.device_lists import take_in_models

    with force_locale("en"):
        report = take_in_models(file, " ".join(category.split()), given["dry_run"])
    _print(report, [], given)


@click.command("asset-ends")
@click.argument("file", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Check every row and store nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON for scripts.")
def asset_ends(file: Path, **given: Any) -> None:
    """Import until when makers look after devices, from the JSON lines of endoflife.date, plain or gzip.

    Models of the same maker and name get the day as a warning; days that people wrote stay.
    """
    from deskcore_it_assets.device_lists import take_in_ends

    with force_locale("en"):
        report = take_in_ends(file, given["dry_run"])
    _print(report, [], given)


def _check_desk(desk: str) -> None:
    if desk not in people.desks():
        known = ", ".join(people.desks()) or "none"
        raise click.BadParameter(f"There is no desk “{desk}”. Desks: {known}.", param_hint="--desk")


def _looked_through(file: Path, fields: importing.FieldMap, given: dict[str, Any]) -> tuple[list[str], str]:
    """Complete the mapping from the names of the columns, and find out how the file writes days."""
    from deskcore_it_assets import columns, files

    given["encoding"] = given["encoding"] or files.encoding_of(file)
    with _source(file, given) as source:
        names = source.columns or _keys(source)
    ignored = columns.completed(fields, names)
    columns.check(fields, tuple(names))
    if given["save_mapping"]:
        columns.saved(fields, given["save_mapping"])
    if given["date_format"]:
        return ignored, given["date_format"]
    with _source(file, given) as source:
        return ignored, files.format_of_days(source.rows(), fields)


def _keys(source: importing.Source) -> tuple[str, ...]:
    """Return the names that the rows of a file of JSON lines use."""
    found: dict[str, None] = {}
    for row in source.rows():
        if isinstance(row, importing.Row):
            found |= dict.fromkeys(row.values)
    return tuple(found)


def _source(file: Path, given: dict[str, Any]) -> importing.Source:
    try:
        return importing.Source(file, None, given["encoding"], given["delimiter"])
    except LookupError as error:
        raise click.BadParameter(f"There is no encoding {given['encoding']}.", param_hint="--encoding") from error


def _bar(source: importing.Source, as_json: bool) -> Any:
    hidden = as_json or not sys.stderr.isatty()
    return click.progressbar(length=source.size, label="Importing", file=sys.stderr, hidden=hidden)


def _print(report: importing.Report, ignored: list[str], given: dict[str, Any]) -> None:
    """Print the report; bad rows end the command with code 1."""
    if given["as_json"]:
        more = {"ignored_columns": ignored} if ignored else {}
        click.echo(json.dumps(report.as_json() | more, ensure_ascii=False))
    else:
        begin = "Nothing was stored. It would be" if given["dry_run"] else "Done:"
        counts = f"{report.created} new, {report.updated} changed, {report.skipped} there already"
        click.echo(f"{begin} {counts}, of {report.read} rows.")
        if ignored:
            click.echo(f"Not read, because nobody knows what they mean: {', '.join(ignored)}.", err=True)
        for line, message in sorted(report.errors)[:_PRINTED]:
            click.echo(f"  line {line}: {message}", err=True)
        if report.bad_rows > _PRINTED:
            click.echo(f"  … and {report.bad_rows - _PRINTED} more; --json names them.", err=True)
    if report.bad_rows:
        click.get_current_context().exit(1)
