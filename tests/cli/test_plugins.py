"""``deskcore plugin …`` says what is on and switches it, and imports nothing for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskcore.hooks.sources import find_plugins, standard_folders
from tests.cli.conftest import Command

NAMES = sorted(find_plugins(standard_folders(Path("nowhere"))).declarations)
COMMANDS = [
    ["plugin", "list"],
    ["plugin", "list", "--json"],
    ["plugin", "info", NAMES[0]],
    ["plugin", "disable", NAMES[0]],
    ["plugin", "enable", NAMES[0]],
    ["plugin", "doctor"],
    ["plugin", "purge", "no_such_plugin", "--yes"],
    ["db", "current"],
    ["db", "upgrade"],
    ["fsck"],
    ["check"],
    ["user", "token", "marek.nowak@meridian.example"],
]
ALONE = f"""
import sys
from deskcore.cli import main
for arguments in {COMMANDS!r}:
    assert main(arguments) == 0, arguments
    assert not [name for name in sys.modules if name.startswith("deskcore_")], arguments
"""


@pytest.mark.usefixtures("ready")
def test_no_command_but_those_of_plugins_imports_one(run_alone: Command) -> None:
    outcome = run_alone(ALONE)
    assert outcome.code == 0, outcome.err


@pytest.mark.usefixtures("ready")
def test_the_list_for_scripts_has_name_version_state_and_reason(run: Command) -> None:
    rows = run("plugin", "list", "--json").json
    assert [row["name"] for row in rows] == NAMES
    assert {tuple(row) for row in rows} == {("name", "version", "state", "reason")}
    assert {row["name"]: row["state"] for row in rows} == dict.fromkeys(NAMES, "disabled") | {"it_desk": "enabled"}


def test_the_list_works_before_there_is_a_database(run: Command, instance: Path) -> None:
    instance.mkdir()
    assert {row["state"] for row in run("plugin", "list", "--json").json} == {"disabled"}
    assert not (instance / "deskcore.db").exists()


@pytest.mark.usefixtures("ready")
def test_switching_off_and_on_is_seen_in_the_list(run: Command) -> None:
    def state() -> str:
        return next(str(row["state"]) for row in run("plugin", "list", "--json").json if row["name"] == NAMES[0])

    assert run("plugin", "disable", NAMES[0]).code == 0
    assert state() == "disabled"
    assert run("plugin", "enable", NAMES[0]).code == 0
    assert state() == "enabled"


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("action", ["enable", "disable", "info"])
def test_an_unknown_plugin_is_named_with_those_that_are_known(run: Command, action: str) -> None:
    outcome = run("plugin", action, "no_such_plugin")
    assert outcome.code == 1
    assert "There is no plugin “no_such_plugin”." in outcome.err


@pytest.mark.usefixtures("ready")
def test_a_plugin_without_commands_says_so(run: Command) -> None:
    outcome = run("it_desk", "anything")
    assert outcome.code == 1
    assert "The plugin “it_desk” adds no commands." in outcome.err


@pytest.mark.usefixtures("ready")
def test_a_command_of_a_plugin_runs_inside_the_application(run: Command, ready: Path) -> None:
    plugin = ready / "plugins" / "greeting"
    package = plugin / "deskcore_greeting"
    package.mkdir(parents=True)
    (plugin / "setup.cfg").write_text(
        "[metadata]\nname = deskcore-greeting\nversion = 1.0\ndescription = A greeting.\n"
        "[options]\ninstall_requires =\n    deskcore>=0.1,<0.2\n"
        "[options.entry_points]\ndeskcore.plugins =\n    greeting = deskcore_greeting\n"
    )
    (package / "__init__.py").write_text(
        "import click\nfrom deskcore.plugin import Command, hookimpl, now\n\n"
        "@click.command()\ndef hello():\n    click.echo(f'hello at {now():%Y}')\n\n"
        "@hookimpl\ndef register_commands():\n    return [Command(hello)]\n"
    )
    assert "is not on" in run("greeting", "hello").err
    assert run("plugin", "enable", "greeting").code == 0
    assert run("greeting", "hello").out.startswith("hello at 2")


@pytest.mark.usefixtures("ready")
def test_an_unknown_command_is_no_plugin(run: Command) -> None:
    outcome = run("nothing")
    assert outcome.code == 2
    assert "No such command" in outcome.err


@pytest.mark.usefixtures("ready")
def test_plugins_check_what_they_keep_when_asked(run: Command) -> None:
    assert run("fsck", "--plugins", "--json").json == {"checked": 0, "findings": []}
