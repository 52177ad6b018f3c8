"""Rules about what the code imports and calls."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from functools import cache

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deskcore.plugin_rules.reading import Module, Source, argument, dotted, literal, words
from deskcore.plugin_rules.rules import Spot
from deskcore.preflight.sources import last_name
from deskcore.tickets.mentions import names_tickets

_EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
_PICKLES = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}
_DANGEROUS = {"eval", "exec", "os.system", "os._exit", "os.abort", "os.fork", "sys.exit", "exit", "quit", "yaml.load"}
#: What takes SQL as text, past the session's filter.
_RAW_SQL = ("text", "literal_column", "table", "exec_driver_sql", "TextClause")
_AROUND_THE_SESSION = (".engine.connect", ".engine.begin", ".session.connection", ".metadata.tables")
#: What reaches beyond a plugin's own pages, and what changes the process for everybody in it.
_FOR_THE_WHOLE_APPLICATION = re.compile(r"(before|after|teardown)_app_\w+|app_(?!context\b)\w+|record(_once)?|exempt")
_FOR_THE_WHOLE_PROCESS = re.compile(
    r"sys\.(path|meta_path)\.(append|insert|extend|remove)|sys\.setrecursionlimit|os\.(putenv|chdir|umask)"
    r"|os\.environ\.(update|setdefault|pop)|signal\.signal|locale\.setlocale|socket\.setdefaulttimeout"
    r"|logging\.(basicConfig|disable)|warnings\.(simplefilter|filterwarnings)|atexit\.register|gc\.disable"
)
_WAITING = re.compile(
    r"(requests|httpx)\.(get|post|put|patch|delete|head|request)|(urllib\.request\.)?urlopen"
    r"|socket\.create_connection|smtplib\.SMTP(_SSL)?|imaplib\.IMAP4(_SSL)?|ftplib\.FTP|ldap3\.Server"
)


def imported(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield every imported name in full, wherever it is imported: ``deskcore.plugin.Text``, ``json``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)
        elif isinstance(node, ast.Call) and last_name(node.func) in ("import_module", "__import__"):
            name = literal(node.args[0]) if node.args else None
            if isinstance(name, str) and not name.startswith("."):
                yield name, node


def facade_only(plugin: Source) -> Iterator[Spot]:
    """Find imports of the core's inside, and of plugins that the manifest does not require."""
    required = {canonicalize_name(each.name) for each in plugin.declaration.requires.others}
    for module in plugin.modules:
        # A finished migration is never changed; the types of the core's columns are kept for it.
        more = ("deskcore.extensions",) if module.migrates else ()
        for name, node in imported(module.tree):
            root = name.partition(".")[0]
            if root == "deskcore" and not _begins(name, "deskcore.plugin", *more):
                yield Spot(module.at(node), f"It imports {name}.")
            another = root.startswith("deskcore_") and root != plugin.declaration.package
            if another and canonicalize_name(root) not in required:
                yield Spot(module.at(node), f"It imports {root}, which its install_requires does not name.")


def _begins(name: str, *allowed: str) -> bool:
    return any(f"{name}.".startswith(f"{each}.") for each in allowed)


def declared_imports(plugin: Source) -> Iterator[Spot]:
    """Find imports of libraries that would be there by chance only."""
    wanted = {canonicalize_name(each.name) for each in plugin.declaration.requires.others}
    for module in plugin.modules:
        for name, node in imported(module.tree):
            root = name.partition(".")[0]
            if root in sys.stdlib_module_names or root.startswith("deskcore") or root == "__future__":
                continue
            owners = _owners().get(root, frozenset({canonicalize_name(root)}))
            if not owners & (_with_requirements(frozenset({"deskcore"})) | _with_requirements(frozenset(wanted))):
                yield Spot(module.at(node), f"It imports {root}, which its install_requires does not name.")


@cache
def _owners() -> dict[str, frozenset[str]]:
    """Return the distributions that bring each importable name."""
    found = importlib.metadata.packages_distributions()
    return {name: frozenset(map(canonicalize_name, owners)) for name, owners in found.items()}


@cache
def _with_requirements(distributions: frozenset[str]) -> frozenset[str]:
    """Return the distributions and all that they require, without extras."""
    found: set[str] = set()
    waiting = list(distributions)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        found.add(name)
        try:
            lines = importlib.metadata.requires(name) or ()
        except importlib.metadata.PackageNotFoundError:
            continue
        needed = map(Requirement, lines)
        waiting += [each.name for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})]
    return frozenset(found)


