"""``deskcore plugin new``: a whole plugin to begin with, which works and passes its own tests."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deskcore.cli.installation import database, existing_config, found_plugins, has_database, instance_folder

if TYPE_CHECKING:
    from deskcore.config import Config
    from deskcore.hooks.sources import Found
    from deskcore.scaffold.taken import Taken


@click.command()
@click.argument("name")
@click.option("--title", help="Title of the desk; guessed from the name when left out.")
@click.option("--title-pl", help="Title of the desk in Polish; like the other one when left out.")
@click.option("--prefix", help="Two to five letters before the number of each ticket.")
@click.option(
    "--into",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the plugin's folder is made; “plugins” of the instance folder when left out.",
)
@click.option("--yes", is_flag=True, help="Ask nothing: take what is guessed.")
def new(name: str, title: str | None, title_pl: str | None, prefix: str | None, into: Path | None, yes: bool) -> None:
    """Write a new plugin: a desk with a form, a panel, a table, an API, a job, translations and tests."""
    from deskcore.scaffold.plans import Plan, check_name, guessed_prefix, guessed_title
    from deskcore.scaffold.writing import write

    check_name(name)
    config = existing_config() if into is None else _config_if_any()
    found = _found(config)
    desks = _desks_there(config, found)
    _refuse_taken_name(name, found, desks)
    prefixes = {desk.prefix: desk.owner for desk in desks}
    asks = sys.stdin.isatty() and not yes
    if title is None:
        title = guessed_title(name)
        title = click.prompt("Title of the desk", default=title) if asks else title
    if prefix is None:
        prefix = guessed_prefix(name, prefixes)
        prefix = click.prompt("Letters before the number of each ticket", default=prefix) if asks else prefix
    plan = Plan(name, title.strip(), (title_pl or title).strip(), prefix.strip().upper())
    _refuse_taken_prefix(plan.prefix, prefixes, guessed_prefix(name, prefixes))
    folder = write(plan, into if into is not None else instance_folder() / "plugins")
    _say_what_next(name, folder, config)


def _config_if_any() -> Config | None:
    """Return the configuration of the installation that is here; a plugin can be written without one."""
    return existing_config() if instance_folder().is_dir() else None


def _found(config: Config | None) -> Found:
    from deskcore.hooks.sources import find_plugins, standard_folders

    return found_plugins(config) if config else find_plugins(standard_folders(instance_folder()))


def _desks_there(config: Config | None, found: Found) -> list[Taken]:
    """Return the desks of the database, also of plugins that are gone, and those that plugins would add."""
    from deskcore.scaffold.taken import Taken, written_desks

    desks = list(written_desks(found.declarations.values()))
    if config is None or not has_database(config):
        return desks
    import sqlalchemy as sa

    from deskcore.desks.models import DeskRow
    from deskcore.serve.schema import schema_state

    with database(config) as engine:
        if schema_state(engine) == "missing":
            return desks
        with engine.connect() as connection:
            rows = connection.execute(sa.select(DeskRow.key, DeskRow.prefix, DeskRow.plugin)).all()
    stored = [Taken(key, prefix, f"plugin “{owner}”" if owner else "this installation") for key, prefix, owner in rows]
    return desks + stored


def _refuse_taken_name(name: str, found: Found, desks: list[Taken]) -> None:
    from deskcore.scaffold.plans import desk_key

    if name in found.declarations:
        place = found.declarations[name].path or "the installed packages"
        raise click.ClickException(f"There is a plugin “{name}” already, in {place}; give another name.")
    key = desk_key(name)
    owner = next((desk.owner for desk in desks if desk.key == key), None)
    if owner is not None:
        raise click.ClickException(f"There is a desk “{key}” already, from {owner}; give the plugin another name.")


def _refuse_taken_prefix(prefix: str, taken: Mapping[str, str], free: str) -> None:
    if prefix in taken:
        raise click.ClickException(
            f"The prefix {prefix} is taken by a desk of {taken[prefix]}; give another one, such as --prefix {free}."
        )


def _say_what_next(name: str, folder: Path, config: Config | None) -> None:
    from deskcore.hooks.sources import standard_folders

    instance = instance_folder()
    place, commands = shlex.quote(str(folder)), []
    deskcore, pip, pytest = (_program(program) for program in ("deskcore", "pip", "pytest"))
    if instance != Path("instance"):
        deskcore += f" --instance {shlex.quote(str(instance))}"
    if folder.resolve().parent not in standard_folders(instance, config.plugin_folders if config else ()):
        commands.append(f"{pip} install --editable {place}")
    test = f"{pytest} {place}" if find_spec("pytest") else f"{pip} install pytest && {pytest} {place}"
    click.echo(f"“{name}” is in {folder}. Next:\n")
    for command in [*commands, f"{deskcore} plugin enable {name}", f"{deskcore} run --reload", test]:
        click.echo(f"    {command}")


def _program(name: str) -> str:
    """Return how a program beside ours is called from here: by its name, or by where ours was called."""
    ours = Path(sys.argv[0])
    return name if ours.name != "deskcore" or shutil.which("deskcore") else str(ours.with_name(name))
