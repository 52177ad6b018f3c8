"""Rules about hooks and what is contributed through them."""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Iterator

from cronsim import CronSim, CronSimError

from deskcore.clock import now
from deskcore.hooks.document import hooks
from deskcore.plugin_rules.reading import Module, Source, argument, literal, words
from deskcore.plugin_rules.rules import Spot
from deskcore.preflight.sources import last_name

#: Lines of an ``__init__.py`` that one still takes in at a glance.
LONGEST_OPENING = 200


def contents_page(plugin: Source) -> Iterator[Spot]:
    """Find what does not belong into a table of contents."""
    module = plugin.opening
    if module is None:
        return
    for node in module.tree.body:
        if not _belongs(node):
            name = getattr(node, "name", type(node).__name__.lower())
            yield Spot(module.at(node), f"“{name}” is no implementation of a hook.")
    last = max((node.end_lineno or 0 for node in module.tree.body), default=0)
    if last > LONGEST_OPENING:
        yield Spot(f"{module.where}:{LONGEST_OPENING}", f"It has {last} lines; {LONGEST_OPENING} are the most.")


def _belongs(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return _marked(node)
    if isinstance(node, ast.If):
        return last_name(node.test) == "TYPE_CHECKING"
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign)


def _marked(node: ast.AST) -> bool:
    marks = getattr(node, "decorator_list", ())
    return any(last_name(mark.func if isinstance(mark, ast.Call) else mark) == "hookimpl" for mark in marks)


def _is_optional(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether an implementation is of a hook that another plugin has, if that one is there."""
    words = [word.arg for mark in node.decorator_list if isinstance(mark, ast.Call) for word in mark.keywords]
    return "optional" in words


def hooks_known(plugin: Source) -> Iterator[Spot]:
    """Find implementations of what is no hook, with arguments that are not given, or of the wrong form."""
    for module in plugin.code:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _marked(node):
                if module is not plugin.opening:
                    yield Spot(module.at(node), f"“{node.name}” is outside of __init__.py, so nobody calls it.")
                elif not _is_optional(node):
                    yield from (Spot(module.at(node), said) for said in _misfits(node))


def _misfits(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    known = hooks()
    if node.name not in known:
        near = difflib.get_close_matches(node.name, known, n=1)
        yield f"“{node.name}” is no hook" + (f"; did you mean “{near[0]}”?" if near else ".")
        return
    given = inspect.signature(known[node.name]).parameters
    own = node.args.args[: len(node.args.args) - len(node.args.defaults)]
    for each in own:
        if each.arg not in given:
            listed = ", ".join(f"“{name}”" for name in given) or "nothing"
            yield f"“{node.name}” takes “{each.arg}”; it is given {listed}."
    yields = any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))
    if isinstance(node, ast.AsyncFunctionDef) or yields:
        yield f"“{node.name}” is a coroutine or generator, which never runs."


def permissions(plugin: Source) -> Iterator[Spot]:
    """Find permissions without the plugin's prefix, that nothing asks for, or that no test names."""
    for module in plugin.code:
        for call in module.calls("Permission"):
            key, name = _key_of(plugin, argument(call, 0, "key"))
            if not key:
                continue
            if not key.startswith(f"{plugin.name}."):
                yield Spot(module.at(call), f"“{key}” does not begin with “{plugin.name}.”.")
            if not _is_used(plugin, key, name):
                yield Spot(module.at(call), f"Nothing asks for “{key}”.")
            named = any(key in words(each.tree) or _mentions(each, key, name) for each in plugin.tests)
            if plugin.folder and not named:
                yield Spot(module.at(call), f"No test names “{key}”.")


def _key_of(plugin: Source, node: ast.expr | None) -> tuple[str, str]:
    """Return a key that is written out here or in a constant of the plugin, and the constant's name."""
    value = literal(node)
    if isinstance(value, str):
        return value, ""
    name = last_name(node) if node is not None else ""
    for module in plugin.code:
        for each in module.tree.body:
            if isinstance(each, ast.Assign) and name and name in map(last_name, each.targets):
                found = literal(each.value)
                return (found, name) if isinstance(found, str) else ("", "")
    return "", ""


def _is_used(plugin: Source, key: str, name: str) -> bool:
    if any(_mentions(module, key, name, besides=("Permission",)) for module in plugin.code):
        return True
    pages = (path.read_text(encoding="utf-8", errors="replace") for path in plugin.files(".html"))
    return any(f'"{key}"' in page or f"'{key}'" in page for page in pages)


def _mentions(module: Module, key: str, name: str, besides: tuple[str, ...] = ()) -> bool:
    """Tell whether a module mentions a key or its constant, other than in calls of ``besides`` and definitions."""
    left: list[ast.AST] = [module.tree]
    while left:
        node = left.pop()
        if isinstance(node, ast.Call) and last_name(node.func) in besides:
            continue
        if isinstance(node, ast.Assign) and name and name in map(last_name, node.targets):
            continue
        if literal(node) == key or (name and isinstance(node, ast.Name | ast.Attribute) and last_name(node) == name):
            return True
        left += ast.iter_child_nodes(node)
    return False


def settings_used(plugin: Source) -> Iterator[Spot]:
    """Find settings that an administrator can change without any effect."""
    for module in plugin.code:
        for call in module.calls("Setting"):
            key, name = _key_of(plugin, argument(call, 0, "key"))
            read = any(_mentions(each, key, name, besides=("Setting",)) for each in plugin.code)
            if key and not read and not _is_declared(plugin, f"setting:{plugin.name}.{key}"):
                yield Spot(module.at(call), f"Nothing reads the setting “{key}”.")


def _is_declared(plugin: Source, mention: str) -> bool:
    """Tell whether a file of request types mentions a setting, for the plugin that owns the section there."""
    return any(
        f'"{mention}"' in file.read_text(encoding="utf-8", errors="replace") for file in plugin.package.rglob("*.toml")
    )


def schedules(plugin: Source) -> Iterator[Spot]:
    """Find schedules of jobs that never come."""
    for module in plugin.code:
        for call in module.calls("Job"):
            schedule = literal(argument(call, 2, "schedule"))
            if isinstance(schedule, str) and schedule and not _comes(schedule):
                yield Spot(module.at(call), f"“{schedule}” is no cron expression of five fields.")


def _comes(schedule: str) -> bool:
    try:
        return len(schedule.split()) == 5 and next(CronSim(schedule, now()), None) is not None
    except CronSimError:
        return False


def accesses(plugin: Source) -> Iterator[Spot]:
    """Find blueprints that do not say who may call their routes."""
    known = ("public", "portal", "workspace", "admin")
    for module in plugin.code:
        for call in module.calls("PluginBlueprint"):
            node = argument(call, 1, "access")
            if node is None or (isinstance(node, ast.Constant) and node.value not in known):
                yield Spot(module.at(call), f"Its access is {literal(node)!r} and not one of {', '.join(known)}.")
