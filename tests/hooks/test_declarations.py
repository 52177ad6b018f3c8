"""A manifest is read without importing the plugin, and a broken one says what is wrong and what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from deskcore.hooks.declarations import read_folder, split_requirements

GOOD = """
[metadata]
name = deskcore-fleet-desk
version = 1.2
description = Cars and their keys.

[options]
install_requires =
    deskcore>=0.1,<0.2
    deskcore-hr-desk>=1.0
    packaging>=20; python_version >= "3.8"
    colorama; sys_platform == "never"

[options.entry_points]
deskcore.plugins =
    fleet_desk = deskcore_fleet_desk
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "fleet_desk"
    (place / "deskcore_fleet_desk").mkdir(parents=True)
    (place / "deskcore_fleet_desk" / "__init__.py").write_text("raise RuntimeError('imported')", encoding="utf-8")
    (place / "setup.cfg").write_text(GOOD, encoding="utf-8")
    return place


def rewrite(folder: Path, old: str, new: str) -> None:
    manifest = folder / "setup.cfg"
    text = manifest.read_text(encoding="utf-8")
    assert old in text
    manifest.write_text(text.replace(old, new), encoding="utf-8")


def test_a_sound_manifest_is_read_without_importing_the_package(folder: Path) -> None:
    declaration = read_folder(folder, "0.1.0")
    assert declaration.problem is None
    assert (declaration.name, declaration.version) == ("fleet_desk", "1.2")
    assert declaration.description == "Cars and their keys."
    assert declaration.distribution == "deskcore-fleet-desk"
    assert declaration.path == folder / "deskcore_fleet_desk"
    assert [requirement.name for requirement in declaration.requires.others] == ["deskcore-hr-desk", "packaging"]
    assert "0.1.7" in declaration.requires.core
    assert "deskcore_fleet_desk" not in sys.modules


def test_a_distribution_may_be_written_with_underscores(folder: Path) -> None:
    rewrite(folder, "deskcore-fleet-desk", "Deskcore_Fleet_Desk")
    assert read_folder(folder, "0.1.0").distribution == "deskcore-fleet-desk"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("fleet_desk = deskcore_fleet_desk", "", "exactly one entry point"),
        ("fleet_desk = deskcore_fleet_desk", "fleet_desk = deskcore_fleet_desk\n    b = deskcore_b", "has 2"),
        ("= deskcore_fleet_desk", "= deskcore_fleet_desk.views:main", "must lead to the package “deskcore_fleet_desk”"),
        ("= deskcore_fleet_desk", "= portal", "must lead to the package “deskcore_fleet_desk”"),
        ("fleet_desk = deskcore_fleet_desk", "car_desk = deskcore_car_desk", "give both the same name"),
        ("fleet_desk = deskcore_fleet_desk", "Fleet-Desk = deskcore_Fleet-Desk", "lower-case letters"),
        ("version = 1.2", "version = attr: deskcore_fleet_desk.__version__", "not a version number"),
        ("version = 1.2", "", "not a version number"),
        ("deskcore>=0.1,<0.2", "deskcore>=7", "needs Deskcore >=7 and this is 0.1.0"),
        ("deskcore>=0.1,<0.2", "deskcore<0.1", "install a version of the plugin made for this one"),
        ("deskcore>=0.1,<0.2", "", "add “deskcore>=0.1.0” to its install_requires"),
        ("deskcore-hr-desk>=1.0", "deskcore-hr-desk >> 1", "is not a requirement"),
        ('python_version >= "3.8"', "moon_phase == 'full'", "is not a requirement"),
        ("[metadata]", "metadata", "has a mistake"),
        ("[options]", "[metadata]", "has a mistake"),
    ],
)
def test_a_broken_manifest_becomes_a_declaration_that_says_why(folder: Path, old: str, new: str, says: str) -> None:
    rewrite(folder, old, new)
    declaration = read_folder(folder, "0.1.0")
    assert declaration.name == "fleet_desk"
    assert says in str(declaration.problem)


def test_a_missing_manifest_is_named(folder: Path) -> None:
    (folder / "setup.cfg").unlink()
    assert "has no setup.cfg; add one" in str(read_folder(folder).problem)


def test_a_missing_package_is_named(folder: Path) -> None:
    (folder / "deskcore_fleet_desk" / "__init__.py").unlink()
    assert "add deskcore_fleet_desk/__init__.py" in str(read_folder(folder).problem)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00[", b"[metadata]\nname = \x00", b"", b"x" * 300_000])
def test_a_manifest_of_rubbish_is_no_exception(folder: Path, content: bytes) -> None:
    (folder / "setup.cfg").write_bytes(content)
    assert read_folder(folder).problem is not None


def test_a_manifest_that_is_a_folder_is_no_exception(folder: Path) -> None:
    (folder / "setup.cfg").unlink()
    (folder / "setup.cfg").mkdir()
    assert "cannot be read" in str(read_folder(folder).problem)


def test_percent_signs_in_a_manifest_mean_themselves(folder: Path) -> None:
    rewrite(folder, "Cars and their keys.", "100%(sure)s of cars")
    assert read_folder(folder, "0.1.0").description == "100%(sure)s of cars"


def test_requirements_of_extras_do_not_count() -> None:
    requires = split_requirements(["deskcore>=0.1", "pytest; extra == 'test'", "# a remark", ""])
    assert requires.others == ()
