"""An installation that is killed: its processes, its people, and who looks at it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import pytest
from flask import Flask

from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.hooks.migrations import Migrations
from deskcore.hooks.sources import find_plugins
from deskcore.people.services import find_person
from deskcore.people.tokens import make_token
from tests.kills.records import Records
from tests.kills.rounds import Driver
from tests.kills.site import PLUGINS, Site

PASSWORD = "meridian-demo"
TOLD = pytest.StashKey[list[str]]()
PEOPLE = ("anna.kowalska@meridian.example", "jan.wojcik@meridian.example", "piotr.zielinski@meridian.example")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add how long to kill; ``make test-kill`` gives the full measure."""
    group = parser.getgroup("kills")
    group.addoption("--rounds", type=int, help="rounds of killing")
    group.addoption("--submissions", type=int, help="submissions at once in each round")
    group.addoption("--kills", type=int, help="kills in each round at most")
    group.addoption("--jobs", type=int, help="events and jobs for eight workers")
    group.addoption("--processes", type=int, help="processes in which they are")
    group.addoption("--seed", type=int, help="seed of the killing, to see it again")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the drivers did."""
    for table in config.stash.get(TOLD, []):
        terminalreporter.write_line(f"\n{table}")


@pytest.fixture
def measure(request: pytest.FixtureRequest) -> Any:
    """Give ``measure("rounds", 1)``: what the command line wants, or the default."""
    return lambda name, default: request.config.getoption(name, None) or default


@pytest.fixture
def site(app: Flask, database_url: str, tmp_path: Path) -> Iterator[Site]:
    """Give an installation with the ledger, of which nothing runs yet."""
    environment = {
        "DESKCORE_DATABASE_URL": database_url,
        "DESKCORE_SECRET_KEY": app.config["SECRET_KEY"],
        "DESKCORE_PLUGIN_FOLDERS": str(PLUGINS),
        "DESKCORE_SIGN_IN_ATTEMPTS": "1000",
    }
    declarations = find_plugins([PLUGINS]).declarations
    with app.app_context():
        with state.own_transaction(db.engine) as connection:
            state.first_sight(connection, declarations, ("ledger",))
        assert Migrations(db.engine, declarations).upgrade_plugin("ledger")
    installation = Site(tmp_path, environment)
    yield installation
    installation.stop()


@pytest.fixture
def records(app: Flask, site: Site) -> Records:
    """Give the tables of the installation."""
    return Records(app)


@pytest.fixture
def tokens(app: Flask) -> list[str]:
    """Give an API token of everybody who sends."""
    with app.app_context():
        people = [find_person(email) for email in PEOPLE]
        return [make_token(person).token for person in people if person is not None]


@pytest.fixture
def driver(
    request: pytest.FixtureRequest, database: str, site: Site, records: Records, tokens: list[str], measure: Any
) -> Iterator[Driver]:
    """Give the driver of a running installation; what it did is printed in the end."""
    seed = measure("seed", SystemRandom().randrange(10**6))
    site.start()
    driving = Driver(site, records, Random(seed), PEOPLE, tokens, PASSWORD)
    yield driving
    told = request.config.stash.setdefault(TOLD, [])
    told.append(f"{database}, seed {seed}, {site.turned_away} starts turned away\n{driving.table()}")
