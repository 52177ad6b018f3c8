"""What a Deskcore offers to plugins: its hooks and its facade, read from a folder, a wheel or this installation."""

from __future__ import annotations

import ast
import configparser
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from importlib.resources.abc import Traversable
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

import deskcore
from deskcore.errors import ConfigurationError
from deskcore.preflight.sources import (
    History,
    Notice,
    Unreadable,
    assigned,
    history,
    last_name,
    modules,
    notice_of,
    notices_of,
    read,
)
from deskcore.preflight.sources import parse as parsed


@dataclass(frozen=True)
class Hook:
    """A hook, and what of it goes away.

    :param notices: by argument.
    """

    arguments: tuple[str, ...]
    notice: Notice | None = None
    notices: Mapping[str, Notice] = field(default_factory=dict)


@dataclass(frozen=True)
class Name:
    """A name of the facade.

    :param parameters: what it can be called with by name; nothing where that cannot be told.
    """

    parameters: frozenset[str] | None = None
    notice: Notice | None = None


@dataclass(frozen=True)
class Surface:
    """All that a version of Deskcore offers to plugins.

    :param requires: the libraries that it needs.
    :param tables: the migrations of the core.
    """

    version: str
    hooks: Mapping[str, Hook]
    names: Mapping[str, Name]
    requires: tuple[Requirement, ...] = ()
    tables: History = field(default_factory=History)


def present() -> Surface:
    """Return what this installation offers."""
    return read_surface(Path(deskcore.__file__).parent.parent)


def surface_at(place: Path) -> Surface:
    """Return what another Deskcore offers, which need not be installed.

    :param place: a wheel, or the folder that holds the package ``deskcore``.
    :raises ConfigurationError: when there is no Deskcore.
    """
    try:
        if place.is_file():
            with zipfile.ZipFile(place) as wheel:
                return read_surface(zipfile.Path(wheel))
        return read_surface(place)
    except (Unreadable, zipfile.BadZipFile, OSError, KeyError, ValueError, configparser.Error) as error:
        raise ConfigurationError(
            f"“{place}” holds no Deskcore that can be read ({error}); name a version, a wheel, or the folder of a "
            "checkout."
        ) from error


def read_surface(root: Traversable) -> Surface:
    """Return what the package ``deskcore`` in ``root`` offers.

    :raises Unreadable: when it is not there.
    :raises InvalidVersion: when its version is none.
    """
    package = root / "deskcore"
    version = assigned(parsed(package / "__init__.py"), "__version__")
    if not isinstance(version, ast.Constant):
        raise Unreadable("it does not say its version")
    return Surface(
        str(Version(str(version.value))),
        dict(_hooks(package / "hooks" / "specs")),
        dict(_names(package, parsed(package / "plugin.py"))),
        tuple(_requirements(root)),
        history(package / "migrations"),
    )


def _hooks(folder: Traversable) -> Iterator[tuple[str, Hook]]:
    parsed(folder / "__init__.py")  # a folder that is not there has no modules, and is no Deskcore
    for _name, module in modules(folder):
        yield from _hooks_of(parsed(module))


def _hooks_of(tree: ast.Module) -> Iterator[tuple[str, Hook]]:
    for node in tree.body:
        for mark in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
            call = mark if isinstance(mark, ast.Call) else None
            if isinstance(node, ast.FunctionDef) and last_name(call.func if call else mark).startswith("hookspec"):
                given = {word.arg: word.value for word in call.keywords} if call else {}
                arguments = tuple(argument.arg for argument in node.args.args)
                notices = notices_of(given.get("deprecated_arguments"))
                yield node.name, Hook(arguments, notice_of(given.get("deprecated")), notices)


def _names(package: Traversable, facade: ast.Module) -> Iterator[tuple[str, Name]]:
    yield from _listed(package, facade)
    for name, notice in notices_of(assigned(facade, "DEPRECATED")).items():
        yield name, Name(None, notice)


def _listed(package: Traversable, tree: ast.Module) -> Iterator[tuple[str, Name]]:
    """Yield what a module's ``__all__`` lists; after a module that is among it, what that one lists, with a dot."""
    listed = assigned(tree, "__all__")
    origins = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    trees: dict[str, ast.Module] = {"": tree}
    for name in [str(item.value) for item in getattr(listed, "elts", ()) if isinstance(item, ast.Constant)]:
        module, original = origins.get(name, ("", name))
        if module not in trees:
            trees[module] = _module(package, module)
        yield name, Name(_parameters(trees[module], original))
        inner = _module(package, f"{module}.{original}") if module else ast.Module([], [])
        yield from ((f"{name}.{each}", it) for each, it in _listed(package, inner))


def _module(package: Traversable, module: str) -> ast.Module:
    place = package
    for part in module.split(".")[1:]:
        place = place / part
    try:
        return parsed(place / "__init__.py") if place.is_dir() else parsed(package.joinpath(*_file(module)))
    except Unreadable:
        return ast.Module([], [])


def _file(module: str) -> list[str]:
    *folders, last = module.split(".")[1:]
    return [*folders, f"{last}.py"]


def _parameters(tree: ast.Module, name: str) -> frozenset[str] | None:
    """Return by which names a function or class of a module can be called, if its source says all of them."""
    # From the end: what is overloaded comes last in the form that takes all arguments.
    for node in reversed(tree.body):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return _of_function(node.args)
        if isinstance(node, ast.ClassDef) and node.name == name:
            return _of_class(node)
    return None


def _of_function(given: ast.arguments) -> frozenset[str] | None:
    return None if given.kwarg else frozenset(each.arg for each in [*given.args, *given.kwonlyargs])


def _of_class(node: ast.ClassDef) -> frozenset[str] | None:
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            given = _of_function(item.args)
            return given - {"self"} if given is not None else None
    marks = [last_name(mark.func if isinstance(mark, ast.Call) else mark) for mark in node.decorator_list]
    if node.bases or "dataclass" not in marks:
        return None
    return frozenset(
        item.target.id for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    )


def _requirements(root: Traversable) -> Iterator[Requirement]:
    for line in _requirement_lines(root):
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def _requirement_lines(root: Traversable) -> list[str]:
    """Return what a wheel's metadata, or the manifest of a checkout, requires."""
    for folder in root.iterdir():
        if folder.name.startswith("deskcore-") and folder.name.endswith(".dist-info"):
            headers = BytesHeaderParser().parsebytes(read(folder / "METADATA"))
            return [str(line) for line in headers.get_all("Requires-Dist", [])]
    manifest = root / "setup.cfg"
    config = configparser.ConfigParser(interpolation=None)
    if manifest.is_file():
        config.read_string(read(manifest).decode("utf-8"))
    return [line for line in config.get("options", "install_requires", fallback="").splitlines() if line.strip()]
