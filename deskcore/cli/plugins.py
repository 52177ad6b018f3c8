"""``deskcore plugin …``: what is there, what is on; none of it imports a plugin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from deskcore.cli.installation import database, existing_config, found_plugins, has_database
from deskcore.cli.plugin_check import check
from deskcore.cli.plugin_doctor import doctor
from deskcore.cli.plugin_new import new
from deskcore.cli.plugin_purge import purge
from deskcore.errors import NotFound

if TYPE_CHECKING:
    from deskcore.config import Config
    from deskcore.hooks.sources import Found


@click.group()
def plugin() -> None:
    """List plugins and switch them on and off; none is imported for it."""


plugin.add_command(check)
plugin.add_command(doctor)
plugin.add_command(new)
plugin.add_command(purge)


@plugin.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list for scripts.")
def list_(as_json: bool) -> None:
    """Show every plugin with its version and state."""
    config = existing_config()
    rows = rows_of(config, found_plugins(config))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo("There are no plugins. Put their folders into “plugins” of the instance folder, or install them.")
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        line = f"{row['name']:<{width}}  {row['version']:<8}  {row['state']:<12}  {row['reason']}"
        click.echo(line.rstrip())


@plugin.command()
@click.argument("name")
def info(name: str) -> None:
    """Show what one plugin says about itself, and what is recorded about it."""
    config = existing_config()
    found = found_plugins(config)
    row = next((row for row in rows_of(config, found) if row["name"] == name), None)
    if row is None:
        raise NotFound(f"There is no plugin “{name}”. “deskcore plugin list” names those that are there.")
    declared = found.declarations.get(name)
    lines = {"Name": name, "Version": row["version"], "State": row["state"], "Reason": row["reason"]}
    if declared is not None:
        needs = [f"deskcore{declared.requires.core}", *map(str, declared.requires.others)]
        lines |= {"About": declared.description, "Source": declared.source, "Folder": str(declared.path or "")}
        lines["Needs"] = ", ".join(needs)
    for term, text in lines.items():
        if text:
            click.echo(f"{term + ':':<9} {text}")


@plugin.command()
@click.argument("name")
def enable(name: str) -> None:
    """Bring a plugin's tables up to date and switch it on; serving processes then restart by themselves."""
    from deskcore.hooks import state
    from deskcore.hooks.migrations import Migrations
    from deskcore.serve.schema import require_schema

    config = existing_config()
    declarations = found_plugins(config).declarations
    with database(config) as engine:
        require_schema(engine)
        sound = name in declarations and declarations[name].problem is None
        if sound and not Migrations(engine, declarations).upgrade_plugin(name):
            raise click.ClickException(
                f"The tables of “{name}” could not be made; “deskcore plugin info {name}” says why."
            )
        with state.own_transaction(engine) as connection:
            verdict = state.enable(connection, declarations, name)
    if verdict.state != "enabled":
        raise click.ClickException(f"“{name}” is wanted, but {verdict.state}: {verdict.reason}")
    click.echo(f"“{name}” is on. Running servers restart to load it.")


@plugin.command()
@click.argument("name")
def disable(name: str) -> None:
    """Switch a plugin off at once; its data and settings stay."""
    from deskcore.hooks import state
    from deskcore.serve.schema import require_schema

    config = existing_config()
    with database(config) as engine:
        require_schema(engine)
        with state.own_transaction(engine) as connection:
            blocked = state.disable(connection, found_plugins(config).declarations, name)
    click.echo(f"“{name}” is off; its data and settings are kept.")
    if blocked:
        click.echo(f"Blocked with it, because they need it: {', '.join(blocked)}.")


def rows_of(config: Config, found: Found) -> list[dict[str, str]]:
    """Return name, version, state and reason of every plugin that is there or was ever seen; none is imported."""
    from deskcore.hooks import state
    from deskcore.hooks.resolution import resolve
    from deskcore.serve.schema import schema_state

    recorded: Mapping[str, state.StateRow] = {}
    if has_database(config):
        with database(config) as engine:
            if schema_state(engine) != "missing":
                with engine.connect() as connection:
                    recorded = state.read_states(connection)
    wanted = {name for name, row in recorded.items() if row.wanted}
    wanted |= {name for name in config.enabled_plugins if name not in recorded}
    rows = []
    for name, verdict in sorted(resolve(found.declarations, wanted, seen=recorded).items()):
        row, declared = recorded.get(name), found.declarations.get(name)
        # A failure while it was loaded is known from the record alone; everything else shows as it is now.
        known = row is not None and row.state in ("quarantined", "enabled") and verdict.state == "enabled"
        shown: Any = row if known else verdict
        version = declared.version if declared else row.version if row else ""
        reasons = [str(shown.reason)] if shown.reason else []
        reasons += [str(copy.problem) for copy in found.ignored if copy.name == name]
        rows.append({"name": name, "version": version, "state": shown.state, "reason": " ".join(reasons)})
    strays = [copy for copy in found.ignored if copy.name not in {row["name"] for row in rows}]
    rows += [{"name": it.name, "version": "", "state": "incompatible", "reason": str(it.problem)} for it in strays]
    return rows
