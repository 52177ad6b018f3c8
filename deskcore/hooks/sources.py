"""Where plugins come from: installed distributions and folders, and how folders become importable."""

from __future__ import annotations

import importlib.machinery
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from packaging.utils import canonicalize_name

from deskcore import __version__
from deskcore.hooks.declarations import (
    GROUP,
    ManifestError,
    PluginDeclaration,
    check_names,
    fitted,
    read_folder,
    split_requirements,
    unreadable,
)
from deskcore.hooks.sentences import Sentence, sentence


@dataclass(frozen=True)
class Found:
    """All plugins of an installation.

    :param declarations: one per name; an installed copy wins over a folder, an earlier folder over a later one.
    :param ignored: the copies that lost, each with a ``problem`` that names the winner.
    """

    declarations: Mapping[str, PluginDeclaration] = field(default_factory=dict)
    ignored: tuple[PluginDeclaration, ...] = ()


def standard_folders(instance: Path, more: Iterable[str | Path] = ()) -> tuple[Path, ...]:
    """Return the folders that are searched: a checkout's ``plugins/``, ``instance/plugins/``, then ``more``.

    :param more: ``plugin_folders`` of the configuration.
    """
    checkout = Path(__file__).resolve().parents[2] / "plugins"
    return (checkout, instance.resolve() / "plugins", *(Path(folder).absolute() for folder in more))


def find_plugins(folders: Sequence[Path], core_version: str = __version__) -> Found:
    """Read the manifests of installed plugins and of ``folders``, importing nothing.

    :param folders: each holds one folder per plugin; one that does not exist is passed over, and one that cannot be
        read is among those that are ignored.
    """
    declarations: dict[str, PluginDeclaration] = {}
    ignored: list[PluginDeclaration] = []
    in_folders: list[PluginDeclaration] = []
    for folder in dict.fromkeys(folders):
        try:
            in_folders += [read_folder(child, core_version) for child in _children(folder)]
        except FileNotFoundError:
            continue
        except OSError as error:
            ignored.append(PluginDeclaration(folder.name[:40], problem=unreadable(folder, error)))
    for declaration in [*_installed(core_version), *in_folders]:
        winner = declarations.setdefault(declaration.name, declaration)
        if winner is not declaration:
            reason = sentence(
                "“%(name)s” is there twice; %(winner)s is used. Remove the other copy.",
                name=declaration.name, winner=winner.path or winner.distribution or winner.source,
            )  # fmt: skip
            ignored.append(replace(declaration, problem=reason))
    return Found(dict(sorted(declarations.items())), tuple(ignored))


class PluginFinder(MetaPathFinder):
    """Finds exactly the packages of declared folder plugins; everything else is left to Python."""

    def __init__(self) -> None:
        self.packages: dict[str, Path] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a declared package, or ``None``."""
        folder = self.packages.get(fullname)
        if folder is None:
            return None
        return importlib.util.spec_from_file_location(
            fullname, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )


def install_finder(declarations: Iterable[PluginDeclaration]) -> PluginFinder:
    """Make the folder plugins among ``declarations`` importable, in place of those declared before.

    There is one finder in a process, at the end of ``sys.meta_path``; ``sys.path`` is never touched.
    """
    finder = next((one for one in sys.meta_path if isinstance(one, PluginFinder)), None)
    if finder is None:
        finder = PluginFinder()
        sys.meta_path.append(finder)
    # Resolved, so that a traceback leads to the file that somebody can edit, and not to a link.
    finder.packages = {
        one.package: one.path.resolve()
        for one in declarations
        if one.source == "folder" and one.path and not one.problem
    }
    return finder


def _children(folder: Path) -> list[Path]:
    return sorted(child for child in folder.iterdir() if child.name[0] not in "._" and child.is_dir())


def _installed(core_version: str) -> list[PluginDeclaration]:
    points = sorted(importlib.metadata.entry_points(group=GROUP), key=lambda point: point.name)
    return [_read_installed(point, core_version) for point in points]


def _read_installed(point: importlib.metadata.EntryPoint, core_version: str) -> PluginDeclaration:
    blank = PluginDeclaration(point.name[:40], source="installed")
    dist = point.dist
    if dist is None:
        return replace(blank, problem=sentence("Its installation is damaged; install it again."))
    try:
        check_names(point.name, point.value, dist.version)
        requires = split_requirements(list(dist.requires or ()))
    except ManifestError as error:
        return replace(blank, problem=error.reason)
    declaration = PluginDeclaration(
        point.name, point.value, dist.version, _summary(dist),
        canonicalize_name(dist.name), requires, "installed", _package_folder(point.value),
    )  # fmt: skip
    problem = _misplaced(declaration, dist)
    return fitted(declaration, core_version) if problem is None else replace(declaration, path=None, problem=problem)


def _misplaced(declaration: PluginDeclaration, dist: importlib.metadata.Distribution) -> Sentence | None:
    """Return what is wrong with where an installed plugin's files lie, or ``None``."""
    package = declaration.package
    if declaration.path is None:
        return sentence("Its package “%(package)s” cannot be found; install it again.", package=package)
    if declaration.path.name != package:
        return sentence(
            "Its entry point leads to “%(package)s”, a module and no package; make it %(package)s/__init__.py.",
            package=package,
        )
    recorded = dist.read_text("RECORD") is not None  # of an old-style installation only its sources are listed
    for file in (dist.files or ()) if recorded else ():
        if _is_outside(file.parts, package):
            return sentence(
                "It installed “%(file)s” outside its package “%(package)s”; uninstall it, and build it with that "
                "package alone.", file=str(file)[:200], package=package,
            )  # fmt: skip
    return None


def _is_outside(parts: tuple[str, ...], package: str) -> bool:
    """Tell whether a file of a distribution lies neither in its package nor among what describes it.

    What an editable installation leaves beside is no part of the wheel.
    """
    top = parts[0]
    within = ".." not in parts and (top == package or top.endswith((".dist-info", ".egg-info")))
    return not within and not top.startswith("__editable__")


def _summary(dist: importlib.metadata.Distribution) -> str:
    return str(dist.metadata.json.get("summary", ""))


def _package_folder(package: str) -> Path | None:
    """Return where an installed package lies; finding a top-level package does not import it."""
    spec = importlib.machinery.PathFinder.find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin else None
