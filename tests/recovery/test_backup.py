"""``deskcore backup`` writes one archive that only its owner can read, and says what is in it."""

from __future__ import annotations

import shutil
import stat
import tarfile
import tomllib
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from deskcore.answer_keys import FILE, add_key
from deskcore.audit.models import AuditEntry
from deskcore.recovery.restore import verify
from tests.recovery.conftest import Command

PICTURE = sha256(b"a picture").hexdigest()
sqlite_only = pytest.mark.parametrize("shared_app", ["sqlite"], indirect=True)
postgresql_only = pytest.mark.parametrize("shared_app", ["postgresql"], indirect=True)


def names(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return tar.getnames()


@pytest.fixture
def furnished(source: Path) -> Iterator[Path]:
    """Put what an operator may have there into the instance folder, too."""
    (source / "plugins/fleet_desk").mkdir(parents=True)
    (source / "plugins/fleet_desk/setup.cfg").write_text("[metadata]\nname = deskcore-fleet-desk\n")
    (source / "plugins/.git").write_text("no part of a plugin")
    (source / "templates").mkdir()
    (source / "templates/link.html").symlink_to("/etc/hostname")
    yield source
    for name in ("plugins", "templates"):
        shutil.rmtree(source / name)


def test_an_archive_holds_everything_for_its_owner_and_nothing_else_is_left(
    deskcore: Command, furnished: Path, tmp_path: Path, database: str
) -> None:
    before, archive = set(tmp_path.iterdir()), tmp_path / "all.tar"
    said = deskcore(furnished, "backup", archive)
    assert said.code == 0, said.err
    assert "2 tickets, 7 people, 1 attachments" in said.out
    assert "It holds the secret key" in said.out
    copy = "database/deskcore.db" if database == "sqlite" else "database/deskcore.dump"
    assert names(archive) == [
        copy, f"files/{PICTURE[:2]}/{PICTURE}", "instance/config.toml", "instance/secret_key",
        "instance/plugins/fleet_desk/setup.cfg", "manifest.json",
    ]  # fmt: skip
    assert set(tmp_path.iterdir()) - before == {archive}
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


@sqlite_only
def test_without_secrets_there_is_neither_key_nor_configuration(
    deskcore: Command, source: Path, tmp_path: Path
) -> None:
    said = deskcore(source, "backup", tmp_path / "all.tar", "--without-secrets")
    assert "Without the secret key, drafts in it stay closed" in said.out
    assert not [name for name in names(tmp_path / "all.tar") if name.startswith("instance/")]


@sqlite_only
def test_a_folder_gets_an_archive_named_after_the_moment_and_scripts_learn_its_name(
    deskcore: Command, source: Path, tmp_path: Path
) -> None:
    (tmp_path / "backups").mkdir()
    made = deskcore(source, "backup", tmp_path / "backups", "--json").json
    archive = Path(made["archive"])
    assert archive.parent == tmp_path / "backups"
    assert archive.stat().st_size == made["bytes"]
    assert (made["tickets"], made["files"], made["secrets"], made["missing_files"]) == (2, 1, True, [])


@sqlite_only
def test_a_name_that_ends_in_gz_compresses(deskcore: Command, source: Path, tmp_path: Path) -> None:
    for name in ("all.tar", "all.tar.gz"):
        assert deskcore(source, "backup", tmp_path / name).code == 0
        assert deskcore(source, "restore", "--verify", tmp_path / name).code == 0
    assert (tmp_path / "all.tar.gz").stat().st_size < (tmp_path / "all.tar").stat().st_size / 2


@sqlite_only
def test_an_archive_is_never_overwritten(deskcore: Command, source: Path, tmp_path: Path) -> None:
    (tmp_path / "all.tar").write_text("an older one")
    said = deskcore(source, "backup", tmp_path / "all.tar")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "There is already something at" in said.err
    assert (tmp_path / "all.tar").read_text() == "an older one"
    assert "There is no folder" in deskcore(source, "backup", tmp_path / "no" / "all.tar").err


@sqlite_only
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"A PICTURE")], ids=["gone", "changed"])
def test_a_file_that_is_missing_or_damaged_is_told_and_the_rest_is_saved(
    deskcore: Command, source: Path, tmp_path: Path, damage: Callable[[Path], Any]
) -> None:
    picture = source / "files" / PICTURE[:2] / PICTURE
    damage(picture)
    said = deskcore(source, "backup", tmp_path / "all.tar", "--json")
    picture.write_bytes(b"a picture")
    assert said.code == 1
    assert "1 stored files are missing or damaged" in said.err
    assert said.json["missing_files"] == [PICTURE]
    assert verify(tmp_path / "all.tar").manifest.missing == [PICTURE]


