"""What is unsafe does not start, and says in one sentence what to do; ``deskcore check`` says the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from conftest import SECRET_KEY
from deskcore import safety
from deskcore.app import create_app
from deskcore.cli import main
from deskcore.config import Config, load_config
from deskcore.errors import ConfigurationError
from tests.processes import Server

PUBLIC = "https://help.meridian.example"


@pytest.fixture
def home(sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A sound installation in a folder that everybody on this computer may enter."""
    with tempfile.TemporaryDirectory(prefix="deskcore-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copy(sqlite_template, folder / "deskcore.db")
        (folder / "files" / "ab").mkdir(parents=True)
        for path, text in (("secret_key", SECRET_KEY), ("config.toml", ""), ("files/ab/abcd", "x")):
            (folder / path).write_text(text)
            (folder / path).chmod(0o600)
        (folder / "deskcore.db").chmod(0o600)
        for key in [key for key in os.environ if key.startswith("DESKCORE_")]:
            monkeypatch.delenv(key)
        monkeypatch.setenv("DESKCORE_INSTANCE", str(folder))
        yield folder


def _configure(home: Path, **values: object) -> None:
    (home / "config.toml").write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items()))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Give a function that runs ``deskcore`` and returns its code and what it said on standard error."""

    def command(*arguments: str) -> tuple[int, str]:
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.err or said.out

    return command


def _problems(run: Callable[..., tuple[int, str]]) -> dict[str, str]:
    code, said = run("check", "--json")
    found = {note["about"]: note["message"] for note in json.loads(said) if note["level"] == "problem"}
    assert (code == 1) == bool(found)
    return found


#: What is done to a sound installation, and what both the start and the check name.
UNSAFE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a short key": (lambda home: (home / "secret_key").write_text("secret"), "secret_key"),
    "an empty key": (lambda home: (home / "secret_key").write_text(""), "secret_key"),
    "a default key": (lambda home: (home / "secret_key").write_text("changeme" * 8), "secret_key"),
    "a key of one letter": (lambda home: (home / "secret_key").write_text("x" * 64), "secret_key"),
    "a key that all can read": (lambda home: (home / "secret_key").chmod(0o644), "secret_key"),
    "tickets that all can read": (lambda home: (home / "deskcore.db").chmod(0o644), "deskcore.db"),
    "files that all can read": (lambda home: (home / "files/ab/abcd").chmod(0o644), "abcd"),
}


@pytest.mark.parametrize("what", UNSAFE)
def test_it_does_not_start_and_the_check_explains(home: Path, run: Callable[..., tuple[int, str]], what: str) -> None:
    spoil, about = UNSAFE[what]
    assert not any(path.endswith(about) for path in _problems(run))
    spoil(home)
    assert any(path.endswith(about) for path in _problems(run))
    for command in (("run", "--port", "0"), ("worker",)):
        code, said = run(*command)
        assert code == 1
        assert said.startswith("Error: It is not safe to start. ")
        assert about in said
        assert len(said.strip().splitlines()) == 1
    with pytest.raises(ConfigurationError, match=about):
        create_app({"instance": home})


def test_a_closed_folder_protects_what_lies_in_it(home: Path) -> None:
    (home / "secret_key").chmod(0o644)
    assert [danger.about for danger in safety.dangers_at_home(load_config())] == [str(home / "secret_key")]
    home.chmod(0o700)
    assert list(safety.dangers_at_home(load_config())) == []


def test_a_password_in_a_configuration_that_all_can_read_is_unsafe(
    home: Path, run: Callable[..., tuple[int, str]]
) -> None:
    _configure(home, database_url="postgresql+psycopg://deskcore:Kanarek@127.0.0.1:1/deskcore")
    assert str(home / "config.toml") not in _problems(run)
    (home / "config.toml").chmod(0o644)
    assert "secrets in it" in _problems(run)[str(home / "config.toml")]
    code, said = run("run", "--port", "0")
    assert (code, "Kanarek" in said) == (1, False)
    assert "config.toml" in said


#: Configuration, address to listen on, and what it is refused for; empty where it may start.
ADDRESSES: list[tuple[Mapping[str, Any], str, str]] = [
    ({}, "127.0.0.1", ""),
    ({}, "::1", ""),
    ({}, "localhost", ""),
    ({"base_url": PUBLIC}, "127.0.0.1", ""),
    ({"base_url": PUBLIC, "trusted_proxies": 1}, "0.0.0.0", ""),
    ({"base_url": "http://help.intern"}, "0.0.0.0", ""),
    ({}, "0.0.0.0", "base_url"),
    ({}, "::", "base_url"),
    ({}, "192.0.2.7", "base_url"),
    ({}, "help.meridian.example", "base_url"),
    ({"base_url": PUBLIC}, "0.0.0.0", "base_url"),
    ({"debug": True}, "127.0.0.1", ""),
    ({"debug": True, "base_url": "http://help.intern"}, "0.0.0.0", "debug"),
    ({"debug": True, "base_url": PUBLIC}, "127.0.0.1", "debug"),
    ({"demo": True}, "127.0.0.1", ""),
    ({"demo": True}, "0.0.0.0", "demo"),
    ({"demo": True, "base_url": "http://demo.intern:8000"}, "127.0.0.1", "demo"),
]


@pytest.mark.parametrize(("values", "host", "about"), ADDRESSES, ids=str)
def test_what_is_safe_at_home_may_not_be_in_public(values: Mapping[str, Any], host: str, about: str) -> None:
    config = replace(Config(secret_key=SECRET_KEY), **values)
    assert {danger.about for danger in safety.dangers_in_public(config, host)} == ({about} if about else set())
    with_flag = {danger.about for danger in safety.dangers_in_public(config, host, demo_on_network=True)}
    assert with_flag == ({about} - {"demo"} if about else set())


def test_the_command_refuses_what_is_unsafe_in_public(home: Path, run: Callable[..., tuple[int, str]]) -> None:
    for values, about in (({"demo": True}, "demo"), ({"debug": True}, "debug"), ({}, "base_url")):
        _configure(home, **values)
        code, said = run("run", "--port", "0", "--host", "0.0.0.0")
        assert code == 1
        assert said.startswith(f"Error: It is not safe to start. {about}: ")


@pytest.mark.parametrize(
    "values",
    [{"trusted_proxies": "*"}, {"trusted_proxies": -1}, {"trusted_proxies": 1000}, {"base_url": "help.example"}],
    ids=str,
)
def test_a_setting_that_would_believe_anybody_is_refused(
    home: Path, run: Callable[..., tuple[int, str]], values: Mapping[str, object]
) -> None:
    _configure(home, **values)
    code, said = run("run", "--port", "0")
    assert code == 1
    assert next(iter(values)) in said
    assert next(iter(values)) in _problems(run)["config.toml"]


def test_cookies_demand_https_exactly_when_the_address_has_it(home: Path) -> None:
    """One setting decides both, so that they cannot disagree."""
    for base_url, secure in (("http://127.0.0.1:8000", False), (PUBLIC, True)):
        app = create_app({"instance": home, "base_url": base_url})
        assert app.config["SESSION_COOKIE_SECURE"] is secure
        assert app.config["SESSION_COOKIE_NAME"].startswith("__Host-") is secure


def test_passwords_in_clear_on_the_network_are_a_problem(home: Path, run: Callable[..., tuple[int, str]]) -> None:
    _configure(home, base_url="http://help.intern")
    assert "in clear" in _problems(run)["base_url"]


def test_two_keys_on_one_database_are_noticed(home: Path, run: Callable[..., tuple[int, str]]) -> None:
    assert "secret_key" not in _problems(run)
    other = "quite another key, as long as it has to be 4711"
    (home / "secret_key").write_text(other)
    assert "Another key signed the newest entry" in _problems(run)["secret_key"]
    _configure(home, former_secret_keys=[SECRET_KEY])
    (home / "config.toml").chmod(0o600)
    assert "secret_key" not in _problems(run)


def test_a_newer_schema_is_refused_and_explained(home: Path, run: Callable[..., tuple[int, str]]) -> None:
    engine = sa.create_engine(f"sqlite:///{home / 'deskcore.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999_future'")
    engine.dispose()
    assert "newer version" in _problems(run)["database"]
    code, said = run("user", "rights", "admin@meridian.example")
    assert (code, "newer version" in said) == (1, True)


def _readable(folder: Path) -> set[str]:
    """Return the files that others could read if they could enter the folder."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.stat().st_mode & 0o77)
    return {str(path.relative_to(folder)) for path in found}


def test_nothing_that_is_made_is_for_others(tmp_path: Path) -> None:
    """From the first start on, under an account whose new files are for everybody."""
    folder = tmp_path / "instance"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DESKCORE_")}
    environment["DESKCORE_INSTANCE"] = str(folder)

    def command(*arguments: str, typed: str = "") -> None:
        run = [sys.executable, "-m", "deskcore.cli", *arguments]
        more: dict[str, Any] = {"env": environment, "umask": 0, "input": typed, "text": True, "capture_output": True}
        done = subprocess.run(run, **more)
        assert done.returncode == 0, done.stderr

    admin = ("--admin-email", "admin@meridian.example", "--admin-password-stdin")
    command("init", *admin, typed="a password of ten\n")
    command("db", "upgrade")
    command("backup", str(tmp_path / "archive.tar"))
    server, before = Server(folder, ["run", "--port", "0"]), os.umask(0)
    try:
        server.start()
        assert server.get() == 200
        assert _readable(tmp_path) == set()
    finally:
        os.umask(before)
        server.stop()
    assert folder.stat().st_mode & 0o77 == 0
