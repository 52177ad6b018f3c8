"""Folders and installed distributions give the same declarations, and folders become importable without sys.path."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from deskcore.hooks.sources import PluginFinder, find_plugins, install_finder, standard_folders

from .conftest import Site

METADATA = "Metadata-Version: 2.1\nName: deskcore-fleet\nVersion: {version}\nSummary: Cars.\n{requires}"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed distributions that Python searches."""
    place = tmp_path / "site-packages"
    place.mkdir()
    monkeypatch.syspath_prepend(str(place))
    return place


def install(
    place: Path, version: str = "2.0", requires: str = "Requires-Dist: deskcore>=0.1\n", package: bool = True
) -> None:
    info = place / f"deskcore_fleet-{version}.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text(METADATA.format(version=version, requires=requires), encoding="utf-8")
    info.joinpath("entry_points.txt").write_text("[deskcore.plugins]\nfleet = deskcore_fleet\n", encoding="utf-8")
    if package:
        (place / "deskcore_fleet").mkdir()
        (place / "deskcore_fleet" / "__init__.py").write_text("raise RuntimeError('imported')", encoding="utf-8")


def test_folders_are_searched_in_order_and_missing_ones_passed_over(site: Site) -> None:
    site.plugin("fleet")
    site.plugin("alarm")
    assert list(find_plugins([site.folder / "nowhere", site.folder]).declarations) == ["alarm", "fleet"]


def test_hidden_folders_caches_and_files_are_no_plugins(site: Site) -> None:
    for name in (".git", "__pycache__"):
        (site.folder / name).mkdir()
    (site.folder / "README.md").touch()
    assert not site.found().declarations


def test_a_folder_without_a_manifest_is_listed_with_its_problem(site: Site) -> None:
    (site.folder / "stray").mkdir()
    assert "no setup.cfg" in str(site.found().declarations["stray"].problem)


def test_a_folder_name_that_no_text_can_hold_is_listed_all_the_same(site: Site) -> None:
    try:
        (site.folder / "odd\udcff").mkdir()
    except OSError:
        pytest.skip("this file system has no such names")
    [name] = site.found().declarations
    assert name.encode("utf-8")


def test_an_installed_plugin_is_declared_without_importing_it(installed: Path) -> None:
    install(installed)
    declaration = find_plugins([]).declarations["fleet"]
    assert (declaration.version, declaration.source, declaration.problem) == ("2.0", "installed", None)
    assert declaration.description == "Cars."
    assert declaration.path == installed / "deskcore_fleet"
    assert "deskcore_fleet" not in sys.modules


def test_an_installed_copy_wins_over_a_folder_and_the_other_is_named(site: Site, installed: Path) -> None:
    install(installed)
    site.plugin("fleet")
    found = site.found()
    assert found.declarations["fleet"].source == "installed"
    [loser] = found.ignored
    assert "is there twice" in str(loser.problem)
    assert str(installed) in str(loser.problem)


def test_the_earlier_of_two_folders_wins(site: Site, tmp_path: Path) -> None:
    winner = site.plugin("fleet")
    other = Site(tmp_path / "more", site.engine)
    other.plugin("fleet")
    found = site.found(other.folder)
    assert found.declarations["fleet"].path == winner / "deskcore_fleet"
    assert len(found.ignored) == 1


def test_an_installed_plugin_whose_package_is_lost_says_so(installed: Path) -> None:
    install(installed, package=False)
    assert "cannot be found; install it again" in str(find_plugins([]).declarations["fleet"].problem)


def test_an_installed_plugin_for_another_core_says_so(installed: Path) -> None:
    install(installed, requires="Requires-Dist: deskcore>=9\n")
    assert "needs Deskcore >=9" in str(find_plugins([]).declarations["fleet"].problem)


def test_a_declared_folder_becomes_importable_and_sys_path_stays_as_it_is(site: Site) -> None:
    site.plugin("fleet", "colour = 'green'")
    before = list(sys.path)
    install_finder(site.found().declarations.values())
    assert importlib.import_module("deskcore_fleet").colour == "green"
    assert sys.path == before


def test_only_declared_packages_are_found(site: Site) -> None:
    place = site.plugin("fleet")
    (place / "deskcore_other").mkdir()
    (place / "deskcore_other" / "__init__.py").touch()
    install_finder(site.found().declarations.values())
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("deskcore_other")


def test_there_is_one_finder_however_often_it_is_installed_and_it_comes_last(site: Site) -> None:
    site.plugin("fleet")
    first = install_finder(site.found().declarations.values())
    second = install_finder([])
    assert first is second
    assert sum(isinstance(finder, PluginFinder) for finder in sys.meta_path) == 1
    assert isinstance(sys.meta_path[-1], PluginFinder)
    assert not second.packages


def test_the_standard_folders_are_the_checkout_the_instance_and_the_configured_ones(tmp_path: Path) -> None:
    checkout, instance, more = standard_folders(tmp_path, ["extra"])
    assert checkout.name == "plugins"
    assert (checkout.parent / "deskcore").is_dir()
    assert instance == tmp_path.resolve() / "plugins"
    assert more == Path("extra").resolve()
