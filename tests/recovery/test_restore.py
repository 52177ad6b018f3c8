"""``deskcore restore`` makes an installation of an archive, held back, or leaves the place as empty as it was."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

import deskcore as deskcore_package
from deskcore.audit.models import AuditEntry
from deskcore.desks.models import NumberSeries
from deskcore.events.holding import held_since
from deskcore.events.models import Delivery
from deskcore.extensions import Base
from deskcore.hooks.models import PluginState
from deskcore.hooks.state import current_epoch
from deskcore.people.models import OneTimeLink, SignIn
from deskcore.tickets.models import IdempotencyKey, Ticket
from deskcore.work import unit_of_work
from tests.recovery.conftest import Command

Inside = Callable[[Path], Any]
sqlite_only = pytest.mark.parametrize("shared_app", ["sqlite"], indirect=True)
postgresql_only = pytest.mark.parametrize("shared_app", ["postgresql"], indirect=True)


def rows(session: Session) -> dict[str, int]:
    """Count the rows of every table."""
    tables = sorted(set(Base.metadata.tables) & set(sa.inspect(session.connection()).get_table_names()))
    return {name: session.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0 for name in tables}


def test_everything_is_there_again_and_nothing_of_it_is_delivered(
    deskcore: Command, archive: Path, source: Path, restored: Path, nowhere: list[str], inside: Inside
) -> None:
    said = deskcore(source, "restore", archive, *nowhere)
    assert said.code == 0, said.err
    assert "2 tickets checked, 0 findings." in said.out
    assert said.out.endswith("deskcore work release\n")
    with inside(source) as session:
        before, epoch = rows(session), current_epoch(session)
    with inside(restored) as session:
        after = rows(session)
        changed = {name for name in before if before[name] != after[name]}
        assert changed == {"sign_in", "one_time_link"}
        assert held_since(session) is not None
        assert current_epoch(session) > epoch
        assert not session.scalars(sa.select(SignIn)).all()
        assert not session.scalars(sa.select(OneTimeLink)).all()
        assert [row.lease for row in session.scalars(sa.select(Delivery))] == [None]
        assert {row.key: row.result["number"] for row in session.scalars(sa.select(IdempotencyKey))} == {
            "Printer": "IT-1", "Screen": "IT-2",
        }  # fmt: skip
        assert session.get_one(NumberSeries, "IT").next == 1003
        newest = sa.select(AuditEntry.action, AuditEntry.subject).order_by(AuditEntry.sequence.desc()).limit(1)
        assert tuple(session.execute(newest).one()) == ("backup.restored", "all.tar")


def test_the_folder_is_for_its_owner_and_its_configuration_names_the_new_database(
    deskcore: Command, archive: Path, source: Path, restored: Path, nowhere: list[str], database: str
) -> None:
    deskcore(source, "restore", archive, *nowhere)
    assert stat.S_IMODE(restored.stat().st_mode) == 0o700
    inner = [path for path in restored.iterdir() if path.is_file()]
    assert {"config.toml", "secret_key"} <= {path.name for path in inner}
    assert {stat.S_IMODE(path.stat().st_mode) for path in inner} == {0o600}
    assert not [path for path in restored.iterdir() if path.name.startswith(".")]
    config = (restored / "config.toml").read_text()
    assert 'organisation = "Meridian"' in config
    wanted = [] if database == "sqlite" else [f'database_url = "{nowhere[-1]}"']
    assert [line for line in config.splitlines() if "database_url" in line] == wanted
    assert "It is released" in deskcore(restored, "work", "release").out
    assert deskcore(restored, "work", "release", "--json").json == {"released": False}
    said = deskcore(source, "restore", archive, *nowhere)
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert f"The folder “{restored}” is not empty" in said.err


@sqlite_only
def test_scripts_learn_what_was_found_and_say_how_many_numbers_are_skipped(
    deskcore: Command, archive: Path, source: Path, restored: Path, nowhere: list[str], inside: Inside
) -> None:
    outcome = deskcore(source, "restore", archive, *nowhere, "--skip-numbers", 5, "--json").json
    assert outcome["instance"] == str(restored)
    assert outcome["fsck"] == {"checked": 2, "findings": []}
    assert outcome["missing_plugins"] == []
    with inside(restored) as session:
        assert session.get_one(NumberSeries, "IT").next == 8


@postgresql_only
def test_a_database_that_is_not_empty_is_left_alone(
    deskcore: Command, archive: Path, source: Path, restored: Path, inside: Inside
) -> None:
    said = deskcore(source, "restore", archive, "--into", restored)
    assert "is not empty; make an empty one, and name it with --database-url" in said.err
    assert not restored.exists()
    with inside(source) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 2
        assert held_since(session) is None


def test_an_archive_of_the_other_kind_of_database_is_refused(
    deskcore: Command, archive: Path, source: Path, restored: Path, database: str
) -> None:
    other = "postgresql+psycopg://127.0.0.1/nothing" if database == "sqlite" else f"sqlite:///{restored}/x.db"
    said = deskcore(source, "restore", archive, "--into", restored, "--database-url", other)
    kinds = ("SQLite", "PostgreSQL") if database == "sqlite" else ("PostgreSQL", "SQLite")
    assert f"The archive holds a {kinds[0]} database, and the configuration names one of {kinds[1]}" in said.err
    assert not restored.exists()


@sqlite_only
def test_two_addresses_that_differ_are_refused(
    deskcore: Command, archive: Path, source: Path, restored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKCORE_DATABASE_URL", f"sqlite:///{restored}/one.db")
    said = deskcore(source, "restore", archive, "--into", restored, "--database-url", f"sqlite:///{restored}/two.db")
    assert "give only one" in said.err


@sqlite_only
def test_an_archive_without_secrets_says_what_is_still_to_do(
    deskcore: Command, source: Path, restored: Path, nowhere: list[str], tmp_path: Path
) -> None:
    deskcore(source, "backup", tmp_path / "bare.tar", "--without-secrets")
    said = deskcore(source, "restore", tmp_path / "bare.tar", *nowhere)
    assert "It held no secret key: give back the old one" in said.out
    assert (restored / "secret_key").read_text() != (source / "secret_key").read_text()
    assert said.code == 1, "the audit log cannot be verified with another key"
    assert "(audit)" in said.out


@sqlite_only
def test_an_archive_of_an_older_version_is_brought_up_to_date_and_a_plugin_that_is_gone_is_named(
    deskcore: Command, source: Path, restored: Path, nowhere: list[str], tmp_path: Path, inside: Inside
) -> None:
    older = tmp_path / "older"
    shutil.copytree(source, older)
    with inside(older) as session:
        known = session.scalars(sa.select(PluginState)).first()
        with unit_of_work():
            values = {"wanted": True, "state": "enabled", "trace": "", "version": "1.2.3"}
            session.add(PluginState(name="fleet_desk", updated_at=known.updated_at, **values))
    _downgrade(older / "deskcore.db", "0003_drafts")
    assert deskcore(older, "backup", tmp_path / "old.tar").code == 0
    said = deskcore(older, "restore", tmp_path / "old.tar", *nowhere)
    assert said.code == 0, said.err + said.out
    assert "The plugin “fleet_desk” was on and is not installed here" in said.out
    with inside(restored) as session:
        assert held_since(session) is not None
        assert session.get_one(PluginState, "fleet_desk").version == "1.2.3"


def _downgrade(path: Path, revision: str) -> None:
    """Take the core's tables of a SQLite database back to a revision."""
    folder = str(Path(deskcore_package.__file__).parent / "migrations")
    script = ScriptDirectory(folder, version_locations=[folder])

    def back(current: Any, context: object) -> list[RevisionStep]:
        return script._downgrade_revs(revision, current)

    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect().execution_options(migrating=True) as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN")
        with EnvironmentContext(Config(), script, fn=back) as environment:
            environment.configure(connection, render_as_batch=True, transactional_ddl=True)
            environment.run_migrations()
        connection.commit()
    engine.dispose()


