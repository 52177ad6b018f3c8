"""One installation with everything in it, put back after each test, on SQLite: the rules are about routes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deskcore.extensions import db
from tests.access.world import World, build


@pytest.fixture(scope="session")
def _world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = build(tmp_path_factory.mktemp("security"), sqlite_template)
    world.app.config["WTF_CSRF_ENABLED"] = True
    yield world
    with world.app.app_context():
        db.engine.dispose()


@pytest.fixture
def world(_world: World) -> Iterator[World]:
    """People of every role, tickets with files, a plugin with pages; forms need their tokens."""
    yield _world
    _world.restore()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Name the database of tests that build an installation of their own; SQLite, save for those that say otherwise."""
    return str(getattr(request, "param", "sqlite"))
