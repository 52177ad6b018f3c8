"""The pytest plugin: fixtures for tests of Deskcore plugins.

pytest loads it by itself wherever Deskcore is installed. It does nothing in projects that are no plugin, and imports
the rest of the kit with the first fixture that is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser

    from deskcore.hooks.contributions import Desk
    from deskcore.testing import Canary, Catalogue, Delivered, House, Pages, Statements
    from deskcore.testing.house import Template
    from deskcore.tickets.snapshots import TicketView

_OPTION = "deskcore_plugins"
_MANIFEST = "setup.cfg"
_NOTE = "deskcore"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names further plugins."""
    parser.addini(_OPTION, "plugins that the one under test works with: names, or paths of their folders", "args")


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Let a ``conftest.py`` import the plugin that it belongs to."""
    arguments = getattr(early_config.known_args_namespace, "file_or_dir", [])
    for argument in (*arguments, str(early_config.invocation_params.dir)):
        _make_importable(Path(argument.partition("::")[0]).absolute())


def pytest_collect_directory(path: Path) -> None:
    """Let tests below a plugin's folder import the plugin."""
    if (path / _MANIFEST).is_file():
        _make_importable(path)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what the checks of pages left out."""
    reports = [one for each in terminalreporter.stats.values() for one in each if hasattr(one, "user_properties")]
    for said in dict.fromkeys(value for one in reports for name, value in one.user_properties if name == _NOTE):
        terminalreporter.write_line(str(said))


def _make_importable(place: Path) -> None:
    # Read first, because what reads manifests properly takes longer to import than other projects wait.
    if any(_declares_a_plugin(folder) for folder in (place, *place.parents)):
        from deskcore.testing.manifests import make_importable

        make_importable(place)


def _declares_a_plugin(folder: Path) -> bool:
    try:
        return "deskcore.plugins" in (folder / _MANIFEST).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


@pytest.fixture(scope="session")
def _deskcore_templates(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Callable[[Path], Template]:
    """Give the prepared database of the plugin in a folder, made once for each."""
    from deskcore.serve.starting import expect_little_garbage

    expect_little_garbage()
    from deskcore.testing.house import prepare

    made: dict[Path, Template | AssertionError] = {}
    root = pytestconfig.inipath.parent if pytestconfig.inipath else pytestconfig.rootpath
    more = tuple(str((root / each).resolve()) if "/" in each else each for each in pytestconfig.getini(_OPTION))

    def template(folder: Path) -> Template:
        if folder not in made:
            try:
                made[folder] = prepare(folder, tmp_path_factory.mktemp("deskcore"), more)
            except AssertionError as error:
                made[folder] = error
        found = made[folder]
        if isinstance(found, AssertionError):
            raise found
        return found

    return template


@pytest.fixture
def house(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    _deskcore_templates: Callable[[Path], Template],
) -> Iterator[House]:
    """Build an installation with the plugin under test; at the end, fail if the plugin failed unnoticed."""
    from deskcore.testing.house import opened
    from deskcore.testing.manifests import folder_above
    from deskcore.testing.sql import guarded

    folder = folder_above(request.path.parent)
    if folder is None:
        pytest.fail(
            f"No plugin is under test: no setup.cfg above {request.path} has an entry point in “deskcore.plugins”. "
            "Put the tests into the plugin's folder.",
            pytrace=False,
        )
    try:
        template = _deskcore_templates(folder)
    except AssertionError as error:
        pytest.fail(str(error), pytrace=False)
    with guarded(), opened(template, tmp_path_factory.mktemp("instance")) as made:
        yield made
        request.node.user_properties.extend((_NOTE, note) for note in made.notes)
        try:
            made.check_failures()
        except AssertionError as error:
            pytest.fail(str(error), pytrace=False)


@pytest.fixture
def app(house: House) -> Flask:
    """Give a Flask application on a fresh database, in which the plugin under test is switched on."""
    return house.app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a browser in which nobody is signed in."""
    return app.test_client()


