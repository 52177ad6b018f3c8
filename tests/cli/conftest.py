"""Installations that commands are run on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from conftest import SECRET_KEY
from deskcore.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Outcome]


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name an instance folder that is not there yet, and let commands find it."""
    folder = tmp_path / "instance"
    monkeypatch.setenv("DESKCORE_INSTANCE", str(folder))
    monkeypatch.delenv("DESKCORE_TRACE", raising=False)
    return folder


@pytest.fixture
def ready(instance: Path, sqlite_template: Path) -> Path:
    """Give an instance with the people that every test knows, and the bundled plugins on."""
    instance.mkdir(mode=0o700)
    shutil.copy(sqlite_template, instance / "deskcore.db")
    (instance / "deskcore.db").chmod(0o600)
    (instance / "secret_key").write_text(SECRET_KEY)
    (instance / "secret_key").chmod(0o600)
    (instance / "config.toml").write_text('base_url = "https://help.meridian.example"\ntrusted_proxies = 1\n')
    return instance


@pytest.fixture
def run(instance: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Give a function that runs ``deskcore`` in this process, with what is typed on its standard input."""

    def command(*arguments: str, typed: str | None = None) -> Outcome:
        monkeypatch.setattr(sys, "stdin", StringIO(typed or ""))
        code = main(arguments)
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err)

    return command


@pytest.fixture
def run_alone(instance: Path) -> Command:
    """Give a function that runs Python code in a process of its own, on the same instance."""

    def python(code: str) -> Outcome:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
        return Outcome(done.returncode, done.stdout, done.stderr)

    return python
