"""`deskcore plugin purge` archives what a plugin left, then takes all of it away, or nothing; twice is harmless."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from typing import Any

import pytest

import deskcore.app  # noqa: F401  (every table of the core is known)
from deskcore.extensions import Base
from deskcore.hooks.declarations import RESERVED
from deskcore.purging import archive
from deskcore.purging.holdings import core_tables
from tests.plugin_data.conftest import ANSWERS, NAME, Installation, on_sqlite

OWN = {f"{NAME}_visit", f"{NAME}_remark", f"alembic_version_{NAME}"}


def off(installation: Installation, gone: bool = False) -> None:
    assert installation.run("plugin", "disable", NAME).code == 0
    if gone:
        installation.package_goes()


def archived(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Read an archive and check every part against the manifest."""
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert (manifest["plugin"], manifest["format"]) == (NAME, 1)
        parts = {}
        for name, member in manifest["members"].items():
            content = archive.read(name)
            assert hashlib.sha256(content).hexdigest() == member["sha256"]
            parts[name] = [json.loads(line) for line in content.splitlines()]
            assert len(parts[name]) == member["rows"]
        assert {*parts, "manifest.json"} == set(archive.namelist())
        return parts


def is_whole(installation: Installation) -> None:
    """Check that everything of the plugin is there."""
    assert installation.tables() >= OWN
    assert installation.rows(f"SELECT count(*) FROM {NAME}_remark") == [(2,)]
    assert installation.rows(f"SELECT count(*) FROM plugin_setting WHERE plugin = '{NAME}'") == [(1,)]


def is_purged(installation: Installation) -> None:
    """Check that nothing of the plugin is there, and the ticket is as it was."""
    assert not {table for table in installation.tables() if NAME in table}
    for table, column in (("plugin_setting", "plugin"), ("plugin_state", "name"), ("plugin_failure", "plugin"),
                          ("plugin_health", "plugin"), ("subscription", "plugin"),
                          ("plugin_desk", "plugin")):  # fmt: skip
        assert installation.rows(f"SELECT count(*) FROM {table} WHERE {column} = '{NAME}'") == [(0,)], table
    open_work = f"SELECT count(*) FROM delivery WHERE subscriber = '{NAME}' AND state IN ('waiting', 'dead')"
    assert installation.rows(open_work) == [(0,)]
    assert "VIP" in str(installation.kept())
    assert installation.run("fsck").code == 0
    assert installation.run("audit", "verify").code == 0


@pytest.mark.parametrize("gone", [False, True])
def test_a_purge_archives_everything_and_leaves_nothing_but_tickets(installation: Installation, gone: bool) -> None:
    off(installation, gone)
    before = installation.kept()
    outcome = installation.run("plugin", "purge", NAME, typed=f"{NAME}\n")
    assert outcome.code == 0, outcome.err
    for line in (f"{NAME}_remark: 2 rows", f"{NAME}_visit: 1 row", "1 setting", "what it added to them: 1 ticket."):
        assert line in outcome.out
    is_purged(installation)
    assert installation.kept() == before
    [path] = (installation.instance / "purged").iterdir()
    assert str(path) in outcome.out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    parts = archived(path)
    assert parts[f"tables/{NAME}_visit.jsonl"] == [{"id": 1, "guest": "Żółw", "badge": "B-1"}]
    assert parts[f"tables/{NAME}_remark.jsonl"][1] == {"id": 2, "visit_id": 1, "text": "very late"}
    assert parts["settings.jsonl"] == [{"key": "greeting", "value": "Dzień dobry"}]
    assert parts["state.jsonl"][0]["name"] == NAME
    [ticket] = parts["tickets.jsonl"]
    assert (ticket["number"], ticket["answers"], ticket["extra"]) == (installation.number, ANSWERS, {"guest": "VIP"})
    entries = installation.rows("SELECT action, subject FROM audit_entry")
    assert ("plugin.purged", NAME) in entries


def test_a_second_purge_changes_nothing(installation: Installation) -> None:
    off(installation, gone=True)
    assert installation.run("plugin", "purge", NAME, "--yes").code == 0
    before = installation.rows("SELECT count(*) FROM audit_entry"), list((installation.instance / "purged").iterdir())
    outcome = installation.run("plugin", "purge", NAME, "--yes")
    assert (outcome.code, outcome.out) == (0, f"Nothing of “{NAME}” is kept; there is nothing to purge.\n")
    assert before == (
        installation.rows("SELECT count(*) FROM audit_entry"), list((installation.instance / "purged").iterdir()),
    )  # fmt: skip