def test_the_audit_log_tells_who_made_one(
    deskcore: Command, source: Path, tmp_path: Path, inside: Callable[[Path], Any]
) -> None:
    deskcore(source, "backup", tmp_path / "told.tar")
    with inside(source) as session:
        made = sa.select(AuditEntry).where(AuditEntry.action == "backup.made", AuditEntry.subject == "told.tar")
        assert [entry.actor_kind for entry in session.scalars(made)] == ["command line"]


@sqlite_only
def test_a_database_of_an_older_version_can_be_saved_before_it_is_upgraded(
    deskcore: Command, source: Path, tmp_path: Path
) -> None:
    engine = sa.create_engine(f"sqlite:///{source}/deskcore.db")
    with engine.begin() as connection:
        (newest,) = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars()
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001_core'")
    said = deskcore(source, "backup", tmp_path / "all.tar")
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{newest}'")
    engine.dispose()
    assert said.code == 0
    assert "The audit log does not tell of this backup: The database is older than this version" in said.err
    assert verify(tmp_path / "all.tar").manifest.database.revisions["deskcore"] == ["0001_core"]


@postgresql_only
def test_without_pg_dump_or_with_an_older_one_there_is_one_sentence(
    deskcore: Command, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    said = deskcore(source, "backup", tmp_path / "all.tar")
    assert "“pg_dump” was not found; install PostgreSQL's client programs" in said.err
    (programs / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    (programs / "pg_dump").chmod(0o755)
    said = deskcore(source, "backup", tmp_path / "all.tar")
    assert "is of version 9, but the server is of version" in said.err
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert not (tmp_path / "all.tar").exists()


@postgresql_only
def test_the_password_of_the_database_is_no_argument_of_pg_dump(
    deskcore: Command, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = tomllib.loads((source / "config.toml").read_text())["database_url"]
    monkeypatch.setenv("DESKCORE_DATABASE_URL", url.replace("postgres@", "postgres:geheim@"))
    programs = tmp_path / "bin"
    programs.mkdir()
    heard = tmp_path / "heard"
    listening = f"#!/bin/sh\necho \"$@\" $PGPASSWORD >> {heard}\necho 'pg_dump (PostgreSQL) 99.1'\nexit 1\n"
    (programs / "pg_dump").write_text(listening)
    (programs / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    assert "pg_dump failed" in deskcore(source, "backup", tmp_path / "all.tar").err
    arguments = heard.read_text().splitlines()[-1]
    assert arguments.count("geheim") == 1
    assert arguments.endswith(" geheim")


@sqlite_only
def test_the_keys_of_sensitive_answers_go_along_unless_they_are_left_out(
    deskcore: Command, source: Path, tmp_path: Path
) -> None:
    add_key(source)
    keys = (source / FILE).read_text()
    whole = deskcore(source, "backup", tmp_path / "all.tar")
    bare = deskcore(source, "backup", tmp_path / "bare.tar", "--without-secrets")
    (source / FILE).unlink()
    assert "It also holds the keys that open sensitive answers." in whole.out
    assert f"Without the file “{FILE}” nobody can open sensitive answers" in bare.out
    assert f"instance/{FILE}" not in names(tmp_path / "bare.tar")
    deskcore(source, "restore", tmp_path / "all.tar", "--into", tmp_path / "restored")
    restored = tmp_path / "restored" / FILE
    assert (restored.read_text(), stat.S_IMODE(restored.stat().st_mode)) == (keys, 0o600)
    said = deskcore(source, "restore", tmp_path / "bare.tar", "--into", tmp_path / "bare")
    assert f"It held no keys of sensitive answers: give back the file “{FILE}”" in said.out
