"""News of a plugin that no ticket is about: told to the others after the commit, again until they have heard it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from conftest import AUDIT_KEYS, _settings
from deskcore import clock
from deskcore.app import create_app
from deskcore.events.models import JobRow
from deskcore.extensions import db, engine_options
from deskcore.hooks import state
from deskcore.hooks.sources import find_plugins
from deskcore.plugin import tickets, unit_of_work
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from deskcore.worker import Worker
from tests.hooks.conftest import MANIFEST

SENDS = """
def fuel_ran_low(told):
    \"\"\"Do what follows when a car needs fuel.\"\"\"
HOOKS = (fuel_ran_low,)
"""
HEARS = """
from deskcore.plugin import hookimpl
heard, failures = [], []
@hookimpl
def fuel_ran_low(told):
    if failures:
        raise ValueError(failures.pop())
    heard.append(dict(told))
"""


def write(folder: Path, name: str, body: str, requires: str = "deskcore>=0.1,<0.2") -> None:
    package = folder / name / f"deskcore_{name}"
    package.mkdir(parents=True)
    values = {"distribution": f"deskcore-{name.replace('_', '-')}", "version": "1.0", "package": package.name}
    manifest = MANIFEST.format(name=name, requires=requires, **values)
    package.parent.joinpath("setup.cfg").write_text(manifest, encoding="utf-8")
    package.joinpath("__init__.py").write_text(body, encoding="utf-8")


@pytest.fixture
def told(tmp_path: Path, database_url: str) -> Iterator[Flask]:
    """An application in which one plugin has news, and another one hears them."""
    folder = tmp_path / "fuel"
    write(folder, "fuel_sends", SENDS)
    write(folder, "fuel_hears", HEARS, "deskcore>=0.1,<0.2\n    deskcore-fuel-sends>=1.0")
    declarations = find_plugins([folder]).declarations
    engine = sa.create_engine(database_url, **engine_options(database_url, AUDIT_KEYS))
    with state.own_transaction(engine) as connection:
        state.first_sight(connection, declarations, ("fuel_sends", "fuel_hears"))
    engine.dispose()
    app = create_app(_settings(tmp_path, database_url) | {"plugin_folders": (str(folder),)})
    yield app
    with app.app_context():
        db.engine.dispose()
    for name in ("deskcore_fuel_sends", "deskcore_fuel_hears"):
        sys.modules.pop(name, None)


def hearing() -> Any:
    return sys.modules["deskcore_fuel_hears"]


def test_news_are_told_after_the_commit_and_again_after_a_failure(told: Flask) -> None:
    hearing().failures.append("not now")
    with told.app_context(), acting_as(SYSTEM), unit_of_work():
        tickets.tell("fuel_ran_low", {"plate": "GD 12345"})
        assert hearing().heard == []
    Worker(told).run_once()
    assert hearing().heard == []
    with clock.at(clock.now() + timedelta(hours=1)):
        Worker(told).run_once()
        Worker(told).run_once()
    assert hearing().heard == [{"plate": "GD 12345"}]


def test_what_is_rolled_back_is_never_told(told: Flask) -> None:
    def fails() -> None:
        with unit_of_work():
            tickets.tell("fuel_ran_low", {"plate": "GD 12345"})
            raise ValueError("no")

    with told.app_context(), acting_as(SYSTEM):
        with pytest.raises(ValueError, match="no"):
            fails()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(JobRow).where(JobRow.kind == "core.told")) == 0
        with pytest.raises(LookupError, match="trip_ended"):
            tickets.tell("trip_ended", {})
