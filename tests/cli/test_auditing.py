"""``deskcore audit …``: the log is read and verified where no page and no plugin is needed."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from conftest import SECRET_KEY

from .conftest import Command

MAREK = "marek.nowak@meridian.example"


@pytest.fixture
def site(ready: Path) -> Path:
    """Give an instance whose log was signed with its own key, with a grant at its end."""
    key = ready / "secret_key"
    key.write_text(SECRET_KEY)
    key.chmod(0o600)
    return ready


def edit(site: Path, statement: str) -> None:
    with sqlite3.connect(site / "deskcore.db") as connection:
        connection.execute(statement)
    connection.close()


def test_a_log_that_nobody_touched_is_unbroken(run: Command, site: Path) -> None:
    outcome = run("audit", "verify")
    assert outcome.code == 0
    assert "unbroken" in outcome.out
    found = run("audit", "verify", "--json").json
    assert found["broken"] is None
    assert found["checked"] == int(found["head"].partition(":")[0])


def test_the_first_broken_entry_is_named_in_one_sentence_and_the_code_says_so(run: Command, site: Path) -> None:
    edit(site, "UPDATE audit_entry SET actor = 'somebody else' WHERE sequence = 3")
    outcome = run("audit", "verify")
    assert outcome.code == 1
    assert outcome.out == "Entry 3 was changed, or put in the place of another one.\n"
    found = run("audit", "verify", "--json")
    assert found.code == 1
    assert (found.json["broken"]["entry"], found.json["broken"]["reason"]) == (3, "changed")


def test_a_head_that_was_noted_shows_later_that_nothing_before_it_was_removed(run: Command, site: Path) -> None:
    noted = run("audit", "head").out.strip()
    assert run("user", "grant", MAREK, "it", "--role", "lead").code == 0
    assert run("audit", "verify", "--head", noted).code == 0
    number, _colon, digest = noted.partition(":")
    other = f"{number}:{digest[::-1]}"
    assert f"Entry {number} is not the one whose digest was noted." in run("audit", "verify", "--head", other).out
    assert run("audit", "verify", "--head", "nonsense").code == 2


def test_entries_are_listed_newest_first_and_filtered(run: Command, site: Path) -> None:
    run("user", "grant", MAREK, "it", "--role", "lead")
    lines = run("audit", "list", "--what", "grant", "--limit", "1").out.splitlines()
    assert len(lines) == 1
    assert f'grant.given  {MAREK}  desk: "it" → "it", role: "agent" → "lead"' in lines[0]
    newest = json.loads(run("audit", "list", "--limit", "1", "--json").out)
    assert (newest["action"], newest["subject"], newest["actor_kind"]) == ("grant.given", MAREK, "command line")
    assert run("audit", "list", "--who", "nobody-at-all").out == ""
    assert run("audit", "list", "--from", "2999-01-01").out == ""
    assert run("audit", "list", "--until", "1999-01-01").out == ""
    assert run("audit", "list", "--from", "yesterday").code == 2


def test_a_name_steers_neither_the_terminal_nor_a_spreadsheet(run: Command, site: Path) -> None:
    attack = "=1+1\x1b[2J"
    assert run("user", "token", MAREK, "--name", attack).code == 0
    assert "\x1b" not in run("audit", "list").out
    file = run("audit", "list", "--csv", "--limit", "1").out
    assert "'=1+1" in file
    assert "\x1b" not in file


def test_none_of_it_loads_a_plugin(site: Path, run_alone: Command) -> None:
    outcome = run_alone(
        "import sys; from deskcore.cli import main\n"
        "codes = [main(['audit', *words]) for words in (['verify'], ['list'], ['head'])]\n"
        "plugins = [name for name in sys.modules if name.startswith('deskcore_')]\n"
        "assert codes == [0, 0, 0] and not plugins, (codes, plugins)"
    )
    assert outcome.code == 0, outcome.err
