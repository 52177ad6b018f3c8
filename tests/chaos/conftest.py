"""Houses in which a plugin misbehaves, and the table of what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from conftest import AUDIT_KEYS, DUMMIES
from deskcore.extensions import engine_options
from deskcore.hooks import state
from deskcore.hooks.sources import find_plugins
from tests.chaos.scenario import BAD, House
from tests.chaos.table import Table
from tests.conftest import _copied

TABLE = Table()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole-matrix", action="store_true", help="every behaviour in every place, on each database")


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what came of it, when the whole matrix ran."""
    if TABLE.cells and terminalreporter.config.getoption("--whole-matrix", False):
        terminalreporter.write_line("")
        for line in TABLE.lines():
            terminalreporter.write_line(line)


@pytest.fixture
def table() -> Table:
    return TABLE


@pytest.fixture(scope="module")
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], tuple[Path, str]]]:
    """Give ``installation("sqlite")``: folder and database of one in which the plugin is on; the same each time."""
    made: dict[str, tuple[Path, str]] = {}
    with ExitStack() as stack:

        def found(database: str) -> tuple[Path, str]:
            if database not in made:
                folder = tmp_path_factory.mktemp(f"chaos-{database}")
                made[database] = folder, stack.enter_context(_copied(database, request, folder))
                switch_on(made[database][1])
            return made[database]

        yield found


@pytest.fixture(scope="module")
def house(installation: Callable[[str], tuple[Path, str]]) -> Iterator[Callable[[str], House]]:
    """Give ``house("sqlite")``: one application for all cases in which the plugin starts properly."""
    built: dict[str, House] = {}

    def found(database: str) -> House:
        if database not in built:
            built[database] = House(*installation(database))
        return built[database]

    yield found
    for each in built.values():
        each.close()


def switch_on(url: str) -> None:
    """Switch the plugin on, or on again after it was paused."""
    engine = sa.create_engine(url, **engine_options(url, AUDIT_KEYS))
    with state.own_transaction(engine) as connection:
        state.first_sight(connection, find_plugins([DUMMIES]).declarations, (BAD,))
        state.resume(connection, BAD)
    engine.dispose()