@on_sqlite
def test_a_purged_plugin_can_be_switched_on_again_and_begins_anew(installation: Installation) -> None:
    off(installation)
    assert installation.run("plugin", "purge", NAME, "--yes").code == 0
    assert installation.run("plugin", "enable", NAME).code == 0
    assert installation.rows(f"SELECT count(*) FROM {NAME}_visit") == [(0,)]
    assert installation.state() == "enabled"


@on_sqlite
def test_the_outcome_for_scripts(installation: Installation) -> None:
    off(installation)
    outcome = installation.run("plugin", "purge", NAME, "--yes", "--json")
    assert outcome.json["tables"] == {f"{NAME}_remark": 2, f"{NAME}_visit": 1}
    assert Path(outcome.json["archive"]).is_file()
    assert installation.run("plugin", "purge", NAME, "--yes", "--json").json["archive"] is None


@on_sqlite
def test_a_plugin_that_is_on_is_not_purged(installation: Installation) -> None:
    outcome = installation.run("plugin", "purge", NAME, "--yes")
    assert outcome.code == 1
    assert f"“{NAME}” is on; switch it off first: deskcore plugin disable {NAME}" in outcome.err
    is_whole(installation)


@on_sqlite
def test_a_plugin_whose_package_went_while_it_was_on_is_purged_at_once(installation: Installation) -> None:
    installation.package_goes()
    assert installation.run("plugin", "purge", NAME, "--yes").code == 0
    is_purged(installation)


@on_sqlite
@pytest.mark.parametrize("typed", ["", "\n", "yes\n", "dummy\n"])
def test_without_its_name_nothing_is_removed(installation: Installation, typed: str) -> None:
    off(installation)
    assert installation.run("plugin", "purge", NAME, typed=typed).code != 0
    is_whole(installation)
    assert not (installation.instance / "purged").exists()


@on_sqlite
def test_an_archive_that_cannot_be_written_keeps_everything(installation: Installation, tmp_path: Path) -> None:
    off(installation)
    (tmp_path / "file").write_text("mine")
    for target in ("file", "file/below.zip"):
        outcome = installation.run("plugin", "purge", NAME, "--yes", "--archive", str(tmp_path / target))
        assert outcome.code == 1
        assert "Nothing was removed." in outcome.err
    assert (tmp_path / "file").read_text() == "mine"
    is_whole(installation)


@on_sqlite
def test_the_archive_goes_where_it_is_wanted(installation: Installation, tmp_path: Path) -> None:
    off(installation)
    assert installation.run("plugin", "purge", NAME, "--yes", "--archive", str(tmp_path / "kept.zip")).code == 0
    assert archived(tmp_path / "kept.zip")


@on_sqlite
@pytest.mark.parametrize("name", ["ticket", "Fleet", "../x", ""])
def test_what_can_be_no_plugin_is_refused_and_no_table_of_the_core_goes(installation: Installation, name: str) -> None:
    before = installation.tables()
    assert installation.run("plugin", "purge", "--yes", "--", name).code == 1
    assert installation.tables() == before


def test_the_table_of_a_plugin_with_a_longer_name_stays(installation: Installation) -> None:
    installation.write(
        f"CREATE TABLE {NAME}_cars_car (id INTEGER)",
        "INSERT INTO plugin_state (name, wanted, state, trace, version, updated_at) "
        f"VALUES ('{NAME}_cars', FALSE, 'missing', '', '', '2026-01-01')",
    )
    off(installation, gone=True)
    assert installation.run("plugin", "purge", NAME, "--yes").code == 0
    assert f"{NAME}_cars_car" in installation.tables()


def test_while_another_plugin_refers_to_its_tables_it_stays(installation: Installation) -> None:
    installation.write(f"CREATE TABLE other_note (visit INTEGER REFERENCES {NAME}_visit (id))")
    off(installation, gone=True)
    outcome = installation.run("plugin", "purge", NAME, "--yes")
    assert outcome.code == 1
    assert f"The table “other_note” refers to “{NAME}_visit”; purge the plugin" in outcome.err
    is_whole(installation)


DOWN = "def downgrade():\n"


@pytest.mark.parametrize(
    ("database", "fault"),
    [
        ("sqlite", "raise ValueError('half-way')"),
        ("sqlite", "raise SystemExit(0)"),
        ("sqlite", "op.drop_table('plugin_failure')"),
        ("postgresql", "raise ValueError('half-way')"),
    ],
)
def test_migrations_that_do_not_lead_back_remove_nothing(installation: Installation, fault: str) -> None:
    off(installation)
    [path] = (installation.plugins / NAME).rglob("0001_visits.py")
    text = path.read_text()
    assert DOWN in text
    path.write_text(text.replace(DOWN, f"{DOWN}    from alembic import op\n    {fault}\n"))
    outcome = installation.run("plugin", "purge", NAME, "--yes")
    assert outcome.code == 1
    assert "could not be removed" in outcome.err
    assert "plugin_failure" in installation.tables()
    is_whole(installation)
    installation.package_goes()
    assert installation.run("plugin", "purge", NAME, "--yes").code == 0
    is_purged(installation)


