"""What reaches the database: collected, counted against a budget, and guarded against unfiltered SQL."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from deskcore.tickets.access import flushing
from deskcore.tickets.mentions import names_tickets

_TABLE_NAMED = re.compile(r"\b(?:from|join|into|update)\s+\"?([a-z_]+)", re.IGNORECASE)


class Statements(list[str]):
    """The SQL statements that ran inside the block, without BEGIN, COMMIT and savepoints."""


@contextmanager
def statements(engine: Engine) -> Iterator[Statements]:
    """Collect the statements that run on ``engine`` inside the block."""
    seen = Statements()

    def collect(connection: Connection, cursor: Any, sql: str, *rest: Any) -> None:
        if not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "PRAGMA", "SET TRANSACTION")):
            seen.append(sql)

    sa.event.listen(engine, "before_cursor_execute", collect)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", collect)


@contextmanager
def query_budget(engine: Engine, most: int) -> Iterator[Statements]:
    """Fail when the block runs more than ``most`` statements on ``engine``, and list them.

    :raises AssertionError: with every statement, and how often it ran.
    """
    with statements(engine) as seen:
        yield seen
    if len(seen) > most:
        counted = Counter(" ".join(sql.split()) for sql in seen)
        listed = "\n".join(f"  {count} × {sql[:300]}" for sql, count in counted.items())
        raise AssertionError(
            f"{len(seen)} statements ran and the budget is {most}: ask once for all rows instead of once for each, "
            f"or raise the budget.\n{listed}"
        )


@contextmanager
def guarded() -> Iterator[None]:
    """Fail on any SQL that names a ticket table and did not pass the access policy.

    The policy itself cannot see what goes around the session; this looks at what reaches the database.
    """
    sa.event.listen(Engine, "before_cursor_execute", _refuse_unfiltered)
    try:
        yield
    finally:
        sa.event.remove(Engine, "before_cursor_execute", _refuse_unfiltered)


def _refuse_unfiltered(
    connection: Connection, cursor: Any, sql: str, parameters: Any, context: Any, executemany: bool
) -> None:
    options = context.execution_options if context is not None else connection.get_execution_options()
    if flushing.get() or options.get("policy") or options.get("migrating") or _is_schema(sql):
        return
    named = {name.lower() for name in _TABLE_NAMED.findall(sql)}
    if names_tickets(" ".join(named)):
        raise AssertionError(f"this SQL names tickets and went around the access policy: {sql}")


def _is_schema(sql: str) -> bool:
    return sql.lstrip().upper().startswith(("CREATE", "ALTER", "DROP", "PRAGMA"))
