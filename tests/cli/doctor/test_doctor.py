"""`deskcore plugin doctor` tells before an upgrade what will not work after it, one sentence with a remedy each."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import deskcore
from tests.cli.conftest import Command
from tests.cli.doctor.conftest import PACKAGE, edit

Write = Callable[..., Path]
PLAIN = """
    from deskcore.plugin import Problem, Setting, Text, hookimpl

    @hookimpl
    def register_settings():
        return [Setting(key="limit", label=Text("Limit", "Limit"), type="int")]

    @hookimpl
    def validate_ticket(draft):
        return Problem("No.")
"""


def found(run: Command, *arguments: str) -> list[tuple[str, str, str]]:
    outcome = run("plugin", "doctor", "--json", *arguments)
    rows: list[dict[str, Any]] = outcome.json["findings"]
    assert outcome.code == (1 if rows else 0)
    return [(row["plugin"], row["rule"], row["message"]) for row in rows]


def only(run: Command, *arguments: str) -> str:
    [(_plugin, rule, message)] = found(run, *arguments)
    return f"{rule}: {message}"


pytestmark = pytest.mark.usefixtures("ready")


def test_the_bundled_plugins_have_no_findings(run: Command) -> None:
    outcome = run("plugin", "doctor")
    assert (outcome.code, outcome.err) == (0, "")
    assert "no findings" in outcome.out


def test_a_plugin_that_uses_what_there_is_has_no_findings(run: Command, write: Write) -> None:
    write("fleet", PLAIN)
    assert found(run, "fleet") == []


def test_a_removed_hook_is_named_with_the_one_that_may_replace_it(run: Command, write: Write, other: Path) -> None:
    package = write("fleet", PLAIN)
    edit(other / "deskcore/hooks/specs/calls.py", "\ndef validate_ticket(", "\ndef validate_request(")
    outcome = run("plugin", "doctor", "fleet", "--against", str(other))
    line = next(n for n, text in enumerate((package / "__init__.py").read_text().splitlines(), 1) if "def val" in text)
    assert outcome.code == 1
    assert outcome.out.splitlines()[0] == (
        f"fleet: __init__.py:{line}: It implements “validate_ticket”, which is gone in 0.3.0; "
        "“validate_request” may be its new name. (hook)"
    )


def test_a_removed_argument_is_named(run: Command, write: Write, other: Path) -> None:
    write("fleet", PLAIN)
    specs = other / "deskcore/hooks/specs/calls.py"
    edit(specs, "def validate_ticket(draft: TicketDraft)", "def validate_ticket(ticket: T)")
    assert only(run, "fleet", "--against", str(other)) == (
        "argument: Its “validate_ticket” takes “draft”, which is gone in 0.3.0; leave it out."
    )


def test_a_name_that_left_the_facade_is_named(run: Command, write: Write, other: Path) -> None:
    write("fleet", PLAIN)
    edit(other / "deskcore/plugin.py", '    "Problem",\n', "")
    assert only(run, "fleet", "--against", str(other)) == (
        "name: It uses “Problem” of deskcore.plugin, which is gone in 0.3.0; do without it."
    )


def test_a_name_is_found_however_the_facade_was_imported(run: Command, write: Write, other: Path) -> None:
    write("fleet", "import deskcore.plugin\nimport deskcore.plugin as one\nfrom deskcore import plugin as two\n"
                   "a = one.Problem('x')\nb = two.Refused('x')\nc = deskcore.plugin.Conflict('x')\n")  # fmt: skip
    for name in ("Problem", "Refused", "Conflict"):
        edit(other / "deskcore/plugin.py", f'    "{name}",\n', "")
    said = [message for _plugin, _rule, message in found(run, "fleet", "--against", str(other))]
    assert [message.split("“")[1].split("”")[0] for message in said] == ["Problem", "Refused", "Conflict"]


def test_an_argument_that_a_class_of_the_facade_lost_is_named(run: Command, write: Write, other: Path) -> None:
    write("fleet", PLAIN)
    parts = other / "deskcore/hooks/installation_parts.py"
    text = parts.read_text(encoding="utf-8")
    start = text.index("class Setting:")
    parts.write_text(text[:start] + text[start:].replace("    label: Text\n", "    labelled: Text\n", 1))
    assert "keyword: It calls Setting(label=…), which is gone in 0.3.0; “labelled” may be its new name." in only(
        run, "fleet", "--against", str(other)
    )


def test_what_is_not_for_plugins_is_named(run: Command, write: Write) -> None:
    write("fleet", "from deskcore.hooks import state\n")
    assert only(run, "fleet").startswith("internal: It imports deskcore.hooks.state, which is not for plugins")


def test_a_version_outside_the_range_is_named(run: Command, write: Write) -> None:
    write("fleet", PLAIN, "deskcore>=0.1,<0.2")
    assert found(run, "fleet") == []
    assert only(run, "fleet", "--against", "0.2.1") == (
        "range: It is made for Deskcore <0.2,>=0.1, not for 0.2.1; get a version of it made for that one."
    )


def test_a_plugin_made_for_the_next_version_fits_that_one_only(run: Command, write: Write) -> None:
    write("fleet", PLAIN, "deskcore>=0.2")
    assert only(run, "fleet").startswith("range: ")
    assert found(run, "fleet", "--against", "0.2") == []


def test_what_is_not_installed_is_named(run: Command, write: Write) -> None:
    write("fleet", PLAIN, "deskcore>=0.1", "no-such-library>=2")
    assert only(run, "fleet").startswith("manifest: It needs the library “no-such-library>=2”, which is not installed")


def test_a_plugin_that_needs_one_which_is_off_is_named(run: Command, write: Write) -> None:
    write("cars", PLAIN)
    write("fleet", PLAIN, "deskcore>=0.1", "deskcore-cars")
    assert run("plugin", "enable", "fleet").code == 1  # wanted, and blocked
    assert only(run, "fleet") == "requirement: It needs “cars”, which is off; enable that first."


def test_libraries_of_which_plugin_and_core_want_different_versions_are_named(
    run: Command, write: Write, other: Path
) -> None:
    write("fleet", PLAIN, "deskcore>=0.1", "flask<4")
    (other / "setup.cfg").write_text("[options]\ninstall_requires =\n    flask>=4.1\n    pluggy\n")
    assert only(run, "fleet", "--against", str(other)) == (
        "requirement: It needs “flask<4” and Deskcore 0.3.0 needs “flask>=4.1”; get a newer version of it."
    )


def test_a_wheel_is_read_without_being_installed(run: Command, write: Write, other: Path, tmp_path: Path) -> None:
    write("fleet", PLAIN, "deskcore>=0.1", "flask<4")
    edit(other / "deskcore/plugin.py", '    "Problem",\n', "")
    wheel = tmp_path / "deskcore-0.3.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in sorted((other / "deskcore").rglob("*.py")):
            archive.write(path, path.relative_to(other))
        archive.writestr("deskcore-0.3.0.dist-info/METADATA", "Name: deskcore\nRequires-Dist: flask>=4.1\n")
    assert [rule for _plugin, rule, _message in found(run, "fleet", "--against", str(wheel))] == ["requirement", "name"]


@pytest.mark.parametrize("place", ["nonsense", "empty", "broken.whl", "other/setup.cfg"])
def test_what_is_no_deskcore_is_refused_with_what_may_be_named(run: Command, tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.whl").write_bytes(b"no zip")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "setup.cfg").touch()
    outcome = run("plugin", "doctor", "--against", str(tmp_path / place))
    assert outcome.code in (1, 2)
    assert "wheel" in outcome.err
    assert "Traceback" not in outcome.err


MIGRATION = "revision = '{0}'\ndown_revision = {1!r}\nraise RuntimeError('a preflight runs nothing')\n"


def migrations(package: Path, *revisions: tuple[str, object]) -> None:
    (package / "migrations").mkdir(exist_ok=True)
    for name, before in revisions:
        (package / "migrations" / f"{name}.py").write_text(MIGRATION.format(name, before))


def held(instance: Path, plugin: str, revision: str) -> None:
    with sqlite3.connect(instance / "deskcore.db") as database:
        database.execute(f"CREATE TABLE alembic_version_{plugin} (version_num VARCHAR)")
        database.execute(f"INSERT INTO alembic_version_{plugin} VALUES ('{revision}')")
        database.execute(
            "INSERT INTO plugin_state (name, wanted, state, trace, version, updated_at) "
            f"VALUES ('{plugin}', 1, 'enabled', '', '', '2026-01-01')"
        )


def test_tables_that_are_behind_their_migrations_are_named(run: Command, write: Write, instance: Path) -> None:
    migrations(write("fleet", PLAIN), ("0001", None), ("0002", "0001"))
    held(instance, "fleet", "0001")
    assert only(run, "fleet") == "tables: Its tables are not up to date; run “deskcore db upgrade”, then restart."


def test_tables_that_are_ahead_of_their_migrations_are_named(run: Command, write: Write, instance: Path) -> None:
    migrations(write("fleet", PLAIN), ("0001", None))
    held(instance, "fleet", "0009")
    assert only(run, "fleet").startswith("tables: Its tables are at revision 0009, made by a newer version of it")


def test_migrations_with_two_ends_are_named(run: Command, write: Write) -> None:
    migrations(write("fleet", PLAIN), ("0001", None), ("0002", "0001"), ("0003", "0001"))
    assert only(run, "fleet").startswith("tables: Its migrations end in several revisions (0002, 0003)")


def test_a_deskcore_that_does_not_know_the_tables_is_named(run: Command, other: Path) -> None:
    newest = max((other / "deskcore/migrations").glob("[0-9]*.py"))
    newest.unlink()
    [message] = [said for plugin, _rule, said in found(run, "--against", str(other)) if plugin == "deskcore"]
    assert message.startswith("The database is at revision")
    assert "which Deskcore 0.3.0 does not know" in message


def edited(instance: Path, key: str, yours: str, before: str) -> None:
    with sqlite3.connect(instance / "deskcore.db") as database:
        database.execute(
            "INSERT INTO request_type_override (request_type_id, key, value, before) "
            f"SELECT id, '{key}', '\"{yours}\"', '\"{before}\"' FROM request_type WHERE key = 'question'"
        )


def test_an_edit_that_the_plugin_declares_anew_is_shown_beside_it(run: Command, instance: Path) -> None:
    edited(instance, "title.en", "Ask us", "What it was called")
    assert only(run) == (
        "edit: “title.en” was edited here and is declared anew (yours: Ask us, new: Question or advice); choose under "
        "Services."
    )


def test_an_edit_whose_place_is_gone_is_shown(run: Command, instance: Path) -> None:
    edited(instance, "fields.no_such_field.label.en", "Ask us", "What it was called")
    assert only(run).startswith("edit: “fields.no_such_field.label.en” was edited here and has no place any more")


def test_an_edit_of_what_stayed_as_it_was_is_no_finding(run: Command, instance: Path) -> None:
    edited(instance, "title.en", "Ask us", "Question or advice")
    assert found(run) == []


def test_a_broken_source_is_named_and_the_other_plugins_are_read(run: Command, write: Write) -> None:
    package = write("fleet", PLAIN)
    (package / "broken.py").write_text("def half(:\n")
    (package / "rubbish.py").write_bytes(b"\xff\x00\xfe")
    write("cars", "from deskcore.plugin import Nothing\n")
    rows = found(run)
    assert [(plugin, rule) for plugin, rule, _message in rows] == [
        ("cars", "name"), ("fleet", "source"), ("fleet", "source"),
    ]  # fmt: skip
    assert "line 1" in rows[1][2]


def test_a_wheel_that_unpacks_to_more_than_a_source_can_be_is_refused(
    run: Command, other: Path, tmp_path: Path
) -> None:
    wheel = tmp_path / "deskcore-0.3.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(other / "deskcore/__init__.py", "deskcore/__init__.py")
        archive.writestr("deskcore/hooks/specs/__init__.py", b"#" * 200_000_000)
    assert wheel.stat().st_size < 1_000_000
    outcome = run("plugin", "doctor", "--against", str(wheel))
    assert outcome.code == 1
    assert "it is too large" in outcome.err


def test_a_folder_that_leads_round_in_a_circle_is_read_once(run: Command, write: Write) -> None:
    package = write("fleet", "from deskcore.plugin import Nothing\n")
    (package / "again").symlink_to(package)
    (package / "odd.py").write_text(f"x = '\\d'\ny = {'a.' * 5000}b\n")
    assert [rule for _plugin, rule, _message in found(run, "fleet")] in (["name"], ["name", "source"])


def test_a_broken_manifest_is_named(run: Command, instance: Path) -> None:
    (instance / "plugins" / "stray").mkdir(parents=True)
    assert only(run, "stray").startswith("manifest: Its folder has no setup.cfg")


def test_a_plugin_that_is_gone_is_named(run: Command, instance: Path) -> None:
    held(instance, "fleet", "0001")
    assert only(run, "fleet").startswith("missing: Its package “deskcore_fleet” is gone")


@pytest.mark.parametrize("what", ["gone", "rubbish"])
def test_without_its_database_it_says_so_and_reads_the_rest(
    run: Command, write: Write, instance: Path, what: str
) -> None:
    write("fleet", "from deskcore.plugin import Nothing\n")
    (instance / "deskcore.db").unlink()
    if what == "rubbish":
        (instance / "deskcore.db").write_bytes(b"rubbish" * 100)
    rows = found(run)
    assert [(plugin, rule) for plugin, rule, _message in rows] == [("deskcore", "database"), ("fleet", "name")]
    assert "Until then it is not known which plugins are on" in rows[0][2]


def test_a_database_server_that_is_away_is_said(run: Command, instance: Path) -> None:
    with (instance / "config.toml").open("a") as config:
        config.write('database_url = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"\n')
    assert only(run).startswith("database: The database does not answer; start it")


def test_nothing_is_imported_and_nothing_changed(run: Command, write: Write, instance: Path, other: Path) -> None:
    write("fleet", PLAIN)
    before = _content(instance)
    found(run, "--against", str(other))
    assert _content(instance) == before
    assert "deskcore_fleet" not in sys.modules


def _content(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".db-wal", ".db-shm"))
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_an_unknown_plugin_is_named_with_those_that_are_known(run: Command) -> None:
    outcome = run("plugin", "doctor", "no_such_plugin")
    assert outcome.code == 1
    assert "There is no plugin “no_such_plugin”." in outcome.err


def test_this_checkout_can_be_named_as_the_other_one(run: Command) -> None:
    assert found(run, "--against", str(PACKAGE.parent)) == []


def test_a_release_that_is_known_by_its_number_only_is_judged_by_what_was_announced(
    run: Command, write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write("fleet", PLAIN)
    place = tmp_path / "announcing"
    shutil.copytree(PACKAGE, place / "deskcore", ignore=shutil.ignore_patterns("static", "templates", "__pycache__"))
    specs = place / "deskcore/hooks/specs/calls.py"
    edit(specs, "@hookspec\ndef validate_ticket(",
         '@hookspec(deprecated=RemovedIn03Warning("Use before_ticket_open."))\ndef validate_ticket(')  # fmt: skip
    monkeypatch.setattr(deskcore, "__file__", str(place / "deskcore" / "__init__.py"))
    said = "It implements “validate_ticket”, which {} in 0.3. Use before_ticket_open."
    assert only(run, "fleet") == "deprecated: " + said.format("goes")
    assert only(run, "fleet", "--against", "0.2") == "deprecated: " + said.format("goes")
    assert only(run, "fleet", "--against", "0.3") == "removed: " + said.format("is gone")
