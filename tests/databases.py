"""Copies of a prepared PostgreSQL database: made once for a process, then put back to what they held."""

from __future__ import annotations

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


@dataclass(frozen=True)
class Kept:
    """What a database held when it was copied.

    :param rows: of each table that had any: how they are written back, and the rows as ``COPY`` gives them.
    """

    shape: str
    emptying: str
    rows: tuple[tuple[sql.Composed, bytes], ...]


def keep(connection: Connection) -> Kept:
    """Remember what a database holds now."""
    tables = dict(connection.execute(_TABLES).fetchall())
    rows = []
    for table, columns in sorted(tables.items()):
        place = sql.SQL("{} ({})").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))
        with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(place)) as copy:
            if content := b"".join(copy):
                rows.append((sql.SQL("COPY {} FROM STDIN").format(place), content))
    counters = connection.execute(_SEQUENCES).fetchall()
    emptying = [f'DELETE FROM "{table}"' for table in tables]
    emptying += [f"SELECT setval('{name}', {last}, {used})" for name, last, used in counters]
    return Kept(_shape(connection), "; ".join(emptying), tuple(rows))


def put_back(connection: Connection, kept: Kept) -> bool:
    """Give a database what it held; tell whether that was possible: not after its tables were changed."""
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    if _shape(connection) != kept.shape:
        return False
    with connection.transaction():
        # Rows come back in the order of the alphabet, not of their keys.
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(kept.emptying)
        for statement, content in kept.rows:
            with connection.cursor().copy(statement) as copy:
                copy.write(content)
    return True


def _shape(connection: Connection) -> str:
    return str(connection.execute(_SHAPE).fetchall()[0][0])
