"""Wheels of the core and of the plugins, and an empty environment in which only they are installed."""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: WHEELS=all asks for every bundled plugin and every way to die; one plugin stands for them otherwise.
WHOLE = os.environ.get("WHEELS") == "all"
BUNDLED = sorted(path.parent.name for path in ROOT.glob("plugins/*/setup.cfg"))
CHOSEN = BUNDLED if WHOLE else ["it_desk"]
#: What stays behind: builds would write into the checkout, and these are no part of a source.
_LEFT = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "*.mo")
#: A release later there is one more table; the process dies in it when it is asked to.
NEXT = """
import os
import signal

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before!r}


def upgrade():
    op.create_table("{plugin}_of_wheels", sa.Column("id", sa.Integer(), primary_key=True))
    if os.environ.get("DIE_IN_MIGRATION"):
        os.kill(os.getpid(), signal.SIGKILL)


def downgrade():
    op.drop_table("{plugin}_of_wheels")
"""


def source_of(name: str, folder: Path) -> Path:
    """Copy the source of a distribution: ``deskcore``, or a bundled plugin."""
    place = folder / name
    if name == "deskcore":
        place.mkdir(parents=True)
        for each in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / each, place)
        shutil.copytree(ROOT / "deskcore", place / "deskcore", ignore=_LEFT)
    else:
        shutil.copytree(ROOT / "plugins" / name, place, ignore=_LEFT)
    return place


def needs_of(plugin: str) -> list[str]:
    """Return the bundled plugins that a bundled plugin requires."""
    config = configparser.ConfigParser()
    config.read(ROOT / "plugins" / plugin / "setup.cfg")
    required = config["options"]["install_requires"]
    return [name for name in BUNDLED if f"deskcore-{name.replace('_', '-')}>" in required]


def make_next(source: Path, plugin: str) -> None:
    """Turn the source of a plugin into its next version, with one more migration."""
    config = configparser.ConfigParser()
    config.read(source / "setup.cfg")
    config["metadata"]["version"] += ".post1"
    data = config["options.package_data"]
    data[f"deskcore_{plugin}"] += "\nmigrations/*.py"
    with (source / "setup.cfg").open("w") as file:
        config.write(file)
    folder = source / f"deskcore_{plugin}" / "migrations"
    folder.mkdir(exist_ok=True)
    names = sorted(path.stem for path in folder.glob("[0-9]*.py"))
    text = NEXT.format(revision="9999_wheels", before=names[-1] if names else None, plugin=plugin)
    (folder / "9999_wheels.py").write_text(text)


def build(source: Path, into: Path) -> Path:
    """Build a wheel with the libraries that are here, without the network."""
    before = set(into.glob("*.whl"))
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--no-cache-dir", "--wheel-dir", str(into)]
    _pip(["wheel", *options, str(source)])
    [wheel] = set(into.glob("*.whl")) - before
    return wheel


def _pip(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True)
class Wheels:
    """The wheels: of the core, of each plugin with its next version, and of the plugins that they need."""

    core: Path
    plugins: Mapping[str, Path] = field(default_factory=dict)
    next: Mapping[str, Path] = field(default_factory=dict)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    """Build the wheels once."""
    folder = tmp_path_factory.mktemp("wheels")
    core, plugins, following = build(source_of("deskcore", folder / "source"), folder), {}, {}
    for name in CHOSEN:
        source = source_of(name, folder / "source")
        plugins[name] = build(source, folder)
        make_next(source, name)
        following[name] = build(source, folder)
    for name in {need for plugin in CHOSEN for need in needs_of(plugin)} - set(CHOSEN):
        plugins[name] = build(source_of(name, folder / "source"), folder)
    return Wheels(core, plugins, following)


@dataclass(frozen=True)
class Outcome:
    """What a process left behind."""

    code: int
    out: str
    err: str


class Environment:
    """A virtual environment with nothing of Deskcore but wheels; the libraries are those of the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.instance = folder / "venv", folder / "instance"
        venv.create(self.folder, with_pip=False)
        self.python = self.folder / "bin" / "python"
        [self.packages] = (self.folder / "lib").glob("python*/site-packages")
        self._libraries(True)

    def _libraries(self, seen: bool) -> None:
        """Let the environment see the libraries; pip must not, or it takes their Deskcore for an installed one.

        Of a folder named like this no .pth file is read: the checkout of the tests stays out.
        """
        path = self.packages / "libraries.pth"
        path.write_text(sysconfig.get_paths()["purelib"] if seen else "")

    def pip(self, *arguments: str) -> None:
        self._libraries(False)
        try:
            _pip(["--python", str(self.python), *arguments])
        finally:
            self._libraries(True)

    def install(self, *files: Path) -> None:
        self.pip("install", "--no-deps", "--no-index", "--no-compile", *map(str, files))

    def uninstall(self, plugin: str) -> None:
        self.pip("uninstall", "--yes", f"deskcore-{plugin.replace('_', '-')}")

    def run(self, *arguments: str, **environment: str) -> Outcome:
        """Run ``deskcore`` of the environment, in a folder where there is no source."""
        return self._execute(["-m", "deskcore.cli", *arguments], environment)

    def script(self, code: str, *arguments: str) -> Any:
        """Run Python code and return the JSON that it prints."""
        outcome = self._execute(["-c", code, *arguments], {})
        assert outcome.code == 0, outcome.err
        return json.loads(outcome.out.splitlines()[-1])

    def _execute(self, arguments: list[str], environment: Mapping[str, str]) -> Outcome:
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("DESKCORE_", "PYTHON"))}
        done = subprocess.run(
            [str(self.python), *arguments], capture_output=True, text=True, timeout=120, check=False,
            cwd=self.folder, env=clean | {"DESKCORE_INSTANCE": str(self.instance), **environment},
        )  # fmt: skip
        return Outcome(done.returncode, done.stdout, done.stderr)

    def states(self) -> dict[str, tuple[str, str]]:
        """Return state and reason of every plugin, as ``plugin list`` says."""
        outcome = self.run("plugin", "list", "--json")
        assert outcome.code == 0, outcome.err
        return {row["name"]: (row["state"], row["reason"]) for row in json.loads(outcome.out)}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """Give an empty environment."""
    return Environment(tmp_path)
