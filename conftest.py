"""Fixtures: an application on each database, with a small organisation and the bundled plugins."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.engine import make_url
from werkzeug.routing import Rule

from deskcore.app import create_app
from deskcore.config import Config
from deskcore.extensions import db, engine_options
from deskcore.hooks import state
from deskcore.hooks.migrations import Migrations
from deskcore.hooks.sources import find_plugins, install_finder, standard_folders
from deskcore.people import services as people
from deskcore.people.models import DeskGrant, Person
from deskcore.people.services import create_person, find_person, grant, join_team
from deskcore.runtime import runtime
from deskcore.testing import guarded, statements
from deskcore.viewer import Area, Viewer
from deskcore.work import acting_as

# Plugins lie in folders: their packages must be importable before their tests are collected.
install_finder(find_plugins(standard_folders(Path("instance"))).declarations.values())

# No timed tests; and in CI the same examples each time, so that a red run can be repeated.
settings.register_profile("deskcore", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("deskcore")


class _CompiledOnce(BytecodeCache):
    """Keep compiled templates for every application of the process: compiling was two fifths of the suite's time."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], object] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))  # type: ignore[assignment]

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.code


Flask.jinja_options = {"bytecode_cache": _CompiledOnce()}

_compile_builder = Rule._compile_builder
_builders: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}


def _built_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Compile what builds the addresses of a route once a process: each application would take a tenth of a second."""
    key = (rule.rule, append_unknown, *rule._trace)
    if rule.defaults or key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


Rule._compile_builder = _built_once  # type: ignore[method-assign]
# Hundreds of tests sign in; what the real hasher costs is tested where it is the subject.
people._hasher = PasswordHasher.from_parameters(CHEAPEST)
people._NOBODY = people._hasher.hash("nobody has this password")

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "meridian-demo"
POSTGRES = os.environ.get("DESKCORE_TEST_DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
BUNDLED = ("it_desk",)
DUMMIES = Path(__file__).parent / "tests" / "plugins"
#: The same for all, because what is copied from a template is signed with it.
SECRET_KEY = "the secret key of the tests, which everybody may know"
AUDIT_KEYS = Config(secret_key=SECRET_KEY).audit_keys


@pytest.fixture(autouse=True)
def _guard() -> Iterator[None]:
    """Fail every test in which SQL names tickets and went around the access policy."""
    with guarded():
        yield


def _settings(folder: Path, url: str) -> dict[str, object]:
    return {
        "instance": folder,
        "database_url": url,
        "worker_threads": 0,
        "enabled_plugins": BUNDLED,
        "organisation": "Meridian",
        "secret_key": SECRET_KEY,
    }


def _prepare(folder: Path, url: str) -> None:
    """Create the schema, the plugins' desks and the people that every test knows."""
    engine = sa.create_engine(url, **engine_options(url, AUDIT_KEYS))
    Migrations(engine).upgrade_core()
    engine.dispose()
    app = create_app(_settings(folder, url))
    with app.app_context():
        Migrations(db.engine, runtime().plugins.declarations).upgrade_all()
        _people()
        db.session.remove()
        db.engine.dispose()


def _people() -> None:
    piotr = create_person("piotr.zielinski@meridian.example", "Piotr Zieliński", PASSWORD, job_title="Head of sales")
    hashed = piotr.password_hash
    for email, name, more in (
        ("anna.kowalska", "Anna Kowalska", {"manager_id": piotr.id, "job_title": "Sales specialist"}),
        ("jan.wojcik", "Jan Wójcik", {"manager_id": piotr.id}),
        ("marek.nowak", "Marek Nowak", {}),
        ("ola.mazur", "Ola Mazur", {}),
        ("kasia.dabrowska", "Kasia Dąbrowska", {}),
        ("admin", "Adam Administrator", {"administrator": True}),
    ):
        create_person(f"{email}@meridian.example", name, None, password_hash=hashed, **more)
    for email, role, team in (("marek.nowak", "agent", "l1"), ("ola.mazur", "lead", "l2")):
        person = find_person(f"{email}@meridian.example")
        assert person is not None
        grant(person, "it", role)
        join_team(person, "it", team)


def app_with_dummy(folder: Path, url: str, **settings_: object) -> Flask:
    """Build an application on a prepared database that has the dummy plugin with its desk too."""
    dummies = find_plugins([DUMMIES]).declarations
    engine = sa.create_engine(url, **engine_options(url, AUDIT_KEYS))
    with state.own_transaction(engine) as connection:
        state.first_sight(connection, dummies, ("dummy_all",))
    assert Migrations(engine, dummies).upgrade_plugin("dummy_all")
    engine.dispose()
    return create_app(_settings(folder, url) | {"plugin_folders": (str(DUMMIES),)} | settings_)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium once a process, which can have one alone; without it tests skip, and fail in CI."""
    if not CHROMIUM.exists():
        reason = f"there is no Chromium at {CHROMIUM}: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a SQLite database that tests copy."""
    folder = tmp_path_factory.mktemp("sqlite-template")
    path = folder / "deskcore.db"
    _prepare(folder, f"sqlite:///{path}")
    with sa.create_engine(f"sqlite:///{path}").connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def _server() -> psycopg.Connection[tuple[object, ...]]:
    url = make_url(POSTGRES)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
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
    server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    server.close()


def _named(name: str) -> str:
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Name the database that a test runs on; it runs on both."""
    return str(request.param)


@contextmanager
def _copied(database: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Copy the prepared database for as long as the block lasts."""
    if database == "sqlite":
        path = folder / "deskcore.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("postgres_template")
    name = template.replace("template", request.scope)
    with _server() as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _named(name)
    with _server() as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def _built(url: str, folder: Path) -> Iterator[Flask]:
    application = create_app(_settings(folder, url))
    application.config["WTF_CSRF_ENABLED"] = False
    application.testing = True
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def database_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a fresh copy of the prepared database."""
    with _copied(database, request, tmp_path) as url:
        yield url


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Build an application on a fresh database, outside any request."""
    with _built(database_url, tmp_path) as application:
        yield application


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Build an application for all tests of a module, which leave its database as they found it."""
    folder = tmp_path_factory.mktemp("shared")
    with _copied(request.param, request, folder) as url, _built(url, folder) as application:
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
    person = _person(name)
    grants = sa.select(DeskGrant.desk_id, DeskGrant.role).where(DeskGrant.person_id == person.id)
    roles = dict(db.session.execute(grants).all())
    return Viewer(person.id, area, roles, person.administrator, person.auditor)


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
