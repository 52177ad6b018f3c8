"""Rules about tables and the migrations that make them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from deskcore.plugin_rules.reading import Module, Source, argument, dotted, literal, words
from deskcore.plugin_rules.rules import Spot
from deskcore.preflight.sources import Unreadable, history, last_name

#: Operations of Alembic on a table that is there, with the place of its name.
_CHANGES = {
    "add_column": 0, "drop_column": 0, "alter_column": 0, "drop_table": 0, "batch_alter_table": 0, "rename_table": 0,
    "drop_table_comment": 0, "create_table_comment": 0, "create_index": 1, "create_unique_constraint": 1,
    "create_check_constraint": 1, "create_primary_key": 1, "create_foreign_key": 1, "drop_constraint": 1,
    "drop_index": 1,
}  # fmt: skip
_NAMES = {0: ("table_name", "old_table_name"), 1: ("table_name", "source_table", "source")}
_SQL = re.compile(
    r"\b(?:update|delete\s+from|insert\s+(?:or\s+\w+\s+)?into|alter\s+table|drop\s+table(?:\s+if\s+exists)?"
    r"|create\s+(?:unique\s+)?index\s+(?:if\s+not\s+exists\s+)?\w+\s+on|create\s+trigger\s+\w+[\w\s]*?\bon)\s+\"?(\w+)",
    re.IGNORECASE,
)


def table_prefix(plugin: Source) -> Iterator[Spot]:
    """Find tables that do not carry the plugin's name."""
    for module in plugin.modules:
        for name, node in _made(module):
            if not name.startswith(f"{plugin.name}_"):
                yield Spot(module.at(node), f"The table “{name}” does not begin with “{plugin.name}_”.")


def _made(module: Module) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(module.tree):
        made: object = None
        if isinstance(node, ast.Assign) and "__tablename__" in map(last_name, node.targets):
            made = literal(node.value)
        elif isinstance(node, ast.Call) and last_name(node.func) in ("Table", "create_table"):
            # Tables of a report are no tables of a database.
            made = None if dotted(node.func) == "reports.Table" else literal(argument(node, 0, "table_name"))
        elif isinstance(node, ast.Call) and last_name(node.func) == "rename_table":
            made = literal(argument(node, 1, "new_table_name"))
        if isinstance(made, str):
            yield made, node


def foreign_tables(plugin: Source) -> Iterator[Spot]:
    """Find changes of tables that belong to the core or to another plugin."""
    for module in plugin.migrations:
        for call in _operations(module, *_CHANGES):
            place = _CHANGES[last_name(call.func)]
            named = (argument(call, place, name) for name in _NAMES[place])
            table = next((literal(node) for node in named if node is not None), None)
            if isinstance(table, str) and not table.startswith(f"{plugin.name}_"):
                yield Spot(module.at(call), f"{last_name(call.func)}() changes the table “{table}”.")
        for call in module.calls("execute"):
            for table in _SQL.findall(words(call)):
                if not table.startswith(f"{plugin.name}_"):
                    yield Spot(module.at(call), f"Its SQL changes the table “{table}”.")


def _operations(module: Module, *names: str) -> Iterator[ast.Call]:
    """Yield calls of Alembic's operations; those inside a batch name no table, and the batch itself does."""
    return (call for call in module.calls(*names) if dotted(call.func).startswith(("op.", "alembic.op.")))


def migrations(plugin: Source) -> Iterator[Spot]:
    """Find histories that do not lead from nothing to one head, and ways back that are missing."""
    try:
        past = history(plugin.declaration.migrations)
    except Unreadable:
        return  # named by another rule
    if past.known and len(past.heads) != 1:
        listed = ", ".join(sorted(past.heads)) or "none"
        yield Spot("migrations", f"They have {len(past.heads)} heads ({listed}), and must have one.")
    for module in plugin.migrations:
        back = [node for node in module.tree.body if isinstance(node, ast.FunctionDef) and node.name == "downgrade"]
        if not back or all(isinstance(line, ast.Pass | ast.Expr) and not _does(line) for line in back[0].body):
            yield Spot(module.at(back[0]) if back else module.where, "There is no way back: downgrade() does nothing.")


def _does(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and not isinstance(line.value, ast.Constant)
