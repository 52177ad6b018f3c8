"""``deskcore run`` and ``deskcore worker``: the parent of the processes that serve and work."""

from __future__ import annotations

import logging
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from deskcore.cli.installation import existing_config, has_database
from deskcore.errors import ConfigurationError
from deskcore.safety import dangers_at_home, dangers_in_public, refuse

if TYPE_CHECKING:
    from deskcore.config import Config


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option("--reload", is_flag=True, help="Start anew when a file of a plugin in a folder changes; for developers.")
@click.option("--demo-on-network", is_flag=True, help="Let others reach a demo, whose passwords everybody knows.")
@click.pass_context
def run(ctx: click.Context, host: str, port: int, reload: bool, demo_on_network: bool) -> None:
    """Serve the helpdesk; restarts by itself after a crash or when a plugin was switched on."""
    config = existing_config()
    _require_database(config)
    refuse(dangers_at_home(config))
    refuse(dangers_in_public(config, host, demo_on_network=demo_on_network))
    listener = _listener(host, port)
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"Deskcore serves http://{shown}:{listener.getsockname()[1]}  (stop with Ctrl+C)")
    _say_where_to_set_up(config)
    ctx.exit(_supervise(["serve", "--reload"] if reload else ["serve"], listener))


@click.command()
@click.pass_context
def worker(ctx: click.Context) -> None:
    """Deliver events and run jobs; start as many as you like, on any host that reaches the database."""
    config = existing_config()
    _require_database(config)
    refuse(dangers_at_home(config))
    click.echo("Deskcore works  (stop with Ctrl+C)")
    ctx.exit(_supervise(["work"], None))


def _supervise(arguments: list[str], listener: socket.socket | None) -> int:
    from deskcore.serve.supervisor import Supervisor

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return Supervisor(arguments, listener).run()


def _require_database(config: Config) -> None:
    if not has_database(config):
        remedy = "deskcore demo" if config.demo else "deskcore init"
        raise ConfigurationError(f"There is no database “{config.sqlite_path}” yet; run “{remedy}”.")


def _say_where_to_set_up(config: Config) -> None:
    from sqlalchemy.exc import SQLAlchemyError

    from deskcore.cli.setting_up import say_where_to_set_up

    # Without tables, or without a database, the process that serves says what is wrong.
    with suppress(SQLAlchemyError):
        say_where_to_set_up(config)


def _listener(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise ConfigurationError(f"There is no address “{host}” here; give another with --host.") from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"Cannot listen on {host} port {port} ({error.strerror}); choose another with --port or --host."
        ) from error
    listener.set_inheritable(True)
    return listener
