"""``deskcore init``: the instance folder, its configuration and key, the tables, the first administrator."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deskcore.cli.installation import bare_app, database, found_plugins, instance_folder
from deskcore.config import Config, load_config
from deskcore.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONFIG = """\
# The configuration of this Deskcore. docs/operations.md describes every key.
# A DESKCORE_* variable in the environment wins over a line in here: DESKCORE_BASE_URL=https://help.example.org

# The name in the header.
organisation = {organisation}

# The address under which people reach the helpdesk, for links. With https, cookies are sent over TLS only.
base_url = {base_url}

# The language of those who have not chosen one: en or pl.
default_language = {default_language}

# The zone in which dates and working hours are meant.
time_zone = "Europe/Warsaw"

# What the footer says to those who cannot sign in.
# help_contact = "Call 100 or come to room 2.14"

# Empty means SQLite in this folder.
# database_url = "postgresql+psycopg://deskcore@localhost/deskcore"

# Background threads in the server; 0 where “deskcore worker” runs apart.
worker_threads = 1

# Proxies in front of the server that may be believed about the client's address.
trusted_proxies = 0
"""
_DEMO = "\n# A demo organisation, whose accounts share a known password. Never set this for real work.\ndemo = true\n"


@click.command()
@click.option("--organisation", default="Deskcore", show_default=True, help="Name of the organisation.")
@click.option("--base-url", default="http://127.0.0.1:8000", show_default=True, help="Address that people will use.")
@click.option("--language", type=click.Choice(["en", "pl"]), default="en", show_default=True, help="Default language.")
@click.option(
    "--plugins/--no-plugins", "with_plugins", default=True, help="Switch on the plugins that are there (default)."
)
@click.option("--admin-email", metavar="EMAIL", help="Address of the first administrator; asked for when left out.")
@click.option("--admin-name", metavar="NAME", help="Name of the first administrator.")
@click.option("--admin-password-stdin", is_flag=True, help="Read the administrator's password from standard input.")
def init(
    organisation: str,
    base_url: str,
    language: str,
    with_plugins: bool,
    admin_email: str | None,
    admin_name: str | None,
    admin_password_stdin: bool,
) -> None:
    """Set up an installation; a second run changes nothing that is there."""
    folder = prepare_folder({"organisation": organisation, "base_url": base_url, "default_language": language})
    config = load_config()
    failed = prepare_database(config, with_plugins=with_plugins)
    click.echo(f"The instance folder is {folder.resolve()}; its configuration is config.toml.")
    for name in failed:
        click.echo(f"The plugin “{name}” was left out; “deskcore plugin list” says why.", err=True)
    with bare_app(config):
        _first_administrator(admin_email, admin_name, admin_password_stdin)
    click.echo("Start it with “deskcore run”. “deskcore check” says what is unsafe or odd.")


def prepare_folder(values: Mapping[str, str], *, demo: bool = False) -> Path:
    """Make the instance folder for its owner only, with a ``config.toml`` if it has none; return it.

    :param values: organisation, base_url and default_language of a new configuration.
    """
    folder = instance_folder()
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True)
        folder.chmod(0o700)
    path = folder / "config.toml"
    if not path.exists():
        quoted = {key: _toml(value) for key, value in values.items()}
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(_CONFIG.format(**quoted) + (_DEMO if demo else ""))
    return folder


def prepare_database(config: Config, *, with_plugins: bool = True) -> list[str]:
    """Bring the tables up to date and switch on plugins that were never seen before.

    :returns: names of the plugins that could not be made ready.
    """
    import sqlalchemy as sa

    from deskcore.extensions import engine_options
    from deskcore.hooks import state
    from deskcore.hooks.migrations import Migrations

    declarations = found_plugins(config).declarations
    engine = sa.create_engine(config.url, **engine_options(config.url, config.audit_keys))
    try:
        migrations = Migrations(engine, declarations)
        migrations.upgrade_core()
        with state.own_transaction(engine) as connection:
            known = set(state.read_states(connection))
            sound = [name for name, it in declarations.items() if it.problem is None]
            for name in [name for name in sound if with_plugins and name not in known]:
                state.enable(connection, declarations, name)
        results = migrations.upgrade_all()
    finally:
        engine.dispose()
    if config.sqlite_path is not None:
        config.sqlite_path.chmod(0o600)
    return [name for name, done in results.items() if not done]


def _first_administrator(email: str | None, name: str | None, password_stdin: bool) -> None:
    from sqlalchemy import select

    from deskcore.cli.users import link_for, read_password
    from deskcore.extensions import db
    from deskcore.people.models import Person
    from deskcore.people.services import create_person
    from deskcore.runtime import runtime

    if db.session.scalar(select(Person.id).where(Person.administrator, Person.active).limit(1)) is not None:
        click.echo("There is an administrator already.")
        return
    asked = email is None and sys.stdin.isatty()
    if asked:
        email = click.prompt("E-mail address of the first administrator", err=True)
        name = name or click.prompt("Name", err=True)
    if email is None:
        click.echo("There is no administrator yet: deskcore user create EMAIL --name NAME --administrator")
        say_where_to_set_up(runtime().config)
        return
    password = read_password(password_stdin) if password_stdin or asked else None
    person = create_person(email, name or email.partition("@")[0], password, administrator=True)
    click.echo(f"{person.email} is the administrator.")
    if password is None:
        click.echo(f"Set the password here: {link_for(person)}")


def say_where_to_set_up(config: Config) -> None:
    """Print the address at which the first administrator sets up; only while there is nobody."""
    from deskcore.people.first_run import nobody_is_here, setup_token

    with database(config) as engine, engine.connect() as connection:
        if nobody_is_here(connection):
            address = f"{config.base_url.rstrip('/')}/setup/{setup_token(config.secret_key)}"
            click.echo(f"Set up in the browser, once it runs: {address}")


def _toml(text: str) -> str:
    if any(ord(char) < 32 for char in text):
        raise ConfigurationError("A value of the configuration is one line of text.")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
