"""A plugin as its files say: manifest, syntax of its modules, pages and texts; nothing of it is imported."""

from __future__ import annotations

import ast
import configparser
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from deskcore.hooks.declarations import MANIFEST, PluginDeclaration, read_folder
from deskcore.preflight.sources import Unreadable, last_name, modules, parse

#: Section of the manifest in which a plugin names rules that it breaks on purpose, each with its reason.
SECTION = "deskcore:check"
_HIDDEN = ("__pycache__", ".")


@dataclass(frozen=True)
class Module:
    """A Python file.

    :param path: inside the package, such as ``panels.py``.
    :param where: inside the plugin's folder.
    """

    path: str
    where: str
    tree: ast.Module

    @property
    def migrates(self) -> bool:
        """Whether it is a migration."""
        return self.path.startswith("migrations/")

    def at(self, node: ast.AST) -> str:
        """Return file and line of a piece of syntax."""
        return f"{self.where}:{getattr(node, 'lineno', 1)}"

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Yield the calls whose function's last name is one of these."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and last_name(node.func) in names:
                yield node


@dataclass(frozen=True)
class Source:
    """A plugin that is looked at.

    :param folder: with the manifest, the tests and the README; nothing for an installed copy.
    """

    declaration: PluginDeclaration
    folder: Path | None

    @property
    def name(self) -> str:
        """The plugin's name, or that of its folder while its manifest is broken."""
        return self.declaration.name

    @property
    def package(self) -> Path:
        """Folder of the plugin's package."""
        assert self.declaration.path is not None, "a broken manifest has no package"
        return self.declaration.path

    @cached_property
    def manifest(self) -> configparser.ConfigParser:
        """What the manifest says; nothing where it cannot be read."""
        config = configparser.ConfigParser(interpolation=None)
        try:
            config.read_string((self.folder / MANIFEST).read_text(encoding="utf-8-sig") if self.folder else "")
        except (OSError, ValueError, configparser.Error):
            return configparser.ConfigParser(interpolation=None)
        return config

    @cached_property
    def silenced(self) -> dict[str, str]:
        """Rules that the plugin breaks on purpose, with its reasons."""
        lines = self.manifest.get(SECTION, "ignore", fallback="").splitlines()
        pairs = (line.partition(":") for line in lines if line.strip() and not line.strip().startswith("#"))
        return {rule.strip(): reason.strip() for rule, _, reason in pairs}

    @cached_property
    def unreadable(self) -> tuple[tuple[str, str], ...]:
        """Files that cannot be read, each with the reason."""
        return tuple(self._broken())

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The modules of the package that can be read."""
        return tuple(self._parsed(self.package))

    @cached_property
    def tests(self) -> tuple[Module, ...]:
        """The modules beside the package in ``tests/``."""
        folder = self.folder / "tests" if self.folder else None
        return tuple(self._parsed(folder)) if folder is not None and folder.is_dir() else ()

    @property
    def code(self) -> Iterator[Module]:
        """The modules that run day by day: all but the migrations."""
        return (module for module in self.modules if not module.migrates)

    @property
    def migrations(self) -> Iterator[Module]:
        """The migrations."""
        return (module for module in self.modules if module.migrates and module.path != "migrations/__init__.py")

    @cached_property
    def opening(self) -> Module | None:
        """The package's ``__init__.py``."""
        return next((module for module in self.modules if module.path == "__init__.py"), None)

    @cached_property
    def tables(self) -> dict[str, dict[str, Any]]:
        """The TOML files that can be read, by place."""
        found = {}
        for path in self.files(".toml"):
            try:
                found[self.where(path)] = tomllib.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError, RecursionError):
                continue  # named among the unreadable
        return found

    def files(self, *endings: str) -> Iterator[Path]:
        """Yield the files of the package with one of these endings, in order; all of them without any."""
        for path in sorted(self.package.rglob("*")):
            inside = path.relative_to(self.package).parts
            hidden = any(part.startswith(_HIDDEN) for part in inside)
            if path.is_file() and not hidden and (not endings or path.suffix in endings):
                yield path

    def where(self, path: Path) -> str:
        """Return where a file lies inside the plugin's folder."""
        return path.relative_to(self.folder or self.package.parent).as_posix()

    def _parsed(self, folder: Path) -> Iterator[Module]:
        for name, path in modules(folder):
            try:
                yield Module(name, self.where(Path(str(path))), parse(path))
            except Unreadable:
                continue

    def _broken(self) -> Iterator[tuple[str, str]]:
        for name, path in modules(self.package):
            try:
                parse(path)
            except Unreadable as error:
                yield self.where(self.package / name), str(error)
        for file in self.files(".toml", ".html", ".po"):
            try:
                text = file.read_text(encoding="utf-8")
                if file.suffix == ".toml":
                    tomllib.loads(text)
            except (OSError, ValueError, RecursionError) as error:
                yield self.where(file), str(error)


def source_in(folder: Path) -> Source:
    """Return the plugin in a folder, however broken."""
    folder = folder.resolve()
    return Source(read_folder(folder), folder)


def source_of(declaration: PluginDeclaration) -> Source:
    """Return a plugin that was found: with its folder, or an installed copy without one."""
    folder = declaration.path.parent if declaration.path is not None else None
    if declaration.source == "installed" and folder is not None and read_folder(folder).name != declaration.name:
        return Source(declaration, None)
    return Source(declaration, folder)


def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    """Return what a call gives for a parameter, by place or by name."""
    named = next((word.value for word in call.keywords if word.arg == name), None)
    return named if named is not None or len(call.args) <= place else call.args[place]


def literal(node: ast.AST | None) -> Any:
    """Return the value of a constant; nothing for any other expression."""
    return node.value if isinstance(node, ast.Constant) else None


def words(node: ast.AST | None) -> str:
    """Return all literal text in an expression, pieces of f-strings included."""
    parts = (literal(each) for each in ast.walk(node)) if node is not None else ()
    return " ".join(part for part in parts if isinstance(part, str))


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for an attribute chain; ``?`` stands for whatever is not a plain name."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"
