"""Whatever goes wrong is one sentence with the remedy, and never a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

import deskcore
import deskcore.errors
from tests.cli.conftest import Command


@pytest.mark.parametrize(
    "arguments",
    [["run"], ["worker"], ["fsck"], ["plugin", "list"], ["user", "token", "a@b.example"], ["db", "upgrade"], ["check"]],
    ids=" ".join,
)
def test_without_an_instance_folder_the_remedy_is_named(run: Command, instance: Path, arguments: list[str]) -> None:
    outcome = run(*arguments)
    assert outcome.code == 1
    assert "deskcore init" in outcome.err + outcome.out
    assert "Traceback" not in outcome.err
    assert not instance.exists()


@pytest.mark.parametrize("arguments", [["run"], ["fsck"], ["db", "current"], ["user", "reset-link", "a@b.example"]])
def test_without_a_database_none_is_made(run: Command, instance: Path, arguments: list[str]) -> None:
    instance.mkdir()
    outcome = run(*arguments)
    assert outcome.code == 1
    assert "run “deskcore init”" in outcome.err
    assert not (instance / "deskcore.db").exists()


def test_a_database_without_tables_is_told_from_a_broken_one(run: Command, instance: Path) -> None:
    instance.mkdir()
    (instance / "deskcore.db").touch()
    assert "has no tables yet; run “deskcore init”" in run("fsck").err
    (instance / "deskcore.db").write_bytes(b"this is no database" * 100)
    assert "The database file is damaged; restore a backup." in run("fsck").err


def test_a_wrong_key_of_the_configuration_is_named(run: Command, ready: Path) -> None:
    (ready / "config.toml").write_text("colour = 1\n")
    outcome = run("plugin", "list")
    assert outcome.code == 1
    assert "the unknown key “colour”" in outcome.err


def test_a_database_server_that_does_not_answer_is_one_sentence(
    run: Command, ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKCORE_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    outcome = run("fsck")
    assert outcome.code == 1
    assert outcome.err == "Error: The database does not answer; start it, or correct “database_url”.\n"


def test_tracing_shows_the_exception(run: Command, instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKCORE_TRACE", "1")
    with pytest.raises(deskcore.errors.ConfigurationError):
        run("fsck")


def test_the_version_is_told(run: Command) -> None:
    assert run("--version").out == f"deskcore {deskcore.__version__}\n"


def test_the_instance_can_be_named_before_the_command(run: Command, tmp_path: Path) -> None:
    assert run("--instance", str(tmp_path / "other"), "init").code == 0
    assert (tmp_path / "other" / "deskcore.db").exists()


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import deskcore.cli.serving, deskcore.serve.supervisor", ("flask", "sqlalchemy", "rich", "alembic")),
        ("from deskcore.cli import main; main(['plugin', 'list'])", ("flask_smorest", "rich", "alembic", "waitress")),
    ],
)
@pytest.mark.usefixtures("ready")
def test_a_command_imports_only_what_it_needs(run_alone: Command, code: str, unwanted: tuple[str, ...]) -> None:
    outcome = run_alone(f"{code}\nimport sys\nprint('\\n'.join(sys.modules))")
    assert outcome.code == 0, outcome.err
    assert not set(unwanted) & set(outcome.out.split())


@pytest.mark.usefixtures("ready")
def test_the_first_page_with_every_plugin_on_imports_only_what_it_needs(run: Command, run_alone: Command) -> None:
    names = [row["name"] for row in run("plugin", "list", "--json").json]
    for name in names:
        assert run("plugin", "enable", name).code == 0
    first = "from deskcore.app import create_app; print(create_app().test_client().get('/login').status_code)"
    outcome = run_alone(f"{first}\nimport sys\nprint('\\n'.join(sys.modules))")
    status, *imported = outcome.out.split()
    assert status == "200", outcome.err
    assert {f"deskcore_{name}" for name in names} <= set(imported)
    for later in (
        "alembic",
        "rich",
        "whoosh",
        "holidays",
        "markdownify",
        "imap_tools",
        "css_inline",
        "segno",
        "psycopg",
    ):
        assert later not in imported, f"{later} is needed by few, and later"
