"""Compares migrations that the code has with those that the database holds; it only reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from deskcore.hooks.declarations import PluginDeclaration
from deskcore.preflight.findings import Finding, Target
from deskcore.preflight.sources import History, Unreadable, history

_PREFIX = "alembic_version"


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a connection that can only read."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA query_only=ON")
        else:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        try:
            yield connection
        finally:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only=OFF")


def held_revisions(connection: Connection) -> dict[str, frozenset[str]]:
    """Return the revisions that the database holds, by plugin; those of the core under an empty name."""
    version = sa.column("version_num", sa.String)
    return {
        table.removeprefix(_PREFIX).removeprefix("_"): frozenset(
            connection.scalars(sa.select(version).select_from(sa.table(table)))
        )
        for table in sa.inspect(connection).get_table_names()
        if table == _PREFIX or table.startswith(f"{_PREFIX}_")
    }


def of_core(held: Collection[str], target: Target) -> Iterator[Finding]:
    """Yield what stands against the target with the core's tables as they are."""
    unknown = sorted(set(held) - target.then.tables.known)
    if unknown:
        yield Finding("deskcore", "tables", (
            f"The database is at revision {', '.join(unknown)}, which Deskcore {target.version} does not know; "
            "install a newer one, or restore a backup."
        ))  # fmt: skip
    elif set(held) != target.now.tables.heads and target.now is target.then:
        yield Finding("deskcore", "tables", (
            "The database is older than this version; stop every server, make a backup, run “deskcore db upgrade”."
        ))  # fmt: skip


def of_plugin(
    declaration: PluginDeclaration, held: Mapping[str, Collection[str]], wanted: Collection[str]
) -> Iterator[Finding]:
    """Yield how a plugin's migrations differ from its tables.

    :param wanted: names of the plugins that are switched on; others may wait with their tables.
    """
    try:
        code = history(declaration.migrations)
    except Unreadable as error:
        yield Finding(declaration.name, "tables", f"A migration cannot be read ({error}); correct it, then look again.")
        return
    message = _difference(code, set(held.get(declaration.name, ())), declaration.name in wanted)
    if message:
        yield Finding(declaration.name, "tables", message)


def _difference(code: History, held: set[str], wanted: bool) -> str:
    unknown = sorted(held - code.known)
    if len(code.heads) > 1:
        return f"Its migrations end in several revisions ({', '.join(sorted(code.heads))}); join them by one more."
    if unknown:
        revisions = ", ".join(unknown)
        return f"Its tables are at revision {revisions}, made by a newer version of it; install that version again."
    if held != code.heads and wanted:
        return "Its tables are not up to date; run “deskcore db upgrade”, then restart."
    return ""
