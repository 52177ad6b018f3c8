"""An installation whose surroundings fail: its database, its disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from threading import Event
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import URL, make_url

from conftest import PASSWORD, POSTGRES, SECRET_KEY
from deskcore.app import create_app
from deskcore.extensions import db
from deskcore.people.services import find_person
from deskcore.people.tokens import make_token
from tests.faults.proxy import Proxy
from tests.kills.clients import Client
from tests.kills.site import PLUGINS, Site

PEOPLE = ("anna.kowalska@meridian.example", "jan.wojcik@meridian.example", "piotr.zielinski@meridian.example")
#: Seconds that the database may take here, so that nobody waits half a minute for each failure.
TIMEOUT = 2


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add how long and hard faults are; ``make test-faults`` gives the full measure."""
    group = parser.getgroup("faults")
    group.addoption("--outage", type=float, help="seconds for which the database is away")
    group.addoption("--load", type=int, help="submissions at once")
    group.addoption("--patience", type=int, help="seconds that the database may take")


@pytest.fixture(scope="session")
def measure(request: pytest.FixtureRequest) -> Any:
    """Give ``measure("outage", 3.0)``: what the command line wants, or the default."""
    return lambda name, default: request.config.getoption(name, None) or default


@pytest.fixture(scope="module")
def postgres(postgres_template: str) -> Iterator[URL]:
    """Give a database of its own on the real server."""
    url = make_url(POSTGRES).set(database=postgres_template.replace("template", "faults"))
    with _server() as server:
        server.execute(f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {url.database} TEMPLATE {postgres_template}")
    yield url
    with _server() as server:
        server.execute(f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)")


def _server() -> psycopg.Connection[tuple[object, ...]]:
    plain = make_url(POSTGRES).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=3)


@pytest.fixture(scope="module")
def proxy(postgres: URL) -> Iterator[Proxy]:
    """Give the network in front of that database."""
    network = Proxy((postgres.host or "127.0.0.1", postgres.port or 5432))
    yield network
    network.close()


@pytest.fixture(scope="module")
def app(postgres: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Build the application that looks at the database past the proxy."""
    url = postgres.render_as_string(hide_password=False)
    own = {"instance": tmp_path_factory.mktemp("faults"), "database_url": url, "secret_key": SECRET_KEY}
    application = create_app(own)
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def site(app: Flask, postgres: URL, proxy: Proxy, measure: Any) -> Iterator[Site]:
    """Give a running installation that reaches its database through the proxy."""
    through = postgres.set(host="127.0.0.1", port=proxy.port)
    environment = {
        "DESKCORE_DATABASE_URL": through.render_as_string(hide_password=False),
        "DESKCORE_DATABASE_TIMEOUT": str(measure("patience", TIMEOUT)),
        "DESKCORE_SECRET_KEY": SECRET_KEY,
        "DESKCORE_PLUGIN_FOLDERS": str(PLUGINS),
        "DESKCORE_SIGN_IN_ATTEMPTS": "1000",
    }
    installation = Site(app.extensions["deskcore"].config.instance, environment)
    installation.command("plugin", "enable", "ledger")
    installation.start()
    yield installation
    installation.stop()


@pytest.fixture(scope="module")
def tokens(app: Flask, site: Site) -> list[str]:
    """Give an API token of everybody who sends."""
    with app.app_context():
        people = [find_person(email) for email in PEOPLE]
        return [make_token(person).token for person in people if person is not None]


@pytest.fixture
def network(proxy: Proxy) -> Iterator[Proxy]:
    """Give the network to a test that spoils it."""
    yield proxy
    proxy.restore()


@pytest.fixture(scope="module")
def anna(site: Site) -> Iterator[Client]:
    """Give Anna's browser, signed in."""
    with closing(Client(site.web.port, Event())) as browser:
        browser.sign_in(PEOPLE[0], PASSWORD)
        yield browser
