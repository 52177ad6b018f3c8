"""``deskcore init`` makes an installation that only its owner can read, once."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

from deskcore.cli.installation import bare_app
from deskcore.people.services import get_person, password_matches
from tests.cli.conftest import Command

PASSWORD = "correct horse battery"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_is_readable_by_its_owner_only(run: Command, instance: Path) -> None:
    assert run("init").code == 0
    assert mode(instance) == 0o700
    assert {mode(instance / name) for name in ("config.toml", "secret_key", "deskcore.db")} == {0o600}


def test_the_configuration_says_what_was_given(run: Command, instance: Path) -> None:
    run("init", "--organisation", 'Say "hi" \\ now', "--base-url", "https://help.example.org", "--language", "pl")
    values = tomllib.loads((instance / "config.toml").read_text())
    assert values["organisation"] == 'Say "hi" \\ now'
    assert values["base_url"] == "https://help.example.org"
    assert values["default_language"] == "pl"


def test_the_plugins_that_are_there_are_switched_on(run: Command) -> None:
    run("init")
    states = {row["name"]: row["state"] for row in run("plugin", "list", "--json").json}
    assert states
    assert set(states.values()) == {"enabled"}


def test_a_plugin_that_was_switched_off_stays_off(run: Command) -> None:
    run("init")
    name = run("plugin", "list", "--json").json[0]["name"]
    run("plugin", "disable", name)
    run("init")
    assert {row["name"]: row["state"] for row in run("plugin", "list", "--json").json}[name] == "disabled"


def test_the_first_administrator_signs_in_with_the_password_from_standard_input(run: Command) -> None:
    options = ("--admin-email", "Ada@Example.org", "--admin-name", "Ada", "--admin-password-stdin")
    assert run("init", *options, typed=f"{PASSWORD}\n").code == 0
    with bare_app():
        ada = get_person("ada@example.org")
        assert ada.administrator
        assert password_matches(ada.password_hash, PASSWORD)


def test_without_a_password_the_administrator_gets_a_link(run: Command) -> None:
    outcome = run("init", "--admin-email", "ada@example.org")
    assert "http://127.0.0.1:8000/reset/" in outcome.out


def test_a_second_run_changes_nothing(run: Command, instance: Path) -> None:
    run("init", "--admin-email", "ada@example.org")
    before = {path.name: path.read_bytes() for path in (instance / "config.toml", instance / "secret_key")}
    outcome = run("init", "--organisation", "Another", "--admin-email", "eve@example.org")
    assert outcome.code == 0
    assert "There is an administrator already." in outcome.out
    assert {name: (instance / name).read_bytes() for name in before} == before


def test_without_a_terminal_nobody_is_asked(run: Command) -> None:
    assert "deskcore user create" in run("init").out
