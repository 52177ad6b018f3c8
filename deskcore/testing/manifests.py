"""Which plugin is under test, which others it needs, and where they all lie."""

from __future__ import annotations

import configparser
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from packaging.utils import canonicalize_name

from deskcore.hooks.declarations import GROUP, MANIFEST, PluginDeclaration, read_folder
from deskcore.hooks.resolution import needs
from deskcore.hooks.sources import PluginFinder, find_plugins, standard_folders


class NoPlugin(AssertionError):
    """The tests belong to no plugin that can be used; the text says why and what to do."""


@cache
def folder_above(place: Path) -> Path | None:
    """Return the nearest folder, ``place`` itself or above, whose ``setup.cfg`` declares a plugin."""
    for folder in (place, *place.parents):
        try:
            if GROUP in (folder / MANIFEST).read_text(encoding="utf-8", errors="replace"):
                return folder
        except OSError:
            continue
    return None


def make_importable(place: Path) -> None:
    """Let the tests in ``place`` import the plugin that they lie in, before there is any application."""
    folder = folder_above(place)
    package = _entry_point(folder)[1] if folder is not None else ""
    if folder is None or not (folder / package / "__init__.py").is_file():
        return  # the first fixture says what is wrong
    finder = next((one for one in sys.meta_path if isinstance(one, PluginFinder)), None)
    if finder is None:
        finder = PluginFinder()
        sys.meta_path.append(finder)
    finder.packages.setdefault(package, folder / package)


def gather(folder: Path, links: Path, more: Iterable[str] = ()) -> Mapping[str, PluginDeclaration]:
    """Return the plugin in ``folder``, first, and those that it needs, by name.

    Plugins that it requires, and those named in ``more``, are looked for among installed ones, in the folders of
    this installation, and beside it.

    :param links: an empty folder, in which links to what was found beside it are made: nothing else that lies there
        is looked at, and a plugin's folder may be called anything.
    :param more: names of plugins, or paths of their folders.
    :raises NoPlugin: naming one that cannot be found or used.
    """
    beside = _beside(folder)
    wanted = [_linked(links, folder)]
    for each in more:
        path = Path(each) if "/" in each else beside.get(each)
        wanted.append(_linked(links, path) if path is not None else each)
    found: dict[str, PluginDeclaration] = {}
    while wanted:
        name = wanted.pop(0)
        if name not in found:
            known = _known(links)
            found[name] = _usable(name, known, folder)
            wanted += sorted(needs(found[name], known))
            missing = {canonicalize_name(one.name) for one in found[name].requires.others}
            missing -= {one.distribution for one in known.values()}
            wanted += [_linked(links, path) for path in beside.values() if read_folder(path).distribution in missing]
    return found


def _usable(name: str, known: Mapping[str, PluginDeclaration], folder: Path) -> PluginDeclaration:
    if name not in known:
        raise NoPlugin(
            f"The plugin “{name}” is needed and neither installed nor beside {folder}: install it, or give the path "
            "of its folder in “deskcore_plugins” of pytest's configuration."
        )
    if known[name].problem is not None:
        raise NoPlugin(f"The plugin “{name}” cannot be used: {known[name].problem}")
    return known[name]


def _known(links: Path) -> Mapping[str, PluginDeclaration]:
    return find_plugins((*standard_folders(links / "none"), links)).declarations


def _linked(links: Path, folder: Path) -> str:
    """Let the plugin in ``folder`` be found among ``links``, unless it is found anyway, and return its name."""
    name, folder = _entry_point(folder)[0] or folder.name, folder.resolve()
    known = _known(links).get(name)
    here = known is not None and known.path is not None and known.path.resolve().parent == folder
    if not here and not (links / name).is_symlink():
        (links / name).symlink_to(folder, target_is_directory=True)
    return name


def _entry_point(folder: Path) -> tuple[str, str]:
    """Return name and package of the plugin in a folder; empty where its manifest cannot be read."""
    config = configparser.ConfigParser(interpolation=None)
    try:
        config.read(folder / MANIFEST, encoding="utf-8-sig")
        name, _, package = config.get("options.entry_points", GROUP, fallback="").strip().partition("=")
    except (OSError, ValueError, configparser.Error):
        return "", ""
    return name.strip(), package.strip()


def _beside(folder: Path) -> dict[str, Path]:
    """Return the folders with plugins that lie beside ``folder``, by their names."""
    try:
        children = sorted(child for child in folder.parent.iterdir() if child.is_dir())
    except OSError:
        return {}
    return {child.name: child for child in children if child != folder and (child / MANIFEST).is_file()}
