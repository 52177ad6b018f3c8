"""``deskcore plugin new`` asks nothing it can guess, refuses with a remedy, and leaves nothing half-written."""

from __future__ import annotations

import os
import pty
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from deskcore.cli import COMMANDS
from deskcore.errors import Refused
from deskcore.hooks.declarations import read_folder
from deskcore.hooks.sources import find_plugins, standard_folders
from deskcore.scaffold.plans import RESERVED, Plan, check_name, guessed_prefix, guessed_title
from deskcore.scaffold.taken import written_desks
from tests.cli.conftest import Command

DESKCORE = [sys.executable, "-m", "deskcore.cli"]
BUNDLED = find_plugins(standard_folders(Path("nowhere"))).declarations
TAKEN = next(iter(written_desks(BUNDLED.values())))
DUMMIES = Path(__file__).parents[1] / "plugins"


def everything_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def on_a_terminal(typed: str, *arguments: str) -> str:
    """Run a command whose input and output are a terminal, and return what stood on it."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*DESKCORE, *arguments], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, typed.encode())
    said = b""
    try:
        while more := os.read(ours, 4096):
            said += more
    except OSError:  # nobody holds the other end any more
        pass
    os.close(ours)
    assert process.wait(60) == 0, said.decode()
    return said.decode()


@pytest.mark.usefixtures("ready")
def test_yes_asks_nothing_and_says_what_comes_next(run: Command, instance: Path) -> None:
    outcome = run("plugin", "new", "fleet_desk", "--yes")
    assert outcome.code == 0, outcome.err
    folder = instance / "plugins" / "fleet_desk"
    said = [line.strip() for line in outcome.out.splitlines() if line.startswith("    ")]
    deskcore = f"deskcore --instance {instance}"
    assert said == [f"{deskcore} plugin enable fleet_desk", f"{deskcore} run --reload", f"pytest {folder}"]
    assert 'prefix="FL"' in (folder / "deskcore_fleet_desk" / "__init__.py").read_text(encoding="utf-8")
    listed = {row["name"]: row["state"] for row in run("plugin", "list", "--json").json}
    assert listed["fleet_desk"] == "disabled"


def test_on_a_terminal_it_asks_for_the_title_and_the_prefix_and_nothing_else(ready: Path, tmp_path: Path) -> None:
    said = on_a_terminal("\nvan\n", "plugin", "new", "fleet_desk")
    assert said.count("]:") == 2
    assert "Title of the desk [Fleet]:" in said
    assert "Letters before the number of each ticket [FL]:" in said
    code = (ready / "plugins" / "fleet_desk" / "deskcore_fleet_desk" / "__init__.py").read_text(encoding="utf-8")
    assert 'prefix="VAN"' in code
    assert "]:" not in on_a_terminal("", "plugin", "new", "fleet2", "--yes")


def test_what_was_said_is_not_asked_for(ready: Path) -> None:
    given = ["--title", "Cars & vans", "--title-pl", "Auta i busy", "--prefix", "CAR"]
    assert "]:" not in on_a_terminal("", "plugin", "new", "fleet_desk", *given)
    code = (ready / "plugins" / "fleet_desk" / "deskcore_fleet_desk" / "__init__.py").read_text(encoding="utf-8")
    assert 'Text("Cars & vans", "Auta i busy")' in code


def test_a_folder_of_its_own_needs_no_installation(run: Command, tmp_path: Path, instance: Path) -> None:
    outcome = run("plugin", "new", "fleet_desk", "--into", str(tmp_path / "src" / "plugins"))
    assert outcome.code == 0, outcome.err
    assert not instance.exists()
    assert f"pip install --editable {tmp_path}/src/plugins/fleet_desk" in outcome.out
    assert read_folder(tmp_path / "src" / "plugins" / "fleet_desk").problem is None


REFUSED = [
    (["Fleet"], "lower-case letters"),
    (["fleet-desk"], "lower-case letters"),
    (["2fleet"], "lower-case letters"),
    (["../fleet"], "lower-case letters"),
    (["f" * 41], "lower-case letters"),
    (["ticket"], "such as ticket_desk"),
    (["plugin"], "such as plugin_desk"),
    ([TAKEN.owner.removeprefix("plugin “").removesuffix("”")], "give another name"),
    ([TAKEN.key], "give the plugin another name"),
    (["fleet", "--prefix", TAKEN.prefix], "give another one, such as --prefix FL"),
    (["fleet", "--prefix", TAKEN.prefix.lower()], "give another one"),
    (["fleet", "--prefix", "F"], "two to five capital letters"),
    (["fleet", "--prefix", "F1"], "two to five capital letters"),
    (["fleet", "--title", 'Fleet" + evil() + "'], "letters, digits and spaces"),
    (["fleet", "--title", "Fleet\n[options]"], "letters, digits and spaces"),
    (["fleet", "--title", "F" * 41], "letters, digits and spaces"),
    (["fleet", "--title-pl", "100 %"], "letters, digits and spaces"),
]


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(("arguments", "remedy"), REFUSED, ids=[" ".join(given)[:40] for given, _remedy in REFUSED])
def test_what_cannot_work_is_refused_with_the_remedy(
    run: Command, tmp_path: Path, arguments: list[str], remedy: str
) -> None:
    before = everything_in(tmp_path)
    outcome = run("plugin", "new", *arguments, "--yes")
    assert outcome.code == 1
    assert outcome.err.startswith("Error: ")
    assert outcome.err.count("\n") == 1
    assert remedy in outcome.err
    assert everything_in(tmp_path) == before


@pytest.mark.usefixtures("ready")
def test_the_desk_of_a_plugin_that_is_gone_stays_taken(run: Command, instance: Path) -> None:
    assert run("plugin", "new", "fleet_desk", "--yes").code == 0
    assert run("plugin", "new", "fleet", "--yes").code == 1
    assert "from plugin “fleet_desk”" in run("plugin", "new", "fleet", "--yes").err


@pytest.mark.usefixtures("ready")
def test_what_is_there_is_never_written_over(run: Command, instance: Path) -> None:
    plugins = instance / "plugins"
    plugins.mkdir()
    (plugins / "folder_desk").mkdir()
    (plugins / "file_desk").write_text("mine")
    (plugins / "link_desk").symlink_to("nowhere")
    before = everything_in(instance)
    for name in ("folder_desk", "file_desk", "link_desk"):
        outcome = run("plugin", "new", name, "--yes")
        assert outcome.code == 1
        assert "already" in outcome.err
    assert everything_in(instance) == before


def test_without_an_installation_it_says_how_to_make_one(run: Command) -> None:
    outcome = run("plugin", "new", "fleet_desk", "--yes")
    assert (outcome.code, "deskcore init" in outcome.err) == (1, True)


def test_where_nothing_can_be_written_another_folder_is_asked_for(run: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    outcome = run("plugin", "new", "fleet_desk", "--yes", "--into", str(tmp_path / "file" / "plugins"))
    assert outcome.code == 1
    assert "choose another folder with --into" in outcome.err


def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [*DESKCORE, "plugin", "new", "fleet_desk", "--yes", "--into", str(tmp_path)],
        capture_output=True, text=True, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: Nothing can be written into “{tmp_path}”")
    assert not everything_in(tmp_path)


@pytest.mark.parametrize(
    ("plugin", "title", "prefix"),
    [
        ("fleet_desk", "Fleet", "FL"),
        ("hr", "Hr", "HR"),
        ("travel_and_events", "Travel and events", "TAE"),
        ("lab_2_desk", "Lab 2", "LA"),
        ("x", "X", "XA"),
        ("r2d2", "R2d2", "RD"),
        ("desk_", "Desk", "DE"),
    ],
)
def test_title_and_prefix_are_guessed_from_the_name(plugin: str, title: str, prefix: str) -> None:
    assert (guessed_title(plugin), guessed_prefix(plugin, ())) == (title, prefix)


def test_a_prefix_that_is_taken_is_not_guessed() -> None:
    taken: set[str] = set()
    for _each in range(30):
        taken.add(guessed_prefix("fleet_desk", taken))
    assert len(taken) == 30
    for prefix in taken:
        Plan("fleet_desk", "Fleet", "Flota", prefix)


def test_names_of_the_core_are_not_given_away(shared_app: Flask) -> None:
    parts = {name.partition("_")[0] for name in (*shared_app.blueprints, *COMMANDS)}
    assert parts <= RESERVED | set(BUNDLED) | {"api-x-"}
    for name in parts & RESERVED:
        with pytest.raises(Refused, match="belongs to Deskcore"):
            check_name(name)


def test_desks_are_read_from_code_without_running_it() -> None:
    dummies = find_plugins([DUMMIES]).declarations
    assert ("dummy", "DMY") in [(desk.key, desk.prefix) for desk in written_desks(dummies.values())]
    assert "deskcore_dummy_new" not in sys.modules
