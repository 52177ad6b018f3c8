"""``deskcore plugin doctor``: what an upgrade would do to the plugins; sources are read, nothing is run."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deskcore.cli.failures import sentence_for
from deskcore.cli.installation import database, existing_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deskcore.config import Config
    from deskcore.preflight.findings import Finding, Target
    from deskcore.preflight.inspection import Recorded


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--against", metavar="VERSION", help="A version of Deskcore, or the folder or wheel of one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.pass_context
def doctor(ctx: click.Context, names: tuple[str, ...], against: str | None, as_json: bool) -> None:
    """Say what keeps the plugins from working, now or with another Deskcore.

    NAME limits it to some plugins. --against 0.3 tells what is known of that release; --against with a folder or a
    wheel compares with what it really offers. No plugin is imported, and no data is changed.
    """
    from deskcore.hooks.sources import find_plugins, standard_folders
    from deskcore.preflight.inspection import inspect

    config = existing_config()
    target = _target(against)
    found = find_plugins(standard_folders(config.instance, config.plugin_folders), target.version)
    known, away = _recorded(config)
    _refuse_unknown(names, {*found.declarations, *(known.wanted if known else ())})
    shown = [*away, *inspect(found, target, known, names)]
    if as_json:
        click.echo(json.dumps({"deskcore": target.version, "findings": [asdict(one) for one in shown]}, indent=2))
    else:
        _say(shown, len(names or found.declarations), target)
    if shown:
        ctx.exit(1)


def _target(against: str | None) -> Target:
    """Return the Deskcore that is meant.

    :raises BadParameter: when it is neither a version nor a place.
    """
    from packaging.version import InvalidVersion, Version

    from deskcore.preflight.findings import Target
    from deskcore.preflight.surface import present, surface_at

    now = present()
    if against is None:
        return Target(now, now, now.version)
    if Path(against).exists():
        then = surface_at(Path(against))
        return Target(now, then, then.version)
    try:
        return Target(now, now, str(Version(against)))
    except InvalidVersion:
        raise click.BadParameter(
            f"“{against}” is no version, and there is no such folder or wheel.", param_hint="--against"
        ) from None


def _recorded(config: Config) -> tuple[Recorded | None, list[Finding]]:
    """Return what the database knows, or nothing and a finding that says that it is away."""
    from deskcore.preflight.findings import Finding
    from deskcore.preflight.inspection import recorded

    try:
        return recorded(database(config)), []
    except Exception as error:
        message = f"{sentence_for(error)} Until then it is not known which plugins are on, nor how their tables are."
        return None, [Finding("deskcore", "database", message)]


def _refuse_unknown(names: Sequence[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise click.ClickException(
                f"There is no plugin “{name}”. Known plugins: {', '.join(sorted(known)) or '–'}."
            )


def _say(findings: Sequence[Finding], plugins: int, target: Target) -> None:
    for one in findings:
        place = f" {one.where}:" if one.where else ""
        click.echo(f"{one.plugin}:{place} {one.message} ({one.rule})")
    many = "1 plugin" if plugins == 1 else f"{plugins} plugins"
    count = "1 finding" if len(findings) == 1 else f"{len(findings) or 'no'} findings"
    click.echo(f"{many} read for Deskcore {target.version}: {count}.")
