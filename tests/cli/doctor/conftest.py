"""Plugins as sources, and other versions of Deskcore as folders: nothing of either is ever imported."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

import deskcore

PACKAGE = Path(deskcore.__file__).parent
MANIFEST = """
[metadata]
name = deskcore-{name}
version = 1.0

[options]
install_requires =
    {requires}

[options.entry_points]
deskcore.plugins =
    {name} = deskcore_{name}
"""


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that is there exactly once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path.name, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def write(instance: Path) -> Callable[..., Path]:
    """Give a function that writes a plugin into the instance folder and returns its package."""

    def plugin(name: str, body: str, *requires: str) -> Path:
        folder = instance / "plugins" / name
        package = folder / f"deskcore_{name}"
        package.mkdir(parents=True)
        needs = "\n    ".join(requires or ("deskcore>=0.1",))
        folder.joinpath("setup.cfg").write_text(MANIFEST.format(name=name, requires=needs), encoding="utf-8")
        opening = "raise RuntimeError('a preflight imports nothing')\n"
        package.joinpath("__init__.py").write_text(opening + textwrap.dedent(body), encoding="utf-8")
        return package

    return plugin


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Give a folder with the sources of a Deskcore that says it is 0.3, for a test to change."""
    folder = tmp_path / "other"
    kept = shutil.ignore_patterns("static", "templates", "translations", "__pycache__")
    shutil.copytree(PACKAGE, folder / "deskcore", ignore=kept)
    edit(folder / "deskcore" / "__init__.py", deskcore.__version__, "0.3.0")
    return folder
