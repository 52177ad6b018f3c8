"""What a plugin uses of Deskcore, read from its source: hooks and their arguments, names of the facade."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Literal

from deskcore.preflight.sources import Unreadable, dotted, last_name, modules, parse

FACADE = "deskcore.plugin"
#: What a plugin may import from: the facade, and the fixtures for its tests.
_PUBLIC = (FACADE, "deskcore.testing", "deskcore")

Kind = Literal["hook", "argument", "name", "keyword", "internal", "source"]


@dataclass(frozen=True)
class Use:
    """One thing that a plugin uses.

    :param name: the hook, name of the facade, module of the core; why a source cannot be read.
    :param of: the argument of the hook, or the keyword of the call.
    :param where: file and line.
    """

    kind: Kind
    name: str
    where: str
    of: str = ""


def read_usage(package: Traversable) -> tuple[Use, ...]:
    """Return what the modules of a plugin's package use, each thing once, where it is used first.

    Migrations are left out: what a finished one says is never changed, and the core keeps what they need.
    """
    first: dict[tuple[str, str, str], Use] = {}
    try:
        for name, path in modules(package):
            for use in () if name.startswith("migrations/") else _module(name, path):
                first.setdefault((use.kind, use.name, use.of), use)
    except OSError as error:
        return (Use("source", error.strerror or "it is not there", "."),)
    return tuple(first.values())


def _module(name: str, path: Traversable) -> Iterator[Use]:
    try:
        tree = parse(path)
    except Unreadable as error:
        yield Use("source", str(error), name)
        return
    nodes = list(ast.walk(tree))
    bound, whole = _imported(nodes)
    for node in nodes:
        for use in _uses(node, bound, whole):
            yield Use(use.kind, use.name, f"{name}:{use.where}", use.of)


def _imported(nodes: Iterable[ast.AST]) -> tuple[dict[str, str], set[str]]:
    """Return names of the facade by what the module calls them, and what it calls the facade itself."""
    bound, whole = {}, {FACADE}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                if node.module == FACADE:
                    bound[alias.asname or alias.name] = alias.name
                elif f"{node.module}.{alias.name}" == FACADE:
                    whole.add(alias.asname or alias.name)
        elif isinstance(node, ast.Import):
            whole |= {alias.asname for alias in node.names if alias.name == FACADE and alias.asname}
    return bound, whole


def _uses(node: ast.AST, bound: dict[str, str], whole: set[str]) -> Iterator[Use]:
    line = str(getattr(node, "lineno", 0))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from _hook(node)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield from _imports(node, line)
    elif isinstance(node, ast.Import):
        yield from (Use("internal", each.name, line) for each in node.names if _is_internal(each.name))
    elif isinstance(node, ast.Attribute):
        yield from (Use("name", name, line) for name in [_facade_name(node, bound, whole)] if name)
    elif isinstance(node, ast.Call):
        called = _facade_name(node.func, bound, whole)
        yield from (Use("keyword", called, line, word.arg) for word in node.keywords if called and word.arg)


def _hook(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Use]:
    marks = [last_name(mark.func if isinstance(mark, ast.Call) else mark) for mark in node.decorator_list]
    words = {word.arg for mark in node.decorator_list if isinstance(mark, ast.Call) for word in mark.keywords}
    # An optional one is of a plugin that need not be there.
    if "hookimpl" in marks and "optional" not in words:
        yield Use("hook", node.name, str(node.lineno))
        # An argument with a default is the function's own: it is never given.
        given = node.args.args[: len(node.args.args) - len(node.args.defaults)]
        yield from (Use("argument", node.name, str(node.lineno), argument.arg) for argument in given)


def _imports(node: ast.ImportFrom, line: str) -> Iterator[Use]:
    for alias in node.names:
        if node.module == FACADE:
            yield Use("name", alias.name, line)
        elif _is_internal(str(node.module)) or (node.module == "deskcore" and alias.name not in _FROM_THE_TOP):
            yield Use("internal", f"{node.module}.{alias.name}", line)


_FROM_THE_TOP = {"plugin", "testing", "__version__"}


def _is_internal(module: str) -> bool:
    return module.startswith("deskcore.") and module not in _PUBLIC


def _facade_name(node: ast.expr, bound: dict[str, str], whole: set[str]) -> str:
    """Return what an expression takes from the facade: a name, or with a dot what follows it; else nothing."""
    if isinstance(node, ast.Name):
        return bound.get(node.id, "")
    if not isinstance(node, ast.Attribute):
        return ""
    if dotted(node.value) in whole:
        return node.attr
    before = _facade_name(node.value, bound, whole)
    return f"{before}.{node.attr}" if before else ""
