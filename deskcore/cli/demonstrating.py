"""``deskcore demo``: the organisation Meridian, ready to try."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from deskcore.cli.installation import entered, full_app
from deskcore.cli.setting_up import prepare_database, prepare_folder
from deskcore.config import load_config
from deskcore.errors import ConfigurationError


@click.command()
@click.option(
    "--on-network", is_flag=True, help="Make the demo for others too: its address becomes this computer's name."
)
@click.pass_context
def demo(ctx: click.Context, on_network: bool) -> None:
    """Make the demo organisation Meridian; a second run adds only what is missing."""
    from deskcore.demo.meridian import ACCOUNTS, ORGANISATION, PASSWORD, address

    base_url = f"http://{socket.getfqdn()}:8000" if on_network else "http://127.0.0.1:8000"
    values = {"organisation": ORGANISATION, "base_url": base_url, "default_language": "en"}
    folder = prepare_folder(values, demo=True)
    config = load_config()
    if not config.demo:
        raise ConfigurationError(
            f"The instance folder “{folder}” is not a demo. Name another one: deskcore --instance FOLDER demo"
        )
    failed = dict.fromkeys(prepare_database(config), "its tables could not be made")
    failed |= _seed()
    for name, reason in failed.items():
        click.echo(f"The plugin “{name}” has no demo, because {reason}.", err=True)
    click.echo(f"Meridian is ready at {config.base_url}. Start it with “{_run_command(on_network)}”.")
    click.echo(f"The password of every account is {PASSWORD}.")
    for account, who in ACCOUNTS:
        click.echo(f"  {address(account):<34} {who}")
    if failed:
        ctx.exit(1)


def _seed() -> dict[str, str]:
    from deskcore.demo.seeding import seed

    app = full_app()
    with entered(app), _progress() as progress:
        report = seed(progress)
    if report.people:
        click.echo(f"Added {report.people} people.")
    for plugin, count in report.tickets.items():
        if count:
            click.echo(f"Added {count} tickets of {plugin}.")
    return {name: f"it failed ({reason})" for name, reason in report.failed.items()}


def _run_command(on_network: bool) -> str:
    return "deskcore run --host 0.0.0.0 --demo-on-network" if on_network else "deskcore run"


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show what is made while a person waits at a terminal."""
    if not sys.stderr.isatty():
        yield lambda what: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Making the demo …") as status:
        yield lambda what: status.update(f"Making the demo: {what} …")
