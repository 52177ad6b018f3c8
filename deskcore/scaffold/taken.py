"""Which desks there are already, as far as it can be told without importing a plugin."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from deskcore.hooks.declarations import PluginDeclaration

#: By position, what :class:`deskcore.plugin.Desk` takes first.
_ARGUMENTS = ("key", "prefix")


@dataclass(frozen=True)
class Taken:
    """A desk that is there.

    :param owner: who adds it, in words.
    """

    key: str
    prefix: str
    owner: str


def written_desks(plugins: Iterable[PluginDeclaration]) -> Iterator[Taken]:
    """Yield the desks that the code of ``plugins`` spells out; code that cannot be read has none."""
    for plugin in plugins:
        for file in sorted(plugin.path.rglob("*.py")) if plugin.path else ():
            try:
                tree = ast.parse(file.read_bytes())
            except (OSError, SyntaxError, ValueError, RecursionError):
                continue
            yield from _desks(tree, f"plugin “{plugin.name}”")


def _desks(tree: ast.AST, owner: str) -> Iterator[Taken]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "Desk":
            given = dict(zip(_ARGUMENTS, node.args, strict=False))
            given |= {word.arg: word.value for word in node.keywords if word.arg is not None}
            key, prefix = (_text(given.get(argument)) for argument in _ARGUMENTS)
            yield Taken(key, prefix, owner)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _text(value: ast.expr | None) -> str:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
