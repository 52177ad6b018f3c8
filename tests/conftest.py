"""Fixtures: an application on each database, with a small organisation and the bundled plugins."""

from __future__ import annotations

import gc
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from sqlalchemy.engine import make_url

from conftest import BUNDLED, PASSWORD, POSTGRES, _prepare, _settings, switch_on
from deskcore.app import create_app
from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.people.services import find_person
from deskcore.testing import applications, guarded, statements
from deskcore.testing.house import settle
from deskcore.testing.people import viewer_of
from deskcore.viewer import Area, Viewer
from deskcore.work import acting_as
from tests.databases import Connection, Kept, keep, put_back

#: What the copies of this process held at first, by their names.
_KEPT: dict[str, Kept] = {}
#: Applications that can be used again, by the address of their database.
_APPLICATIONS: dict[str, applications.Kept] = {}


def pytest_collection_finish() -> None:
    """Never look again at what lives as long as the process: collecting took a tenth of the suite's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


@pytest.fixture(autouse=True)
def _guard() -> Iterator[None]:
    """Fail every test in which SQL names tickets and went around the access policy."""
    with guarded():
        yield


@pytest.fixture(scope="session")
def chromium(deskcore_browser: Browser | str) -> Browser:
    """Give the one Chromium of this process; without it tests skip, and fail in CI."""
    if isinstance(deskcore_browser, str):
        if os.environ.get("CI") == "true":
            pytest.fail(deskcore_browser)
        pytest.skip(deskcore_browser)
    return deskcore_browser


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a SQLite database that tests copy."""
    folder = tmp_path_factory.mktemp("sqlite-template")
    path = folder / "deskcore.db"
    _prepare(folder, f"sqlite:///{path}")
    settle(f"sqlite:///{path}")
    return path


def _server(database: str | None = None) -> Connection:
    url = make_url(POSTGRES).set(drivername="postgresql")
    plain = (url.set(database=database) if database else url).render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=3)


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """Make a PostgreSQL database that tests copy; without a server they are skipped, and fail in CI."""
    try:
        server = _server()
    except psycopg.OperationalError as error:
        reason = f"PostgreSQL does not answer at {re.sub(':[^:@/]*@', ':…@', POSTGRES)}: {error}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    name = f"deskcore_template_{worker_id}_{os.getpid()}"
    server.execute(f"DROP DATABASE IF EXISTS {name}")
    server.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    _prepare(tmp_path_factory.mktemp("postgres-template"), _named(name))
    yield name
    for each in (name, *_KEPT):
        server.execute(f"DROP DATABASE IF EXISTS {each} WITH (FORCE)")
    server.close()


def _named(name: str) -> str:
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Name the database that a test runs on; it runs on both."""
    return str(request.param)


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Name the bundled plugins that are on beside the usual ones; modules that need more say so."""
    return ()


@contextmanager
def _copied(database: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Copy the prepared database for as long as the block lasts."""
    more: tuple[str, ...] = request.getfixturevalue("bundled")
    if database == "sqlite":
        path = folder / "deskcore.db"
        # A new file, whoever still has the old one open.
        for old in folder.glob("deskcore.db*"):
            old.unlink()
        shutil.copy(_with(request.getfixturevalue("sqlite_template"), more), path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("postgres_template")
    name = template.replace("template", "_".join((request.scope, *more)))
    if not _put_back(name):
        with _server() as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        switch_on(_named(name), *more)
        with _server(name) as connection:
            _KEPT[name] = keep(connection)
    yield _named(name)


def _with(template: Path, more: tuple[str, ...]) -> Path:
    """Return the SQLite database in which further plugins are on; it is made once."""
    path = template.with_name("_".join(("deskcore", *more)) + ".db")
    if not path.exists():
        shutil.copy(template, path)
        switch_on(f"sqlite:///{path}", *more)
        settle(f"sqlite:///{path}")
    return path


def _put_back(name: str) -> bool:
    """Give a copy what it held at first: a twentieth of the time that another copy takes."""
    if name not in _KEPT:
        return False
    with _server(name) as connection:
        return put_back(connection, _KEPT[name])


def _new_app(url: str, folder: Path, more: tuple[str, ...] = ()) -> Flask:
    application = create_app(_settings(folder, url) | {"enabled_plugins": (*BUNDLED, *more)})
    application.config["WTF_CSRF_ENABLED"] = False
    application.testing = True
    return application


@contextmanager
def _built(url: str, folder: Path, more: tuple[str, ...] = ()) -> Iterator[Flask]:
    application = _new_app(url, folder, more)
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def instance(database: str, tmp_path_factory: pytest.TempPathFactory, bundled: tuple[str, ...]) -> Path:
    """Give the folder of the application, which has nothing in it yet."""
    place = tmp_path_factory.getbasetemp() / "instances" / "_".join((database, *bundled))
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.fixture
def database_url(database: str, request: pytest.FixtureRequest, instance: Path) -> Iterator[str]:
    """Give a fresh copy of the prepared database."""
    with _copied(database, request, instance) as url:
        yield url


@pytest.fixture
def app(database_url: str, instance: Path, bundled: tuple[str, ...]) -> Iterator[Flask]:
    """Give an application on a fresh database, outside any request."""
    kept = _APPLICATIONS.pop(database_url, None)
    if kept is None:
        application = _new_app(database_url, instance, bundled)
        kept = applications.keep(application, instance)
    yield kept.app
    if applications.put_back(kept):
        _APPLICATIONS[database_url] = kept
    else:
        shutil.rmtree(instance)
        instance.mkdir()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_app(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, bundled: tuple[str, ...]
) -> Iterator[Flask]:
    """Build an application for all tests of a module, which leave its database as they found it."""
    folder = tmp_path_factory.mktemp("shared")
    with _copied(request.param, request, folder) as url, _built(url, folder, bundled) as application:
        yield application


@pytest.fixture
def app_context(app: Flask) -> Iterator[Flask]:
    """Run the test inside the application's context."""
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a browser in which nobody is signed in."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[str], FlaskClient]:
    """Give a function that signs somebody of Meridian in, by the part of the address before the @."""

    def signed_in(name: str) -> FlaskClient:
        browser = app.test_client()
        answer = browser.post("/login", data={"email": f"{name}@meridian.example", "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return browser

    return signed_in


def _person(name: str) -> Person:
    person = find_person(f"{name}@meridian.example")
    assert person is not None
    return person


def _viewer(name: str, area: Area = "portal") -> Viewer:
    return viewer_of(f"{name}@meridian.example", area)


@pytest.fixture
def person_named(app_context: Flask) -> Callable[[str], Person]:
    """Give a function that finds somebody of Meridian by the part of the address before the @."""
    return _person


@pytest.fixture
def viewer_named(app_context: Flask) -> Callable[..., Viewer]:
    """Give ``viewer_named("marek.nowak", "workspace")``: somebody of Meridian as a viewer in an area."""
    return _viewer


@pytest.fixture
def act(app_context: Flask) -> Callable[..., object]:
    """Give ``act("marek.nowak", "workspace")``: a block in which the session is that person's."""
    return lambda name, area="portal": acting_as(_viewer(name, area))


@pytest.fixture
def count_statements(app: Flask) -> Callable[[], object]:
    """Give a block that collects the statements which run inside it."""

    def counting() -> object:
        with app.app_context():
            return statements(db.engine)

    return counting
