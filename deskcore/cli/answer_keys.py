"""``deskcore keys …``: the keys of sensitive answers; no plugin is loaded."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from deskcore.cli.installation import bare_app
from deskcore.errors import ConfigurationError

if TYPE_CHECKING:
    from deskcore.tickets.sealing_stored import Rotated

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


@click.group()
def keys() -> None:
    """Look after the keys with which sensitive answers are encrypted."""


@keys.command("list")
@_json
def list_(as_json: bool) -> None:
    """Show the keys, newest first, and how much is encrypted with each; never the keys themselves.

    What plugins keep encrypted is counted with the tickets.
    """
    from deskcore.answer_keys import read_keys
    from deskcore.extensions import db
    from deskcore.runtime import runtime
    from deskcore.tickets.sealing_stored import used_keys

    with bare_app():
        known, used = read_keys(runtime().config.instance).keys, used_keys(db.session())
    rows = [{"id": key.id, "made_at": key.made_at, "tickets": used.pop(key.id, 0)} for key in known]
    rows += [{"id": key, "made_at": None, "tickets": count} for key, count in sorted(used.items())]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        made = f"made {row['made_at']}" if row["made_at"] else "MISSING: its answers cannot be opened"
        click.echo(f"{row['id'] or 'damaged':<8}  {row['tickets']:>8} tickets  {made}")
    if not rows:
        click.echo("There is no key yet; the first sensitive answer makes one.")


@keys.command()
@_json
@click.pass_context
def rotate(ctx: click.Context, as_json: bool) -> None:
    """Make a new key and encrypt every sensitive answer with it, while the helpdesk serves.

    It can be stopped at any moment; run it again, and it goes on with the same key. Older keys stay in the file,
    because backups need them; “deskcore keys forget” removes one that no ticket uses.
    """
    from deskcore.tickets import sealing_stored

    with bare_app(), _counter(as_json) as progress:
        done = sealing_stored.rotate(progress)
        clear = sealing_stored.seal_stored()
    if as_json:
        said = {"key": done.key.id, "continued": done.continued, "tickets": done.tickets, "lost": done.lost}
        click.echo(json.dumps(said | {"clear": clear}))
    else:
        _say(done, clear)
    if done.lost:
        ctx.exit(1)


def _say(done: Rotated, clear: int) -> None:
    begun = "An earlier change of keys was brought to its end" if done.continued else "There is a new key"
    click.echo(f"{begun}: {done.key.id}. {done.tickets} tickets were encrypted anew.")
    if done.values:
        click.echo(f"{done.values} values of plugins, too.")
    if clear:
        click.echo(f"{clear} tickets held sensitive answers in clear; they are encrypted now.")
    if done.lost:
        click.echo(f"{done.lost} answers cannot be opened and stay as they were; “deskcore fsck” names them.", err=True)
    click.echo("Make a backup now: older ones need the older keys, which stay in the file.")


@keys.command()
@click.argument("key")
def forget(key: str) -> None:
    """Remove the key of this id, which no ticket may use; what older backups hold under it can never be opened."""
    from deskcore.answer_keys import forget_keys, read_keys
    from deskcore.extensions import db
    from deskcore.runtime import runtime
    from deskcore.tickets.sealing_stored import used_keys

    with bare_app():
        instance = runtime().config.instance
        known = read_keys(instance)
        if key not in known.ids:
            raise ConfigurationError(f"There is no key “{key}”; “deskcore keys list” shows which there are.")
        if key == known.keys[0].id or used_keys(db.session()).get(key):
            raise ConfigurationError(f"The key “{key}” is in use; run “deskcore keys rotate” first.")
        forget_keys(instance, {key})
    click.echo(f"The key {key} is forgotten.")


@contextmanager
def _counter(as_json: bool) -> Iterator[Callable[[int], None]]:
    """Show how far it is where a person waits at a terminal."""
    if as_json or not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Encrypting …") as status:
        yield lambda count: status.update(f"{count} tickets encrypted …")