def test_a_failure_in_the_middle_leaves_the_place_empty(
    deskcore: Command, archive: Path, source: Path, restored: Path, nowhere: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("deskcore.recovery.targets.shutil.move", fails)
        broken.setattr("deskcore.recovery.targets.postgres.load", fails)
        said = deskcore(source, "restore", archive, *nowhere)
    assert "No space left on device" in said.err
    assert list(restored.iterdir()) == []
    assert deskcore(source, "restore", archive, *nowhere).code == 0


def killed_at(moment: str, source: Path, arguments: list[str]) -> None:
    """Run a command in a process of its own, which kills itself when it comes to a function."""
    code = f"""
import os, signal, sys
from unittest import mock
from deskcore.cli import main
import deskcore.recovery.restore
with mock.patch({moment!r}, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)):
    main(sys.argv[1:])
"""
    environment = os.environ | {"DESKCORE_INSTANCE": str(source)}
    done = subprocess.run([sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("moment", ["_put_in_place", "_brought_up_to_date", "settle"])
def test_whoever_is_killed_in_the_middle_leaves_nothing_that_serves(
    deskcore: Command, archive: Path, source: Path, restored: Path, nowhere: list[str], moment: str, tmp_path: Path
) -> None:
    killed_at(f"deskcore.recovery.restore.{moment}", source, ["restore", str(archive), *nowhere])
    for command in (["run", "--port", "0"], ["worker"], ["init"], ["work", "release"], ["fsck"]):
        said = deskcore(restored, *command)
        assert said.code == 1
        assert "was not finished; delete that folder, then restore again." in said.err
    assert "was not finished" in deskcore(source, "restore", archive, *nowhere).err
    if moment == "settle" and "--database-url" in nowhere:
        # Another host, whose folder knows nothing of it.
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "config.toml").write_text(f'database_url = "{nowhere[-1]}"\n')
        said = deskcore(elsewhere, "fsck")
        assert "Restoring a backup into this database was not finished; make it anew, empty" in said.err
