"""An installation on each database with a plugin whose package can be taken away, and a ticket of its desk."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Engine

from conftest import AUDIT_KEYS, BUNDLED, DUMMIES, SECRET_KEY
from deskcore.app import create_app
from deskcore.cli import main
from deskcore.extensions import db, engine_options
from deskcore.hooks import state
from deskcore.hooks.setting_values import write_setting
from deskcore.people.services import find_person, grant
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import Viewer
from deskcore.work import acting_as

NAME = "dummy_all"
#: For tests of what is the same on both databases.
on_sqlite = pytest.mark.parametrize("database", ["sqlite"])
#: Answers and texts that no conversion may touch.
ANSWERS = {"guest": "Jan “Żółw” O'Hara\n<b>\t💾", "kind": "vip"}


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Installation:
    """An installation that commands run on.

    :param plugins: the folder with the plugin; a copy, so that it can go.
    """

    instance: Path
    url: str
    plugins: Path
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch
    number: str = ""
    apps: list[Flask] = field(default_factory=list)

    def run(self, *arguments: str, typed: str = "") -> Outcome:
        """Run ``deskcore`` in this process."""
        self.patch.setattr(sys, "stdin", StringIO(typed))
        code = main(arguments)
        said = self.capture.readouterr()
        return Outcome(code, said.out, said.err)

    def package_goes(self) -> None:
        """Take the package away, as an uninstallation does."""
        shutil.rmtree(self.plugins / NAME)

    def package_comes(self) -> None:
        """Put the package there."""
        shutil.copytree(DUMMIES / NAME, self.plugins / NAME, ignore=shutil.ignore_patterns("__pycache__"))

    def app(self) -> Flask:
        """Start it anew: plugins that are there and on are loaded from where the tests know them."""
        there = (self.plugins / NAME).exists()
        folder = self.instance.parent / "only"
        folder.mkdir(exist_ok=True)
        if there and not (folder / NAME).exists():
            (folder / NAME).symlink_to(DUMMIES / NAME)
        made = create_app({
            "instance": self.instance, "database_url": self.url, "secret_key": SECRET_KEY, "worker_threads": 0,
            "enabled_plugins": BUNDLED, "plugin_folders": (str(folder),) if there else (),
        })  # fmt: skip
        made.config["WTF_CSRF_ENABLED"] = False
        made.testing = True
        self.apps.append(made)
        return made

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        engine = sa.create_engine(self.url, **engine_options(self.url, AUDIT_KEYS))
        try:
            yield engine
        finally:
            engine.dispose()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Read with plain SQL, past everything that could convert a value."""
        with self.engine() as engine, engine.connect().execution_options(migrating=True) as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def write(self, *statements: str) -> None:
        with self.engine() as engine, state.own_transaction(engine) as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def tables(self) -> set[str]:
        with self.engine() as engine:
            return set(sa.inspect(engine).get_table_names())

    def kept(self) -> list[tuple[Any, ...]]:
        """Return the fields of the ticket exactly as they are stored."""
        columns = "answers, extra" if self.url.startswith("sqlite") else "answers::text, extra::text"
        return self.rows(f"SELECT {columns} FROM ticket WHERE number = '{self.number}'")

    def state(self) -> str:
        rows = {row["name"]: row["state"] for row in self.run("plugin", "list", "--json").json}
        return str(rows.get(NAME, "unknown"))


@pytest.fixture
def installation(
    database: str,
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    """Give an installation with the plugin on, rows in its tables, a setting, and a ticket of its desk."""
    made = Installation(tmp_path / "instance", database_url, tmp_path / "plugins", capsys, monkeypatch)
    _set_up(made)
    if database == "sqlite":
        path, made.number = _filled(made, tmp_path_factory.getbasetemp() / "filled.db")
        shutil.copy(path, database_url.removeprefix("sqlite:///"))
    else:
        _fill(made)
    yield made
    _close(made)


def _set_up(made: Installation) -> None:
    made.instance.mkdir(mode=0o700)
    made.plugins.mkdir()
    (made.instance / "secret_key").write_text(SECRET_KEY)
    (made.instance / "secret_key").chmod(0o600)
    (made.instance / "config.toml").write_text(
        f'database_url = "{made.url}"\nplugin_folders = ["{made.plugins}"]\nworker_threads = 0\n'
    )
    made.patch.setenv("DESKCORE_INSTANCE", str(made.instance))
    made.patch.delenv("DESKCORE_TRACE", raising=False)
    made.package_comes()


def _filled(made: Installation, template: Path) -> tuple[Path, str]:
    """Return a filled database and its ticket's number; it is filled once and copied from then on."""
    if not template.exists():
        _fill(made)
        _close(made)
        source = Path(made.url.removeprefix("sqlite:///"))
        with closing(sqlite3.connect(source)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(source, template)
    with closing(sqlite3.connect(template)) as database:
        [number] = database.execute("SELECT number FROM ticket").fetchone()
    return template, number


def _close(made: Installation) -> None:
    for app in made.apps:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _fill(made: Installation) -> None:
    assert made.run("plugin", "enable", NAME).code == 0
    app = made.app()
    with app.app_context():
        for name in ("marek.nowak", "ola.mazur"):
            person = find_person(f"{name}@meridian.example")
            assert person is not None
            grant(person, "dummy", "lead" if name == "ola.mazur" else "agent")
        anna = find_person("anna.kowalska@meridian.example")
        assert anna is not None
        with acting_as(Viewer(anna.id, "portal")):
            made.number = open_ticket(
                NewTicket("dummy", "dummy_visit", "A VIP comes", "At noon", anna.id, "portal", ANSWERS)
            )
        db.session.remove()
    with made.engine() as engine, state.own_transaction(engine) as connection:
        write_setting(connection, NAME, "greeting", "Dzień dobry", secret=False)
    made.write(
        "INSERT INTO dummy_all_visit (id, guest, badge) VALUES (1, 'Żółw', 'B-1')",
        "INSERT INTO dummy_all_remark (id, visit_id, text) VALUES (1, 1, 'late'), (2, 1, 'very late')",
    )
