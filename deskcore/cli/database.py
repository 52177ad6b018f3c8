"""``deskcore db …``: the tables of the core and of the plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from deskcore.cli.installation import database, existing_config, found_plugins

if TYPE_CHECKING:
    from deskcore.hooks.declarations import PluginDeclaration


@click.group()
def db() -> None:
    """Bring the database's tables up to date, and say which version they are of."""


@db.command()
def upgrade() -> None:
    """Bring the tables of the core and of every plugin that is on up to date."""
    from deskcore.hooks.migrations import Migrations

    config = existing_config()
    with database(config) as engine:
        migrations = Migrations(engine, found_plugins(config).declarations)
        results = migrations.upgrade_all()
        click.echo(f"deskcore: {', '.join(migrations.current())}")
        for name in results:
            click.echo(f"{name}: {', '.join(migrations.current(name)) or 'no tables'}")
    failed = [name for name, done in results.items() if not done]
    if failed:
        raise click.ClickException(
            f"The tables of {', '.join(failed)} could not be brought up to date; “deskcore plugin list” says why."
        )


@db.command()
def current() -> None:
    """Show the revision of the core's and of every plugin's tables."""
    from deskcore.hooks.migrations import Migrations

    config = existing_config()
    with database(config) as engine:
        declarations = found_plugins(config).declarations
        migrations = Migrations(engine, declarations)
        for name in (None, *sorted(declarations)):
            held, latest = migrations.current(name), migrations.heads(name) if _sound(declarations, name) else ()
            note = "" if set(held) == set(latest) else f" (this version has {', '.join(latest) or 'none'})"
            click.echo(f"{name or 'deskcore'}: {', '.join(held) or 'none'}{note}")


def _sound(declarations: Mapping[str, PluginDeclaration], name: str | None) -> bool:
    return name is None or declarations[name].problem is None
