"""What a plugin says about itself in its manifest, read without importing it.

A broken manifest is a declaration too: its ``problem`` says what is wrong and how to correct it, so that it is
listed beside the others instead of stopping anything.
"""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from deskcore import __version__
from deskcore.hooks.sentences import Sentence, sentence

#: The entry point group of plugins.
GROUP = "deskcore.plugins"
#: Names that are tables' and URLs' first part: short, lower case, no surprises.
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
#: Names with which tables of the core begin, or that mean the core itself.
RESERVED = frozenset((
    "alembic", "api", "audit", "core", "desk", "deskcore", "draft", "form", "former", "held", "idempotency",
    "import", "index", "note", "number", "one", "one_time", "plugin", "request", "request_type", "saved", "see",
    "sign", "sqlite", "status", "stored", "system", "team", "ticket", "undo",
))  # fmt: skip
#: A manifest is a page of text; more than this is something else.
MAX_MANIFEST = 256 * 1024
MANIFEST = "setup.cfg"

Source = Literal["installed", "folder"]


@dataclass(frozen=True)
class Requires:
    """What a plugin needs.

    :param core: the range of Deskcore versions it was made for.
    :param others: further distributions: other plugins and third-party libraries.
    """

    core: SpecifierSet = field(default_factory=SpecifierSet)
    others: tuple[Requirement, ...] = ()


@dataclass(frozen=True)
class PluginDeclaration:
    """A plugin as its manifest describes it.

    :param name: entry point, folder and table prefix, such as ``fleet_desk``.
    :param package: the package to import, ``deskcore_<name>``.
    :param distribution: the distribution's name in canonical form, such as ``deskcore-fleet-desk``.
    :param path: the package's folder, or ``None`` while the declaration is broken.
    :param problem: why it cannot be used, with the remedy; ``None`` for a sound declaration.
    """

    name: str
    package: str = ""
    version: str = ""
    description: str = ""
    distribution: str = ""
    requires: Requires = field(default_factory=Requires)
    source: Source = "folder"
    path: Path | None = None
    problem: Sentence | None = None

    @property
    def migrations(self) -> Path | None:
        """Folder of the plugin's migrations, or ``None`` if it has none."""
        folder = self.path / "migrations" if self.path else None
        return folder if folder is not None and folder.is_dir() else None

    @property
    def migration_files(self) -> set[str]:
        """Names of the files of its migrations."""
        folder = self.migrations
        return {path.name for path in folder.glob("*.py") if path.name != "__init__.py"} if folder else set()