#: Where the process is killed: what is called there, before or after which it dies.
STEPS = [
    ("deskcore.purging.archive._write", "before"),
    ("deskcore.purging.archive._add", "after"),
    ("deskcore.purging.archive._verify", "before"),
    ("deskcore.purging.archive.publish", "before"),
    ("deskcore.purging.archive.publish", "after"),
    ("deskcore.purging.removal._check_unchanged", "after"),
    ("deskcore.hooks.migrations._run", "after"),
    ("deskcore.hooks.tables.drop", "after"),
    ("deskcore.purging.removal._forget", "before"),
    ("deskcore.purging.removal._forget", "after"),
    ("deskcore.cli.plugin_purge._purged", "after"),
]
KILLED = """
import importlib, os, signal, sys
module, _, name = {place!r}.rpartition(".")
owner = importlib.import_module(module)
real = getattr(owner, name)

def dying(*arguments, **more):
    if {when!r} == "after":
        real(*arguments, **more)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, dying)
from deskcore.cli import main
main(["plugin", "purge", {plugin!r}, "--yes"])
"""


#: On PostgreSQL those at which the database has a transaction open, or has just ended it.
ON_POSTGRES = [step for step in STEPS if step[0] in ("deskcore.purging.removal._forget", STEPS[-1][0])]
#: A part of them, unless ``make test-kill`` asks for all.
PART = slice(None) if os.environ.get("PURGE_STEPS") == "all" else slice(1, None, 3)
ON_BOTH = [("sqlite", *step) for step in STEPS[PART]] + [("postgresql", *step) for step in ON_POSTGRES[PART]]


@pytest.mark.parametrize(("database", "place", "when"), ON_BOTH)
def test_killed_at_any_step_it_can_be_run_again(installation: Installation, place: str, when: str) -> None:
    off(installation, gone=not place.endswith("_run"))
    code = textwrap.dedent(KILLED.format(place=place, when=when, plugin=NAME))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -9, done.stderr
    if (place, when) == ("deskcore.cli.plugin_purge._purged", "after"):
        is_purged(installation)
    else:
        is_whole(installation)
    assert installation.run("plugin", "list").code == 0
    assert installation.run("plugin", "purge", NAME, "--yes").code == 0
    is_purged(installation)
    paths = list((installation.instance / "purged").iterdir())
    assert paths
    for path in paths:
        assert archived(path)[f"tables/{NAME}_remark.jsonl"], path


def test_what_still_works_is_waited_for(installation: Installation) -> None:
    off(installation)
    installation.write(
        "INSERT INTO job (kind, payload, state, attempts, due_at, error, trace, reason, lease, lease_until) VALUES "
        f"('{NAME}.tidy', '{{}}', 'waiting', 1, '2000-01-01', '', '', '', 'x', '2999-01-01')"
    )
    installation.write(
        f"INSERT INTO plugin_health (day, plugin, slot, span, calls) VALUES ('2026-01-01', '{NAME}', 'panel', 1, 1)"
    )
    outcome = installation.run("plugin", "purge", NAME, "--yes")
    assert outcome.code == 1
    assert "is still under way; wait until it has ended" in outcome.err
    is_whole(installation)
    installation.write("UPDATE job SET lease_until = '2000-01-01'")
    assert installation.run("plugin", "purge", NAME, "--yes").code == 0
    is_purged(installation)


def test_what_is_written_while_it_is_archived_is_not_lost(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    off(installation, gone=True)
    publish = archive.publish

    def meanwhile(part: Path, target: Path) -> None:
        publish(part, target)
        installation.write(f"INSERT INTO {NAME}_remark (id, visit_id, text) VALUES (3, 1, 'new')")

    monkeypatch.setattr(archive, "publish", meanwhile)
    outcome = installation.run("plugin", "purge", NAME, "--yes")
    assert outcome.code == 1
    assert "changed while they were archived; nothing was removed" in outcome.err
    assert installation.rows(f"SELECT count(*) FROM {NAME}_remark") == [(3,)]


def test_no_plugin_can_have_a_name_with_which_tables_of_the_core_begin() -> None:
    parts = [table.split("_") for table in core_tables()]
    begins = {"_".join(words[:count]) for words in parts for count in range(1, len(words))}
    assert begins <= RESERVED
    assert core_tables() <= set(Base.metadata.tables)
    assert not {name for name in core_tables() if name.startswith(NAME)}
