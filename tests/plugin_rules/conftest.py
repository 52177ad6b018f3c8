"""A good plugin, as ``deskcore plugin new`` writes it, in which a test breaks one thing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from deskcore.plugin_rules.inspection import inspect
from deskcore.plugin_rules.reading import Source, source_in
from deskcore.plugin_rules.rules import Finding
from deskcore.scaffold.plans import Plan
from deskcore.scaffold.writing import write


@dataclass(frozen=True)
class Fleet:
    """A copy of the good plugin."""

    folder: Path

    @property
    def package(self) -> Path:
        return self.folder / "deskcore_fleet_desk"

    @property
    def source(self) -> Source:
        return source_in(self.folder)

    def write(self, path: str, text: str | bytes) -> None:
        """Add a file, or text at the end of one."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("ab") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def replace(self, path: str, old: str, new: str) -> None:
        place = self.folder / path
        text = place.read_text(encoding="utf-8")
        assert old in text, f"{path} has no {old!r} any more"
        place.write_text(text.replace(old, new, 1), encoding="utf-8")

    def remove(self, path: str) -> None:
        place = self.folder / path
        shutil.rmtree(place) if place.is_dir() else place.unlink()

    def replace_tests(self) -> None:
        """Leave a file that names what the tests named, and tests nothing."""
        self.remove("tests")
        self.write("tests/conftest.py", 'NAMED = "fleet_desk.manage"\n')

    def read(self) -> list[Finding]:
        """Return what its sources show."""
        return inspect(self.source, trial=False).findings


@pytest.fixture(scope="session")
def _base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(Plan("fleet_desk", "Fleet", "Flota", "FLEET"), tmp_path_factory.mktemp("base"))


@pytest.fixture
def fleet(_base: Path, tmp_path: Path) -> Fleet:
    """Give a plugin that breaks no rule."""
    return Fleet(Path(shutil.copytree(_base, tmp_path / "plugins" / "fleet_desk")))