class ManifestError(Exception):
    """A manifest cannot be used; ``reason`` is for the administrator."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason.msgid)
        self.reason = reason


def read_folder(folder: Path, core_version: str = __version__) -> PluginDeclaration:
    """Return what ``folder/setup.cfg`` declares; a broken one has a ``problem``.

    :param folder: the plugin's folder, named like the plugin.
    :param core_version: version of Deskcore that the plugin has to fit.
    """
    blank = PluginDeclaration(_printable(folder.name))
    try:
        config = _parse(folder / MANIFEST)
        declaration = _described(config, blank)
        _check_place(declaration, folder)
        declaration = replace(declaration, path=folder / declaration.package)
        requires = split_requirements(config.get("options", "install_requires", fallback="").splitlines())
    except ManifestError as error:
        return replace(blank, problem=error.reason)
    except OSError as error:
        return replace(blank, problem=unreadable(folder, error))
    return fitted(replace(declaration, requires=requires), core_version)


def unreadable(folder: Path, error: OSError) -> Sentence:
    """Return what to say of a folder that cannot be read."""
    return sentence(
        "The folder “%(folder)s” cannot be read (%(error)s); give it to the user who runs Deskcore, or remove it.",
        folder=_printable(str(folder)), error=_printable(error.strerror or type(error).__name__),
    )  # fmt: skip


def fitted(declaration: PluginDeclaration, core_version: str = __version__) -> PluginDeclaration:
    """Return ``declaration``, with a problem if it was made for another Deskcore."""
    core = declaration.requires.core
    if not str(core):
        problem = sentence(
            "It does not say which Deskcore it was made for; add “deskcore>=%(version)s” to its install_requires.",
            version=core_version,
        )
    elif not core.contains(core_version, prereleases=True):
        problem = sentence(
            "It needs Deskcore %(range)s and this is %(version)s; install a version of the plugin made for this one.",
            range=core, version=core_version,
        )  # fmt: skip
    else:
        return declaration
    return replace(declaration, problem=problem)


def check_names(name: str, package: str, version: str) -> None:
    """Check that name, package and version have the form that tables, URLs and imports rely on.

    :raises ManifestError: naming the first that has not.
    """
    if not NAME.fullmatch(name):
        raise ManifestError(sentence(
            "The plugin name “%(name)s” must be lower-case letters, digits and underscores, at most 40; rename it.",
            name=_printable(name),
        ))  # fmt: skip
    if name in RESERVED:
        raise ManifestError(sentence(
            "The plugin name “%(name)s” begins tables of the core, which would be taken for its own; rename it.",
            name=name,
        ))  # fmt: skip
    if package != f"deskcore_{name}":
        raise ManifestError(sentence(
            "Its entry point leads to “%(package)s” and must lead to the package “deskcore_%(name)s”; rename it.",
            package=_printable(package), name=name,
        ))  # fmt: skip
    try:
        Version(version)
    except InvalidVersion:
        raise ManifestError(sentence(
            "Its version “%(version)s” is not a version number; write one such as 1.0 into its manifest.",
            version=_printable(version),
        )) from None  # fmt: skip


def split_requirements(lines: list[str]) -> Requires:
    """Sort requirement lines into the core's range and the rest; lines for other platforms are left out.

    :raises ManifestError: naming a line that is no requirement.
    """
    core, others = SpecifierSet(), []
    for line in (line.strip() for line in lines):
        if not line or line.startswith("#"):
            continue
        try:
            requirement = Requirement(line)
            applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        except (InvalidRequirement, ValueError):
            raise ManifestError(sentence(
                "“%(line)s” in its install_requires is not a requirement; write it as name>=1.0.", line=_printable(line)
            )) from None  # fmt: skip
        if applies and canonicalize_name(requirement.name) == "deskcore":
            core &= requirement.specifier
        elif applies:
            others.append(requirement)
    return Requires(core, tuple(others))


def _parse(path: Path) -> configparser.ConfigParser:
    try:
        if path.stat().st_size > MAX_MANIFEST:
            raise ManifestError(sentence("Its setup.cfg is too large to be a manifest; replace it by a proper one."))
        return _read(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ManifestError(sentence("Its folder has no setup.cfg; add one, or remove the folder.")) from None
    except (OSError, ValueError) as error:
        raise ManifestError(sentence(
            "Its setup.cfg cannot be read (%(error)s); make it a readable text file.", error=_printable(str(error))
        )) from None  # fmt: skip
    except configparser.Error as error:
        line = " ".join(_printable(error.message).split())[:200]
        raise ManifestError(sentence("Its setup.cfg has a mistake (%(error)s); correct it.", error=line)) from None


def _read(text: str) -> configparser.ConfigParser:
    config = configparser.ConfigParser(interpolation=None)
    config.read_string(text)
    return config


def _described(config: configparser.ConfigParser, blank: PluginDeclaration) -> PluginDeclaration:
    points = [line for line in config.get("options.entry_points", GROUP, fallback="").splitlines() if line.strip()]
    if len(points) != 1:
        raise ManifestError(sentence(
            "Its setup.cfg must have exactly one entry point in the group “%(group)s”; it has %(count)s. "
            "Write “name = deskcore_name” there.", group=GROUP, count=len(points),
        ))  # fmt: skip
    name, _, package = (part.strip() for part in points[0].partition("="))
    version = config.get("metadata", "version", fallback="").strip()
    check_names(name, package, version)
    return replace(
        blank,
        name=name,
        package=package,
        version=version,
        description=config.get("metadata", "description", fallback="").strip(),
        distribution=canonicalize_name(config.get("metadata", "name", fallback=f"deskcore-{name}").strip()),
    )


def _check_place(declaration: PluginDeclaration, folder: Path) -> None:
    if folder.name != declaration.name:
        raise ManifestError(sentence(
            "Its folder is “%(folder)s” and its entry point “%(name)s”; give both the same name.",
            folder=_printable(folder.name), name=declaration.name,
        ))  # fmt: skip
    if not (folder / declaration.package / "__init__.py").is_file():
        raise ManifestError(sentence(
            "Its entry point leads to “%(package)s”, which is no package in its folder; add %(package)s/__init__.py.",
            package=declaration.package,
        ))  # fmt: skip
    next((folder / declaration.package).iterdir())  # one that cannot be listed hides its migrations


def _printable(text: str) -> str:
    """Return ``text`` in a form that can be stored and shown, however a file system or a manifest spelled it."""
    safe = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(char if char.isprintable() else "?" for char in safe)[:200]