def module_names(plugin: Source) -> Iterator[Spot]:
    """Find modules and packages with names that say nothing."""
    for module in plugin.modules:
        parts = module.path.removesuffix(".py").split("/")
        if empty := _EMPTY_NAMES & set(parts):
            yield Spot(module.where, f"A module named “{min(empty)}” says nothing about what is in it.")


def no_print(plugin: Source) -> Iterator[Spot]:
    """Find what was left from looking for a mistake."""
    for module in plugin.modules:
        for call in module.calls("print", "breakpoint", "set_trace", "pprint"):
            if dotted(call.func) in ("print", "breakpoint", "pdb.set_trace", "pprint", "pprint.pprint"):
                yield Spot(module.at(call), f"It calls {dotted(call.func)}().")


def safe_code(plugin: Source) -> Iterator[Spot]:
    """Find what runs foreign code, or ends the process."""
    for module in plugin.modules:
        for name, node in imported(module.tree):
            if name.partition(".")[0] in _PICKLES:
                yield Spot(module.at(node), f"It imports {name.partition('.')[0]}, which runs whatever it reads.")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and dotted(node.func) in _DANGEROUS:
                yield Spot(module.at(node), f"It calls {dotted(node.func)}().")
            shells = [word for word in node.keywords if word.arg == "shell"] if isinstance(node, ast.Call) else []
            if any(literal(word.value) is not False for word in shells):
                yield Spot(module.at(node), "It opens a shell.")


def keeps_to_itself(plugin: Source) -> Iterator[Spot]:
    """Find what changes the pages of others, or the process."""
    for module in plugin.modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and _FOR_THE_WHOLE_APPLICATION.fullmatch(node.attr):
                yield Spot(module.at(node), f"{dotted(node)} acts on every page of the installation.")
            elif isinstance(node, ast.Call) and _FOR_THE_WHOLE_PROCESS.fullmatch(dotted(node.func)):
                yield Spot(module.at(node), f"{dotted(node.func)}() changes the process for everybody in it.")
            elif isinstance(node, ast.Subscript) and _changes_the_environment(node):
                yield Spot(module.at(node), "Setting os.environ changes the process for everybody in it.")


def _changes_the_environment(node: ast.Subscript) -> bool:
    return not isinstance(node.ctx, ast.Load) and dotted(node.value) == "os.environ"


def waits_end(plugin: Source) -> Iterator[Spot]:
    """Find calls to other computers that may wait forever."""
    for module in plugin.modules:
        calls = (node for node in ast.walk(module.tree) if isinstance(node, ast.Call))
        for call in (call for call in calls if _WAITING.fullmatch(dotted(call.func))):
            if not any(word.arg in ("timeout", "connect_timeout", None) for word in call.keywords):
                yield Spot(module.at(call), f"{dotted(call.func)}() has no timeout.")


def access_policy(plugin: Source) -> Iterator[Spot]:
    """Find SQL that the access policy cannot filter."""
    for module in plugin.code:
        for call in module.calls(*_RAW_SQL):
            if names_tickets(words(call)):
                yield Spot(module.at(call), f"{dotted(call.func)}(…) names a table of tickets.")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and f".{dotted(node)}".endswith(_AROUND_THE_SESSION):
                yield Spot(module.at(node), f"{dotted(node)} goes around the session.")


def secrets(plugin: Source) -> Iterator[Spot]:
    """Find secrets that would lie open: in settings of another type, or in the code."""
    for module in plugin.code:
        for call in module.calls("Setting"):
            key, kind = literal(argument(call, 0, "key")), literal(argument(call, 2, "type"))
            if isinstance(key, str) and _SECRET.search(key) and kind != "secret":
                yield Spot(module.at(call), f"The setting “{key}” holds a secret and is not of the type “secret”.")
            if kind == "secret" and literal(argument(call, 3, "default")):
                yield Spot(module.at(call), f"The secret “{key}” has a default, which everybody can read.")
        yield from _written_out(module)


_SECRET = re.compile(r"(?i)(?:^|_)(?:passwo?r?d|passphrase|secret|token|api_?key|private_?key|credentials?)(?:$|_)")


def _written_out(module: Module) -> Iterator[Spot]:
    for node in ast.walk(module.tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        value = literal(node.value) if isinstance(node, ast.Assign) else None
        for target in targets:
            if _SECRET.search(last_name(target)) and isinstance(value, str) and re.fullmatch(r"\S{8,}", value):
                yield Spot(module.at(node), f"{last_name(target)} is a secret written into the code.")
