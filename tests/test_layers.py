"""What import-linter cannot see: rules about names, queries and templates, read from the source itself.

Every rule is tried on a line that breaks it, so that no rule can pass by having gone blind.
"""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "deskcore"
TEXT_FILES = {".py", ".html", ".jinja", ".txt", ".toml", ".js", ".css", ".po", ".json", ".svg", ".mako"}

#: Modules that may go around the session's filter on tickets, and why that is safe there.
AROUND_THE_FILTER: dict[str, str] = {
    "deskcore/tickets/access.py": "builds the filter",
}
#: What takes SQL as text, past the session's filter.
RAW_SQL = {"text", "literal_column", "table", "exec_driver_sql", "TextClause"}

Rule = Callable[[ast.AST], Iterator[str]]


class Manifest:
    """The parts of a ``setup.cfg`` that the rules ask for."""

    def __init__(self, path: Path) -> None:
        self.folder = path.parent
        self.config = configparser.ConfigParser()
        self.config.read(path, encoding="utf-8")
        points = self.config.get("options.entry_points", "deskcore.plugins", fallback="")
        self.entries = dict(re.findall(r"^\s*(\w+)\s*=\s*(\w+)", points, re.MULTILINE))

    @property
    def distribution(self) -> str:
        return canonicalize_name(self.config["metadata"]["name"])

    def requirements(self, extra: str | None = None) -> set[Requirement]:
        section, key = ("options.extras_require", extra) if extra else ("options", "install_requires")
        lines = self.config.get(section, key, fallback="").splitlines()
        return {Requirement(line) for line in map(str.strip, lines) if line and not line.startswith("#")}


MANIFESTS = [Manifest(path) for path in sorted(ROOT.glob("plugins/*/setup.cfg"))]


def modules(folder: Path, *, migrations: bool = False) -> list[Path]:
    paths = sorted(folder.rglob("*.py"))
    return [path for path in paths if migrations or "migrations" not in path.parts]


def shipped() -> list[Path]:
    plugins = [path for folder in ROOT.glob("plugins/*/deskcore_*") for path in modules(folder)]
    return [*modules(CORE), *plugins]


def templates() -> list[Path]:
    found = [*CORE.rglob("templates/**/*"), *ROOT.glob("plugins/*/deskcore_*/templates/**/*")]
    return [path for path in found if path.suffix in {".html", ".jinja", ".svg"}]


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for an attribute chain; ``?`` stands for whatever is not a plain name."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield every imported name in full: ``deskcore.errors.Refused``, ``json``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def words(call: ast.Call) -> str:
    """Return all literal text in the arguments of a call, pieces of f-strings included."""
    constants = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant)]
    return " ".join(value for value in constants if isinstance(value, str))


@cache
def ticket_models() -> dict[str, str]:
    """Return class name to table name of the ticket and of everything that belongs to one."""
    found: dict[str, str] = {}
    scoped = {"Ticket", "TicketScoped"}
    classes = [node for path in shipped() for node in ast.walk(parse(path)) if isinstance(node, ast.ClassDef)]
    for _ in range(3):  # as deep as mixins are stacked
        scoped |= {node.name for node in classes if {dotted(base).split(".")[-1] for base in node.bases} & scoped}
    for node in classes:
        for line in node.body:
            if node.name in scoped and isinstance(line, ast.Assign) and dotted(line.targets[0]) == "__tablename__":
                found[node.name] = str(ast.literal_eval(line.value))
    return found


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def touches_the_request(tree: ast.AST) -> Iterator[str]:
    forbidden = {"flask.request", "flask.g", "flask.session", "flask.globals.request", "flask.globals.g"}
    yield from (name for name in imports(tree) if name in forbidden)
    attributes = (dotted(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    yield from (name for name in attributes if name in forbidden)


def calls_hooks_directly(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "hook":
            yield dotted(node)


def is_dangerous(tree: ast.AST) -> Iterator[str]:
    yield from (name for name in imports(tree) if name.split(".")[0] in {"pickle", "marshal", "shelve", "dill"})
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if dotted(node.func) in {"yaml.load", "eval", "exec", "os.system"}:
                yield dotted(node.func)
            shells = [word for word in node.keywords if word.arg == "shell"]
            yield from ("shell=True" for word in shells if getattr(word.value, "value", True))


def goes_around_the_filter(tree: ast.AST) -> Iterator[str]:
    models = ticket_models()
    tables = re.compile(rf"\b({'|'.join(sorted(models.values()))})\b")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = dotted(node)
            if node.attr == "__table__" and dotted(node.value).split(".")[-1] in models:
                yield name
            if name.endswith((".engine.connect", ".engine.begin", ".metadata.tables", ".session.connection")):
                yield name
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] in RAW_SQL:
            yield from (f"{dotted(node.func)}(… {name} …)" for name in tables.findall(words(node)))


def weakens_a_page(source: str) -> Iterator[str]:
    for pattern in (
        r"\|\s*safe\b",
        r"\{%-?\s*autoescape\s+false",
        r"\sstyle\s*=",
        r"<style\b",
        r"<script(?![^>]*\bsrc=)[^>]*>",
        r"\son[a-z]+\s*=\s*[\"']",
        r"(?:href|action)\s*=\s*[\"']javascript:",
    ):
        yield from (match[0].strip() for match in re.finditer(pattern, source, re.IGNORECASE))


def findings(paths: list[Path], rule: Rule, exempt: frozenset[str] = frozenset()) -> list[str]:
    named = ((path.relative_to(ROOT).as_posix(), path) for path in paths)
    return [f"{name}: {found}" for name, path in named if name not in exempt for found in rule(parse(path))]


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (touches_the_request, "from flask import current_app, request"),
        (touches_the_request, "import flask\nflask.g.person"),
        (calls_hooks_directly, "manager.hook.ticket_opened(ticket=ticket)"),
        (is_dangerous, "import pickle"),
        (is_dangerous, "yaml.load(stream)"),
        (is_dangerous, "subprocess.run('ls', shell=True)"),
        (goes_around_the_filter, "Ticket.__table__.select()"),
        (goes_around_the_filter, "sa.text('SELECT number FROM ticket WHERE id = 1')"),
        (goes_around_the_filter, "db.session.execute(text(f'DELETE FROM ticket_event WHERE id = {x}'))"),
        (goes_around_the_filter, "db.engine.connect()"),
    ],
)
def test_each_rule_notices_a_line_that_breaks_it(rule: Rule, line: str) -> None:
    assert list(rule(ast.parse(line)))


