"""Plugins written on the spot, in an installation of their own with a real database."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from conftest import AUDIT_KEYS
from deskcore import audit
from deskcore.audit.models import AuditEntry, AuditHead
from deskcore.extensions import Base, engine_options
from deskcore.hooks import loader, models, state
from deskcore.hooks.breaker import HookLimits
from deskcore.hooks.callers import Callers
from deskcore.hooks.failures import read_failures
from deskcore.hooks.migrations import Migrations
from deskcore.hooks.registry import Registry
from deskcore.hooks.sources import Found, find_plugins
from deskcore.hooks.state import StateRow
from deskcore.tickets.snapshots import EventView, PersonView, TicketDraft, TicketView, Transition

DUMMIES = Path(__file__).resolve().parent.parent / "plugins"
TABLES = [
    models.PluginState, models.PluginSetting, models.PluginFailure, models.PluginHealth, models.SystemState,
    models.Heartbeat, AuditEntry, AuditHead,
]  # fmt: skip

MANIFEST = """
[metadata]
name = {distribution}
version = {version}
description = A plugin of the tests.

[options]
install_requires =
    {requires}

[options.entry_points]
deskcore.plugins =
    {name} = {package}
"""


@dataclass
class Site:
    """An installation: a folder of plugins, a database, and what is loaded from them."""

    folder: Path
    engine: Engine
    limits: HookLimits = field(default_factory=lambda: HookLimits(deadline=5.0, start=20.0))
    registry: Registry | None = None

    def plugin(self, name: str, body: str = "", *, requires: tuple[str, ...] = (), **manifest: str) -> Path:
        """Write a plugin folder; ``body`` becomes its package's code."""
        values = {"distribution": f"deskcore-{name.replace('_', '-')}", "version": "1.0", "package": f"deskcore_{name}"}
        lines = "\n    ".join(("deskcore>=0.1,<0.2", *requires))
        place = self.folder / name
        package = place / (values | manifest)["package"]
        package.mkdir(parents=True)
        place.joinpath("setup.cfg").write_text(
            MANIFEST.format(**({"name": name, "requires": lines} | values | manifest)), encoding="utf-8"
        )
        opening = (
            "from deskcore.hooks.markers import hookimpl\n"
            "from deskcore.hooks.contributions import *; from deskcore.hooks.page_parts import *; "
            "from deskcore.hooks.installation_parts import *\n"
        )
        package.joinpath("__init__.py").write_text(opening + textwrap.dedent(body), encoding="utf-8")
        return place

    def found(self, *more: Path) -> Found:
        return find_plugins([self.folder, *more])

    def load(self, *enabled: str, folders: tuple[Path, ...] = (), **options: Any) -> Registry:
        """Load the folder's plugins; those named are switched on when seen for the first time."""
        found = self.found(*folders)
        self.registry = loader.load(
            self.engine, found, enabled_plugins=enabled, **{"limits": self.limits, "safe_mode": False} | options
        )
        return self.registry

    def load_dummies(self, *enabled: str, **options: Any) -> Registry:
        """Load the dummy plugins of the tests, their tables made before."""
        found = self.found(DUMMIES)
        self.write(state.first_sight, found.declarations, enabled)
        Migrations(self.engine, found.declarations).upgrade_all(set(enabled))
        return self.load(*enabled, folders=(DUMMIES,), **options)

    def callers(self) -> Callers:
        return Callers(lambda: cast("Registry", self.registry), self.engine)

    def swap(self) -> Registry:
        """Take over what is recorded now, as a process does that sees a new epoch."""
        assert self.registry is not None
        with self.engine.connect() as connection:
            self.registry = self.registry.refreshed(connection)
        return self.registry

    def states(self) -> dict[str, StateRow]:
        with self.engine.connect() as connection:
            return state.read_states(connection)

    def write(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call a function of ``state`` in a transaction."""
        with state.own_transaction(self.engine) as connection:
            return function(connection, *arguments, **options)

    def failures(self) -> dict[tuple[str, str], int]:
        with self.engine.connect() as connection:
            return {(row["plugin"], row["slot"]): row["count"] for row in read_failures(connection)}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty database: a file, or a schema of its own where DESKCORE_TEST_DATABASE_URL names PostgreSQL."""
    url = os.environ.get("DESKCORE_TEST_DATABASE_URL", "")
    if not url.startswith("postgresql"):
        engine = sa.create_engine(f"sqlite:///{tmp_path / 'test.db'}", **engine_options("sqlite", AUDIT_KEYS))
        yield engine
        engine.dispose()
        return
    schema, outer = f"hooks_{uuid4().hex}", sa.create_engine(url)
    with outer.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    options = engine_options(url, AUDIT_KEYS)
    options["connect_args"]["options"] += f" -c search_path={schema}"
    engine = sa.create_engine(url, **options)
    yield engine
    engine.dispose()
    with outer.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    outer.dispose()


@pytest.fixture
def site(tmp_path: Path, engine: Engine) -> Iterator[Site]:
    """An installation without plugins; what it imports is forgotten afterwards."""
    before, finders = set(sys.modules), list(sys.meta_path)
    Base.metadata.create_all(engine, tables=[cast("sa.Table", model.__table__) for model in TABLES])
    # The core's other tables play no part here; this database counts as up to date without them.
    [head] = Migrations(engine).heads()
    with state.own_transaction(engine) as connection:
        audit.begin(connection)
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{head}')")
    folder = tmp_path / "plugins"
    folder.mkdir()
    yield Site(folder, engine)
    sys.meta_path[:] = finders
    for name in set(sys.modules) - before:
        if name.startswith("deskcore_") and not name.startswith("deskcore_dummy_"):
            del sys.modules[name]


@pytest.fixture
def person() -> PersonView:
    return PersonView("anna.kowalska@meridian.example", "Anna Kowalska")


@pytest.fixture
def draft(person: PersonView) -> Callable[..., TicketDraft]:
    def make(subject: str = "A visitor", **more: Any) -> TicketDraft:
        answers = more.pop("answers", {"guest": "Jan", "days": ["Monday", {"hour": 9}]})
        return TicketDraft("dummy", "dummy_visit", subject, "", "normal", person, "portal", answers, **more)

    return make


@pytest.fixture
def ticket(person: PersonView) -> Callable[..., TicketView]:
    moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def make(subject: str = "A visitor") -> TicketView:
        return TicketView(
            "DMY-1", "dummy", "dummy_visit", subject, "", "new", "new", "normal", person, None, "", (),
            {"guest": "Jan"}, {}, "portal", 1, moment, moment,
        )  # fmt: skip

    return make


@pytest.fixture
def transition(ticket: Callable[..., TicketView], person: PersonView) -> Callable[..., Transition]:
    return lambda subject="A visitor": Transition(ticket(subject), "closed", "closed", person)


@pytest.fixture
def event() -> EventView:
    moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    return EventView("1", "opened", "DMY-1", moment, "anna.kowalska@meridian.example", "portal")
