"""``deskcore check`` and ``deskcore fsck``: is the configuration safe, is the data whole."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from deskcore.cli.installation import bare_app, entered, full_app


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Say what is unsafe or odd about the installation, and what to do about it."""
    from deskcore.cli.diagnosis import diagnose

    notes = list(diagnose())
    problems = [note for note in notes if note.level == "problem"]
    if as_json:
        click.echo(
            json.dumps([{"level": n.level, "about": n.about, "message": n.message} for n in notes], ensure_ascii=False)
        )
    else:
        for note in notes:
            click.echo(f"{note.level:<8} {note.about}: {note.message}")
        click.echo(
            "Nothing is wrong." if not notes else f"{len(problems)} to correct, {len(notes) - len(problems)} to know."
        )
    if problems:
        ctx.exit(1)


@click.command()
@click.option("--deep", is_flag=True, help="Read every stored file, too, and compare its content with its hash.")
@click.option("--plugins", is_flag=True, help="Load the plugins that are on, and have them check what they keep, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.pass_context
def fsck(ctx: click.Context, deep: bool, plugins: bool, as_json: bool) -> None:
    """Check that the data keeps its invariants; it only reads."""
    from deskcore.extensions import db
    from deskcore.fsck import check_all, check_plugins

    with _counter(as_json) as progress:
        with bare_app():
            result = check_all(db.session(), progress, deep=deep)
        if plugins:
            with entered(full_app()):
                result.findings += check_plugins(progress)
    if as_json:
        click.echo(json.dumps(result.as_json(), ensure_ascii=False))
    else:
        for finding in result.findings:
            click.echo(f"{finding.where}: {finding.message} ({finding.check})")
        click.echo(f"{result.checked} tickets checked, {len(result.findings)} findings.")
    if result.findings:
        ctx.exit(1)


@contextmanager
def _counter(as_json: bool) -> Iterator[Callable[[int], None]]:
    """Show how far it is where a person waits at a terminal."""
    if as_json or not sys.stderr.isatty():
        yield lambda checked: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Checking …") as status:
        yield lambda checked: status.update(f"{checked} tickets checked …")