@pytest.mark.parametrize(
    "source",
    ["{{ body|safe }}", '<p style="color: red">', "<style>p{}</style>", "<script>go()</script>", "<a onclick='go()'>"],
)
def test_the_template_rule_notices_what_weakens_a_page(source: str) -> None:
    assert list(weakens_a_page(source))


@pytest.mark.parametrize("source", ['<script type="module" src="/app.js"></script>', "<p>{{ on_hold }} style</p>"])
def test_the_template_rule_leaves_good_pages_alone(source: str) -> None:
    assert not list(weakens_a_page(source))


def test_the_rules_look_at_real_files() -> None:
    assert len(shipped()) > 10
    assert ticket_models()["Ticket"] == "ticket"
    assert "TicketEvent" in ticket_models()


def test_no_module_of_the_core_names_a_plugin() -> None:
    # A plugin that does what the core has a contract for may bear the contract's name, as an ordinary word.
    contracts = {path.name for path in CORE.iterdir() if path.is_dir()}
    entries = {entry for manifest in MANIFESTS for entry in manifest.entries}
    # What templates are made of is called so, too.
    names = entries - contracts - {"macros"}
    assert names, "no plugin manifest was found"
    packages = {f"deskcore_{entry}" for entry in entries}
    named = re.compile(rf"\b({'|'.join(sorted(names | packages))})\b")
    paths = [path for path in CORE.rglob("*") if path.suffix in TEXT_FILES]
    assert not [path for path in paths if named.search(path.read_text(encoding="utf-8"))]


def test_services_and_models_never_touch_the_request() -> None:
    inner = [path for path in shipped() if {"services", "models"} & {path.stem, path.parent.name}]
    assert not findings(inner, touches_the_request)


def test_only_the_callers_call_hooks() -> None:
    assert not findings(shipped(), calls_hooks_directly, frozenset({"deskcore/hooks/callers.py"}))


def test_nothing_unpickles_evaluates_or_opens_a_shell() -> None:
    assert not findings([*shipped(), *modules(ROOT / "benchmarks")], is_dangerous)


def test_no_ticket_query_goes_around_the_access_filter() -> None:
    assert not findings(shipped(), goes_around_the_filter, frozenset(AROUND_THE_FILTER))


def test_every_exception_to_the_access_filter_is_still_needed() -> None:
    others = set(AROUND_THE_FILTER) - {"deskcore/tickets/access.py"}
    assert not [name for name in others if not list(goes_around_the_filter(parse(ROOT / name)))]


def test_pages_escape_everything_and_hold_no_inline_style_or_script() -> None:
    pages = {path: list(weakens_a_page(path.read_text(encoding="utf-8"))) for path in templates()}
    assert not {path: found for path, found in pages.items() if found}


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.distribution)
def test_a_plugin_imports_the_facade_and_the_plugins_it_requires(manifest: Manifest) -> None:
    required = {canonicalize_name(requirement.name) for requirement in manifest.requirements()}
    allowed = {"deskcore.plugin"} | set(manifest.entries.values())
    for other in MANIFESTS:
        allowed |= set(other.entries.values()) if other.distribution in required else set()
    paths = [path for package in manifest.entries.values() for path in modules(manifest.folder / package)]
    names = {name for path in paths for name in imports(parse(path)) if name.startswith("deskcore")}
    assert not [name for name in names if not any(f"{name}.".startswith(f"{good}.") for good in allowed)]


def test_the_extra_bundled_is_the_union_of_what_the_plugins_require() -> None:
    own = {"deskcore"} | {manifest.distribution for manifest in MANIFESTS}
    wanted = {requirement for manifest in MANIFESTS for requirement in manifest.requirements()}
    foreign = {requirement for requirement in wanted if canonicalize_name(requirement.name) not in own}
    assert Manifest(ROOT / "setup.cfg").requirements("bundled") == foreign


def test_no_module_is_named_after_nothing() -> None:
    empty = {"utils", "util", "helpers", "common", "misc"}
    assert not [path for path in shipped() if empty & {path.stem, path.parent.name}]


def test_every_folder_with_modules_is_a_package() -> None:
    bare = {path.parent for path in shipped() if not (path.parent / "__init__.py").exists()}
    assert not [folder for folder in bare if "scaffold" not in folder.parts]
