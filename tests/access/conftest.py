"""The prepared database in which every plugin is on, made once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.access.company import switch_everything_on


@pytest.fixture(scope="session")
def everything_on(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a SQLite database with every bundled plugin on, which tests copy."""
    folder = tmp_path_factory.mktemp("everything-on")
    path = folder / "deskcore.db"
    shutil.copy(sqlite_template, path)
    switch_everything_on(path)
    return path