@pytest.fixture
def as_user(house: House) -> Callable[[str], FlaskClient]:
    """Give ``as_user("agent")``: a browser in which somebody is signed in, by role or by e-mail address."""
    return house.as_user


@pytest.fixture
def api(house: House) -> Callable[[str], FlaskClient]:
    """Give ``api("agent")``: a client that sends somebody's API token, by role or by e-mail address."""
    return house.api


@pytest.fixture
def desk(house: House) -> Desk:
    """Give the plugin's first desk, as the plugin declares it."""
    if house.desk is None:
        pytest.fail(
            f"“{house.plugin}” has no desk: leave `desk` out. Tickets of `ticket()` are on a plain desk then, on which "
            "the agent and the lead work.",
            pytrace=False,
        )
    return house.desk


@pytest.fixture
def ticket(house: House) -> Callable[..., TicketView]:
    """Give ``ticket("request_type", field="answer")``: it opens a ticket as the requester, and returns it."""
    from deskcore.testing.tickets import opened_ticket

    def opened(request_type: str | None = None, /, **answers: Any) -> TicketView:
        return opened_ticket(house, request_type, answers)

    return opened


@pytest.fixture
def outbox(house: House) -> Callable[[], list[Delivered]]:
    """Give ``outbox()``: it does all deliveries and jobs that are due, and returns what plugins were told."""
    from deskcore.testing.outbox import delivered

    return lambda: delivered(house)


@pytest.fixture
def run_job(house: House) -> Callable[..., None]:
    """Give ``run_job("key", argument=1)``: it runs a job of the plugin in the worker."""
    from deskcore.testing import outbox

    def run(key: str, /, **arguments: Any) -> None:
        outbox.run_job(house, key, arguments)

    return run


@pytest.fixture
def setting(house: House) -> Callable[[str, Any], None]:
    """Give ``setting("key", value)``: it gives a setting of the plugin a value."""
    from deskcore.testing.switches import set_setting

    return lambda key, value: set_setting(house, key, value)


@pytest.fixture
def plugin_enabled(app: Flask) -> Callable[..., AbstractContextManager[None]]:
    """Give ``with plugin_enabled("name", False):``, a block in which a plugin is on or off."""
    from deskcore.testing import switches

    return lambda name, enabled=True: switches.plugin_enabled(app, name, enabled)


@pytest.fixture
def query_budget(app: Flask) -> Callable[[int], AbstractContextManager[Statements]]:
    """Give ``with query_budget(5):``, a block that fails when it runs more statements, and lists them."""
    from deskcore.extensions import db
    from deskcore.testing import sql

    with app.app_context():
        engine = db.engine
    return lambda most: sql.query_budget(engine, most)


@pytest.fixture
def failures(house: House) -> Callable[[], list[str]]:
    """Give ``failures()``: what the plugin failed at so far; a test that asks for it lets the plugin fail."""
    return house.failures


@pytest.fixture
def catalogue(house: House) -> Catalogue:
    """Give what people can ask for; ``catalogue.check()`` reads its texts, ``catalogue.ask()`` asks for all of it."""
    from deskcore.testing.catalogue import Catalogue

    return Catalogue(house)


@pytest.fixture
def canary(house: House) -> Canary:
    """Give a confidential ticket of another desk, with words in every field that nobody else may ever see."""
    from deskcore.testing.canary import opened_canary

    return opened_canary(house)


@pytest.fixture(scope="session")
def deskcore_browser() -> Iterator[Browser | str]:
    """Start one Chromium a process, which can have one alone; without it, give the reason."""
    from deskcore.testing.browser import chromium

    with chromium() as found:
        yield found


@pytest.fixture
def pages(house: House, request: pytest.FixtureRequest) -> Pages:
    """Give the plugin's pages; ``pages.check()`` reads each in both languages."""
    from deskcore.testing.pages import Pages

    return Pages(house, lambda: request.getfixturevalue("deskcore_browser"))
