"""What all tests share: plugins that can be imported, one way to look for examples, and the organisation Meridian.

Fixtures of the core's own tests are in ``tests/conftest.py``; those of plugins are the test kit's.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from flask import Flask
from hypothesis import settings

from deskcore.app import create_app
from deskcore.extensions import db, engine_options
from deskcore.hooks import state
from deskcore.hooks.migrations import Migrations
from deskcore.hooks.sources import find_plugins, install_finder, standard_folders
from deskcore.people.services import create_person, find_person, grant, join_team
from deskcore.testing.house import AUDIT_KEYS, SECRET_KEY, make_schema
from deskcore.testing.speed import make_fast

# Plugins lie in folders: their packages must be importable before their tests are collected.
PLUGINS = find_plugins(standard_folders(Path("instance"))).declarations
install_finder(PLUGINS.values())

# No timed tests; and in CI the same examples each time, so that a red run can be repeated.
settings.register_profile("deskcore", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("deskcore")
make_fast()

PASSWORD = "meridian-demo"
POSTGRES = os.environ.get("DESKCORE_TEST_DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
BUNDLED = ("it_desk",)
DUMMIES = Path(__file__).parent / "tests" / "plugins"


def _settings(folder: Path, url: str) -> dict[str, object]:
    return {
        "instance": folder,
        "database_url": url,
        "worker_threads": 0,
        "enabled_plugins": BUNDLED,
        "organisation": "Meridian",
        "secret_key": SECRET_KEY,
        # A busy computer must not look like a slow plugin.
        "hook_deadline": 20.0,
        "piece_deadline": 20.0,
    }


def _prepare(folder: Path, url: str) -> None:
    """Create the schema, the plugins' desks and the people that every test knows."""
    make_schema(url, PLUGINS, BUNDLED)
    app = create_app(_settings(folder, url))
    with app.app_context():
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


def switch_on(url: str, *names: str) -> None:
    """Switch further bundled plugins on in a prepared database, with their tables and what they declare."""
    engine = sa.create_engine(url, **engine_options(url, AUDIT_KEYS))
    for name in names:
        with state.own_transaction(engine) as connection:
            state.enable(connection, PLUGINS, name)
        assert Migrations(engine, PLUGINS).upgrade_plugin(name)
    engine.dispose()
    # Stored by a first start, so that no copy has to.
    with TemporaryDirectory() as folder:
        app = create_app(_settings(Path(folder), url) | {"enabled_plugins": (*BUNDLED, *names)})
        with app.app_context():
            db.engine.dispose()
