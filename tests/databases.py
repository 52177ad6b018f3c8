"""Copies of a prepared PostgreSQL database: made once for a process, then put back to what they held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[Any]

#: One line for all that a copy of the data would not put back: tables, columns, constraints, triggers, settings.
_SHAPE = """
    SELECT md5(string_agg(part, ' ' ORDER BY part)) FROM (
        SELECT concat_ws(':', oid, relname, relkind, reloptions) AS part FROM pg_class
         WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(':', attrelid, attname, atttypid, attnotnull, attisdropped) FROM pg_attribute
         WHERE attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
        UNION ALL SELECT concat_ws(':', oid, conname) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(':', oid, tgname, tgenabled) FROM pg_trigger
        UNION ALL SELECT nspname::text FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'
        UNION ALL SELECT concat_ws(':', setdatabase, setrole, setconfig) FROM pg_db_role_setting
         WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
    ) AS parts
"""
_TABLES = """
    SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) FILTER (WHERE is_generated = 'NEVER')
      FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' GROUP BY table_name
"""
_SEQUENCES = (
    "SELECT format('%I', sequencename), coalesce(last_value, start_value), last_value IS NOT NULL FROM pg_sequences"
)


@dataclass
class Kept:
    """What a database held when it was copied.

    :param tables: all of them; ``rows``: how those of a table are written back, and as ``COPY`` gives them, if any.
    :param marks: what changes with every change of a table, by its name.
    """

    shape: str
    tables: Sequence[str]
    rows: Mapping[str, tuple[sql.Composed, bytes]]
    counting: str
    marks: Mapping[str, object]


def keep(connection: Connection) -> Kept:
    """Remember what a database holds now."""
    tables = dict(connection.execute(_TABLES).fetchall())
    rows = {}
    for table, columns in sorted(tables.items()):
        place = sql.SQL("{} ({})").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))
        with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(place)) as copy:
            if content := b"".join(copy):
                rows[table] = sql.SQL("COPY {} FROM STDIN").format(place), content
    counters = connection.execute(_SEQUENCES).fetchall()
    counting = "; ".join(f"SELECT setval('{name}', {last}, {used})" for name, last, used in counters)
    return Kept(_shape(connection), list(tables), rows, counting, _marks(connection, list(tables)))


def put_back(connection: Connection, kept: Kept) -> bool:
    """Give a database what it held; tell whether that was possible: not after its tables were changed."""
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    if _shape(connection) != kept.shape:
        return False
    marks = _marks(connection, kept.tables)
    changed = [table for table in kept.tables if marks[table] != kept.marks[table]]
    with connection.transaction():
        # Rows come back in the order of the alphabet, not of their keys.
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("; ".join([*(f'DELETE FROM "{table}"' for table in changed), kept.counting]))
        for statement, content in (kept.rows[table] for table in changed if table in kept.rows):
            with connection.cursor().copy(statement) as copy:
                copy.write(content)
    kept.marks = {**kept.marks, **_marks(connection, changed)}
    return True


def _marks(connection: Connection, tables: Sequence[str]) -> Mapping[str, object]:
    """Return for each table how many rows it has, and the youngest transaction that wrote one."""
    counted = (f"SELECT '{table}', count(*), max(xmin::text::bigint) FROM \"{table}\"" for table in tables)
    found = connection.execute(" UNION ALL ".join(counted)).fetchall() if tables else []
    return {table: (count, youngest) for table, count, youngest in found}


def _shape(connection: Connection) -> str:
    return str(connection.execute(_SHAPE).fetchall()[0][0])
