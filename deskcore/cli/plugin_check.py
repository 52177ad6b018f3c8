"""``deskcore plugin check``: does a plugin keep the rules; nothing of the running system is loaded or touched."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deskcore.cli.installation import existing_config, instance_folder

if TYPE_CHECKING:
    from deskcore.hooks.sources import Found
    from deskcore.plugin_rules.inspection import Result
    from deskcore.plugin_rules.reading import Source


@click.command()
@click.argument("plugins", nargs=-1, metavar="[NAME|PATH]…")
@click.option("--rule", "rules", multiple=True, metavar="RULE", help="Look at this rule only; may be repeated.")
@click.option("--list", "listing", is_flag=True, help="List the rules with their reasons, and look at nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.option(
    "--postgresql", metavar="URL", envvar="DESKCORE_TEST_DATABASE_URL",
    help="Server on which migrations are tried too, in a database of its own; left out, one that answers at 127.0.0.1.",
)  # fmt: skip
@click.option("--no-trial", is_flag=True, help="Only read the sources, which takes a second.")
@click.option(
    "--time-limit", type=click.FloatRange(min=1), metavar="SECONDS", help="When a trial counts as hanging; 180."
)
@click.pass_context
def check(
    ctx: click.Context,
    plugins: tuple[str, ...],
    rules: tuple[str, ...],
    listing: bool,
    as_json: bool,
    postgresql: str | None,
    no_trial: bool,
    time_limit: float | None,
) -> None:
    """Say where plugins break the rules of docs/plugins/checks.md.

    A NAME is a plugin that is found, a PATH the folder of any other; without one, all that are found are looked at.
    They are read, then tried in a process and an installation of their own.
    """
    from deskcore.plugin_rules.inspection import inspect
    from deskcore.plugin_rules.trial import TIME_LIMIT

    _refuse_unknown(rules)
    if listing:
        _list(as_json)
        return
    chosen = _chosen(plugins)
    server, note = ("", "") if no_trial else _server(postgresql)
    with _progress(as_json) as progress:
        results = []
        for each in chosen:
            progress(each.name)
            results.append(inspect(each, rules, server, time_limit or TIME_LIMIT, trial=not no_trial))
    if as_json:
        shown = {"plugins": [result.as_json() for result in results], "notes": [note] if note else []}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        _say(results, note)
    if any(result.findings for result in results):
        ctx.exit(1)


def _refuse_unknown(rules: Sequence[str]) -> None:
    from deskcore.plugin_rules.catalogue import RULES

    for rule in rules:
        if rule not in RULES:
            raise click.BadParameter(f"There is no rule “{rule}”; --list names them.", param_hint="--rule")


def _list(as_json: bool) -> None:
    from deskcore.plugin_rules.catalogue import RULES

    if as_json:
        rows = [{"name": rule.name, "reason": rule.reason, "remedy": rule.remedy} for rule in RULES.values()]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    width = max(map(len, RULES))
    for rule in RULES.values():
        click.echo(f"{rule.name:<{width}}  {rule.reason}")


def _chosen(wanted: Sequence[str]) -> list[Source]:
    """Return the plugins that are named, or all that are found.

    :raises UsageError: for one that is neither found nor a folder.
    """
    from deskcore.plugin_rules.reading import source_in, source_of

    found = _found()
    if not wanted:
        if not found.declarations:
            raise click.UsageError("There are no plugins here; give the folder of one.")
        return [source_of(each) if each.path else _broken(each.name) for each in found.declarations.values()]
    chosen = []
    for each in wanted:
        declaration = found.declarations.get(each)
        if declaration is not None and declaration.path is not None:
            chosen.append(source_of(declaration))
        elif Path(each).is_dir():
            chosen.append(source_in(Path(each)))
        elif declaration is not None:
            chosen.append(_broken(each))
        else:
            known = ", ".join(found.declarations) or "none"
            raise click.UsageError(f"“{each}” is no folder and no plugin that is found. Found are: {known}.")
    return chosen


def _broken(name: str) -> Source:
    """Return a plugin whose manifest is broken, from the folder it lies in."""
    from deskcore.plugin_rules.reading import Source, source_in

    place = next((folder / name for folder in _folders() if (folder / name).is_dir()), None)
    return source_in(place) if place is not None else Source(_found().declarations[name], None)


def _found() -> Found:
    from deskcore.hooks.sources import find_plugins

    return find_plugins(_folders())


def _folders() -> tuple[Path, ...]:
    """Return where plugins are looked for; an in-house plugin can be checked where there is no installation."""
    from deskcore.hooks.sources import standard_folders

    instance = instance_folder()
    more = existing_config().plugin_folders if (instance / "config.toml").is_file() else ()
    return standard_folders(instance, more)


def _server(address: str | None) -> tuple[str, str]:
    """Return the PostgreSQL server to try migrations on, or why there is none.

    :raises BadParameter: when the one that was named does not answer.
    """
    from deskcore.plugin_rules.trial import USUAL_POSTGRESQL, reachable_postgresql

    if address is not None and not address.startswith("postgresql"):
        return "", "Migrations are tried on SQLite only: DESKCORE_TEST_DATABASE_URL names no PostgreSQL."
    if reachable_postgresql(address or USUAL_POSTGRESQL):
        return address or USUAL_POSTGRESQL, ""
    if address is not None:
        raise click.BadParameter("This server does not answer, or allows no new database.", param_hint="--postgresql")
    return "", "Migrations are tried on SQLite only: no PostgreSQL answers; name one with --postgresql."


@contextmanager
def _progress(as_json: bool) -> Iterator[Callable[[str], None]]:
    """Show which plugin is looked at where a person waits at a terminal."""
    if as_json or not sys.stderr.isatty():
        yield lambda name: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Checking …") as status:
        yield lambda name: status.update(f"Checking {name} …")


def _say(results: Sequence[Result], note: str) -> None:
    for result in results:
        for finding in result.findings:
            click.echo(str(finding))
        for one in result.silenced:
            click.echo(f"{result.plugin}  {one.rule}  silenced ({one.findings}): {one.reason}")
        for said in result.notes:
            click.echo(f"{result.plugin}  note: {said}")
    if note:
        click.echo(f"note: {note}")
    findings, silenced = (sum(len(getattr(each, name)) for each in results) for name in ("findings", "silenced"))
    many = "1 plugin" if len(results) == 1 else f"{len(results)} plugins"
    click.echo(f"{many} checked: {_counted(findings)}{f', {silenced} silenced' if silenced else ''}.")


def _counted(findings: int) -> str:
    return "1 finding" if findings == 1 else f"{findings or 'no'} findings"
