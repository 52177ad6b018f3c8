"""Whose a table is: those of a plugin begin with its name, and the longest name that fits counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from deskcore.hooks.checks import owner_of

VERSION_TABLE = "alembic_version"
_MASTER = sa.table("sqlite_master", *(sa.column(name, sa.String) for name in ("type", "name", "tbl_name", "sql")))


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
    pictures = _of_sqlite(connection) if connection.dialect.name == "sqlite" else _of_server(connection)
    return {table: picture for table, picture in pictures.items() if not owns(plugin, table, plugins)}


def virtual(connection: Connection) -> set[str]:
    """Return SQLite's virtual tables, with those that belong to them: they are made by SQL, and have no models."""
    if connection.dialect.name != "sqlite":
        return set()
    wanted = sa.select(_MASTER.c.name).where(_MASTER.c.sql.istartswith("CREATE VIRTUAL TABLE"))
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


def _of_sqlite(connection: Connection) -> Mapping[str, object]:
    """Return what SQLite keeps of every table: the texts that made it, its indexes and its triggers."""
    wanted = sa.select(_MASTER.c.tbl_name, _MASTER.c.type, _MASTER.c.name, _MASTER.c.sql).where(
        ~_MASTER.c.tbl_name.startswith("sqlite_", autoescape=True), _MASTER.c.type != "view"
    )
    found = defaultdict(list)
    for table, *picture in connection.execute(wanted.order_by(_MASTER.c.type, _MASTER.c.name)):
        found[table].append(picture)
    return found


def _of_server(connection: Connection) -> Mapping[str, object]:
    """Ask for all tables at once: to ask for each takes hundreds of statements."""
    inspector = sa.inspect(connection)
    indexes, keys = inspector.get_multi_indexes(), inspector.get_multi_foreign_keys()
    return {
        str(place[1]): (
            [(one["name"], str(one["type"]), one["nullable"]) for one in columns],
            sorted(str(one["name"]) for one in indexes.get(place, ())),
            sorted(str(one) for one in keys.get(place, ())),
        )
        for place, columns in inspector.get_multi_columns().items()
    }
