"""``deskcore plugin purge``: takes away for good what a plugin left, after an archive of it was written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deskcore.cli.installation import bare_app, existing_config, found_plugins

if TYPE_CHECKING:
    from deskcore.config import Config
    from deskcore.purging import Holdings


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--archive",
    type=click.Path(path_type=Path),
    help="Archive to write; by default in “purged” of the instance folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts; needs --yes.")
def purge(name: str, yes: bool, archive: Path | None, as_json: bool) -> None:
    """Remove tables, settings and state of a plugin that is off, for good.

    Before, all of it is written into an archive. Tickets keep what people answered and what the plugin added to them.
    If anything fails, nothing is removed; a second purge changes nothing.
    """
    import deskcore.app  # noqa: F401  (every table of the core must be known, so that none is taken for a plugin's)

    if as_json and not yes:
        raise click.UsageError("--json needs --yes: nobody can be asked.")
    config = existing_config()
    with bare_app(config):
        held = _held(config, name)
        if held.empty:
            written = None
        else:
            _ask(held, yes, as_json)
            written = _purged(config, held, archive)
    if as_json:
        _print(held, written)
    elif written is None:
        click.echo(f"Nothing of “{name}” is kept; there is nothing to purge.")
    else:
        click.echo(f"“{name}” is purged. What was removed lies in {written}; keep it as you keep a backup.")


def _held(config: Config, name: str) -> Holdings:
    """Return what there is of the plugin.

    :raises ClickException: when it is on, or can be none.
    """
    from deskcore.extensions import db
    from deskcore.hooks.declarations import NAME
    from deskcore.purging import holdings_of

    if not NAME.fullmatch(name):
        raise click.ClickException(f"“{name}” is no name of a plugin. “deskcore plugin list” names those there are.")
    try:
        held = holdings_of(db.session(), name)
    except ValueError as error:
        raise click.ClickException(f"“{name}” cannot be purged: {error}.") from error
    if held.wanted and name in found_plugins(config).declarations:
        raise click.ClickException(f"“{name}” is on; switch it off first: deskcore plugin disable {name}")
    return held


def _ask(held: Holdings, yes: bool, as_json: bool) -> None:
    """Say what will be lost, and go on when the name was typed.

    :raises Abort: when it was not.
    """
    if as_json:
        return
    click.echo(f"Lost for good, but for an archive, when “{held.plugin}” is purged:")
    for line in _lines(held):
        click.echo(f"  {line}")
    click.echo(f"Tickets keep their answers and what it added to them: {_counted(held.tickets, 'ticket')}.")
    if not yes and click.prompt("Type its name to go on", err=True, default="", show_default=False) != held.plugin:
        raise click.ClickException("That is not its name; nothing was removed.")


def _lines(held: Holdings) -> Iterator[str]:
    for table, rows in held.rows.items():
        yield f"{table}: {_counted(rows, 'row')}"
    yield _counted(held.settings, "setting")
    if held.work:
        yield f"{_counted(held.work, 'delivery or job', 'deliveries and jobs')} not done yet"
    yield "whether it was on, and its recorded failures"


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def _purged(config: Config, held: Holdings, archive: Path | None) -> Path:
    """Write the archive, then remove what is in it; return where the archive is."""
    from deskcore.extensions import db
    from deskcore.purging import remove, write_archive
    from deskcore.purging.archive import free_name

    folder = config.instance / "purged" if archive is None else archive
    target = free_name(folder, held.plugin) if archive is None or archive.is_dir() else archive
    written = write_archive(db.session(), held, target).resolve()
    db.session.rollback()  # a reader would keep the tables from being dropped
    remove(db.engine, found_plugins(config).declarations, held, written)
    return written


def _print(held: Holdings, written: Path | None) -> None:
    described = {"plugin": held.plugin, "archive": str(written) if written else None, "tables": dict(held.rows)}
    click.echo(json.dumps(described | {"settings": held.settings, "work": held.work, "tickets": held.tickets}))
