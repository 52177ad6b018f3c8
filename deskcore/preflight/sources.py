"""Reads Python sources of a folder or a wheel as syntax; nothing of it is imported."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

#: A module is some thousand lines; more than this is something else.
MAX_SOURCE = 4 * 1024 * 1024
_RELEASE = re.compile(r"RemovedIn(\d)(\d+)Warning")


class Unreadable(Exception):
    """A source cannot be read; the text is half a sentence that says why."""


@dataclass(frozen=True)
class Notice:
    """That something goes away.

    :param release: the first one without it, such as ``0.3``.
    :param text: what to use instead.
    """

    release: str
    text: str


@dataclass(frozen=True)
class History:
    """The migrations of one owner of tables.

    :param heads: those that no other comes after.
    """

    known: frozenset[str] = frozenset()
    heads: frozenset[str] = field(default_factory=frozenset)


def parse(path: Traversable) -> ast.Module:
    """Return the syntax of a module.

    :raises Unreadable: when there is none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python thinks of its style is no finding
            return ast.parse(read(path))
    except SyntaxError as error:
        raise Unreadable(f"line {error.lineno}: {error.msg}") from error
    except (OSError, KeyError) as error:
        raise Unreadable(getattr(error, "strerror", None) or "it is not there") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable("it is no Python text") from error


def read(path: Traversable) -> bytes:
    """Return the content of a file, which may lie in an archive that promises little and holds much.

    :raises Unreadable: when it is too large.
    :raises OSError: when it is not there.
    """
    with path.open("rb") as file:
        content: bytes = file.read(MAX_SOURCE + 1)
    if len(content) > MAX_SOURCE:
        raise Unreadable("it is too large")
    return content


def modules(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    """Yield the modules below ``folder`` with their names, in order.

    Hidden folders, caches and links to folders, which may lead round in a circle, are left out.
    """
    for child in sorted(folder.iterdir(), key=lambda child: child.name):
        linked = isinstance(child, Path) and child.is_symlink()
        if child.is_dir() and not linked and child.name[0] != "." and child.name != "__pycache__":
            yield from modules(child, f"{prefix}{child.name}/")
        elif child.name.endswith(".py"):
            yield f"{prefix}{child.name}", child


def notice_of(node: ast.AST | None) -> Notice | None:
    """Return the notice in an expression that makes a warning, wherever in it the warning stands."""
    for call in ast.walk(node) if node is not None else ():
        if isinstance(call, ast.Call) and (found := _RELEASE.fullmatch(last_name(call.func))):
            text = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
            return Notice(f"{found[1]}.{found[2]}", str(text))
    return None


def notices_of(node: ast.AST | None) -> dict[str, Notice]:
    """Return the notices in a dictionary that is written out, by key."""
    if not isinstance(node, ast.Dict):
        return {}
    pairs = ((key.value, notice_of(value)) for key, value in zip(node.keys, node.values, strict=True)
             if isinstance(key, ast.Constant))  # fmt: skip
    return {str(key): notice for key, notice in pairs if notice is not None}


def assigned(tree: ast.Module, name: str) -> ast.expr | None:
    """Return what a module assigns to ``name``."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            value: ast.expr | None = getattr(node, "value", None)
            return value
    return None


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for a chain of names; nothing for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else ""


def last_name(node: ast.AST) -> str:
    """Return the last part of a dotted name; nothing for any other expression."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def history(folder: Traversable | None) -> History:
    """Return the migrations of a folder.

    :raises Unreadable: when one of them cannot be read.
    """
    known, before = set(), set()
    for path in folder.iterdir() if folder is not None and folder.is_dir() else ():
        if path.name.endswith(".py") and path.name != "__init__.py":
            tree = parse(path)
            known |= _texts(assigned(tree, "revision"))
            before |= _texts(assigned(tree, "down_revision"))
    return History(frozenset(known), frozenset(known - before))


def _texts(node: ast.expr | None) -> set[str]:
    try:
        value: Any = ast.literal_eval(node) if node is not None else None
    except ValueError:
        return set()
    return {value} if isinstance(value, str) else {str(each) for each in value or ()}
