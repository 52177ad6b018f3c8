"""Whose a table is: those of a plugin begin with its name, and the longest name that fits counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from deskcore.hooks.checks import owner_of

VERSION_TABLE = "alembic_version"


def version_table(plugin: str | None) -> str:
    """Return the table that holds the revision of a plugin's tables, or of the core's."""
    return VERSION_TABLE if plugin is None else f"{VERSION_TABLE}_{plugin}"


def owns(plugin: str | None, table: str, plugins: Iterable[str]) -> bool:
    """Tell whether ``table`` is one of a plugin's, or of the core's.

    :param plugins: all names, because one may begin with another.
    """
    if table.startswith(VERSION_TABLE):
        return table == version_table(plugin)
    return owner_of(table, {*plugins, *([plugin] if plugin else [])}) == plugin


def of_plugin(connection: Connection, plugin: str, plugins: Iterable[str]) -> list[str]:
    """Return the tables of a plugin that are there, by name; the one with its revision is among them."""
    return sorted(table for table in sa.inspect(connection).get_table_names() if owns(plugin, table, plugins))


def of_others(connection: Connection, plugin: str, plugins: Iterable[str]) -> dict[str, object]:
    """Return a picture of every table that is not the plugin's: one that differs later was changed."""
    names = [table for table in sa.inspect(connection).get_table_names() if not owns(plugin, table, plugins)]
    return {table: _picture(connection, table) for table in names}


def virtual(connection: Connection) -> set[str]:
    """Return SQLite's virtual tables, with those that belong to them: they are made by SQL, and have no models."""
    if connection.dialect.name != "sqlite":
        return set()
    master = sa.table("sqlite_master", sa.column("name", sa.String), sa.column("sql", sa.String))
    wanted = sa.select(master.c.name).where(master.c.sql.istartswith("CREATE VIRTUAL TABLE"))
    names = connection.scalars(wanted).all()
    every = sa.inspect(connection).get_table_names()
    return {table for table in every for name in names if table == name or table.startswith(f"{name}_")}


def drop(connection: Connection, tables: Sequence[str]) -> None:
    """Drop tables, those too that refer to one another; on SQLite with foreign keys off."""
    quoted = [connection.dialect.identifier_preparer.quote(table) for table in tables]
    if connection.dialect.name == "sqlite":
        # By name: what belongs to a virtual table goes with it, and is gone when its own turn comes.
        for table in quoted:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
    elif quoted:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {', '.join(quoted)}")


def _picture(connection: Connection, table: str) -> object:
    inspector = sa.inspect(connection)
    columns = [(one["name"], str(one["type"]), one["nullable"]) for one in inspector.get_columns(table)]
    indexes = sorted(str(one["name"]) for one in inspector.get_indexes(table))
    return columns, indexes, sorted(str(one) for one in inspector.get_foreign_keys(table))
