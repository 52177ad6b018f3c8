"""One application per module, on SQLite, and a real server in front of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from deskcore.app import create_app
from deskcore.extensions import db
from deskcore.testing.browser import serving
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from tests.bad_inputs.callers import PASSWORD, Program, address, asks, program_of, signed_in
from tests.bad_inputs.cases import Case, collection


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    """One case of the collection."""
    found = collection().get(request.param)
    assert found is not None, f"the collection has no case {request.param} any more"
    return found


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Name the database; these tests run on SQLite, save those that say otherwise."""
    return str(getattr(request, "param", "sqlite"))


@contextmanager
def _built(folder: Path, template: Path, **more: Any) -> Iterator[Flask]:
    shutil.copy(template, folder / "deskcore.db")
    settings = {
        "instance": folder,
        "database_url": f"sqlite:///{folder / 'deskcore.db'}",
        "worker_threads": 0,
        "enabled_plugins": ("it_desk",),
        "organisation": "Meridian",
        "sign_in_attempts": 1000,
    }
    application = create_app(settings | more)
    application.config["WTF_CSRF_ENABLED"] = False
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Flask]:
    """An application that the tests of a module share; each brings tickets of its own."""
    with _built(tmp_path_factory.mktemp("house"), sqlite_template) as application:
        yield application


@pytest.fixture
def with_tokens(house: Flask) -> Iterator[Flask]:
    """The application as it is outside of tests: every form needs its token."""
    house.config["WTF_CSRF_ENABLED"] = True
    yield house
    house.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture(scope="module")
def _clients(house: Flask) -> dict[str, Any]:
    return {}


@pytest.fixture
def browser(house: Flask, _clients: dict[str, Any]) -> Callable[[str], FlaskClient]:
    """Give ``browser("anna.kowalska")``: a browser of somebody of Meridian, the same each time."""

    def one(name: str) -> FlaskClient:
        if name not in _clients:
            _clients[name] = signed_in(house, name)
        found: FlaskClient = _clients[name]
        return found

    return one


@pytest.fixture
def anna(browser: Callable[[str], FlaskClient]) -> FlaskClient:
    """Anna raises requests."""
    return browser("anna.kowalska")


@pytest.fixture
def jan(browser: Callable[[str], FlaskClient]) -> FlaskClient:
    """Jan takes part in nothing of Anna's."""
    return browser("jan.wojcik")


@pytest.fixture
def marek(browser: Callable[[str], FlaskClient]) -> FlaskClient:
    """Marek is an agent of the IT desk."""
    return browser("marek.nowak")


@pytest.fixture
def program(house: Flask) -> Callable[..., Program]:
    """Give ``program("marek.nowak", scopes=…)``: a caller of the API."""
    return lambda name, **token: program_of(house, name, **token)


def hide(app: Flask, number: str) -> None:
    """Let only those who take part see a ticket."""
    with app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        hidden = update(Ticket).where(Ticket.number == number).values(visibility="named")
        session.execute(hidden, execution_options={"synchronize_session": False})


@pytest.fixture
def hidden(house: Flask, anna: FlaskClient) -> Callable[..., str]:
    """Give a function that opens a request of Anna's which no agent sees, and returns its number."""

    def made(**changed: Any) -> str:
        number = asks(anna, **changed)
        hide(house, number)
        return number

    return made


def dump(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table."""
    with app.app_context(), db.engine.connect() as connection:
        named = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        tables = [row[0] for row in connection.exec_driver_sql(named)]
        # Asked of the driver: the guard against SQL outside the policy is not for a test that compares everything.
        raw: Any = connection.connection.driver_connection
        return {table: sorted(raw.execute(f'SELECT * FROM "{table}"').fetchall(), key=repr) for table in tables}


def token_of(browser: FlaskClient, path: str) -> str:
    """Return the token in the form of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(path).text)
    assert found is not None
    return found[1]


def sign_in_with_token(app: Flask, name: str, browser: FlaskClient | None = None) -> FlaskClient:
    """Sign somebody in where forms need their tokens."""
    browser = browser or app.test_client()
    sent = {"email": address(name), "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
    assert browser.post("/login", data=sent).status_code == 303
    return browser


@pytest.fixture(scope="module")
def server(house: Flask) -> Iterator[tuple[str, int]]:
    """Host and port of a real server in front of the module's application."""
    with serving(house) as place:
        yield place


@pytest.fixture
def small_house(tmp_path: Path, sqlite_template: Path) -> AbstractContextManager[Flask]:
    """An application that takes files of one megabyte and requests of two."""
    return _built(tmp_path, sqlite_template, max_upload=1024 * 1024, max_request=2 * 1024 * 1024)
