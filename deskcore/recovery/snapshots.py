"""A copy of the whole database as it was in one moment, while others go on writing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from deskcore.extensions import take_time
from deskcore.recovery import postgres
from deskcore.recovery.manifest import Inventory

#: Pages of SQLite that are copied between two calls of ``progress``.
_PAGES = 2048
_VERSIONS = "alembic_version"


@dataclass(frozen=True)
class Snapshot:
    """A copied database.

    :param path: of the copy: a database file, or what ``pg_dump`` wrote.
    :param files: SHA-256 of every stored file that the copy knows.
    """

    path: Path
    inventory: Inventory
    files: tuple[str, ...]


def take_snapshot(engine: Engine, folder: Path, progress: Callable[[], None]) -> Snapshot:
    """Copy the database of ``engine`` into ``folder``; nobody waits for it, and nothing is written to the original.

    :param progress: called now and then.
    """
    if engine.dialect.name == "sqlite":
        return _of_sqlite(Path(engine.url.database or ""), folder / "copy", progress)
    with _exported(engine) as (connection, name):
        postgres.dump(engine.url, connection, name, folder / "copy", progress)
        return Snapshot(folder / "copy", inventory(connection), _files(connection))


def inventory(connection: Connection) -> Inventory:
    """Return what the database of ``connection`` holds, whatever version made it."""
    tables = sa.inspect(connection).get_table_names()
    rows = {name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0 for name in tables}
    held = {name.removeprefix(f"{_VERSIONS}_"): name for name in tables if name.startswith(f"{_VERSIONS}_")}
    held |= {"deskcore": _VERSIONS} if _VERSIONS in tables else {}
    return Inventory(
        kind=connection.dialect.name,
        revisions={name: _revisions(connection, table) for name, table in held.items()},
        plugins=_plugins(connection),
        rows=rows,
    )


def _of_sqlite(source: Path, copy: Path, progress: Callable[[], None]) -> Snapshot:
    address = f"{source.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as original, closing(sqlite3.connect(copy)) as target:
        # A transaction of our own: without one, each change by somebody else would begin the copy anew.
        original.execute("BEGIN")
        original.execute("SELECT count(*) FROM sqlite_master").fetchone()
        original.backup(target, pages=_PAGES, progress=lambda *_: progress())
    engine = sa.create_engine(f"sqlite:///{copy}")
    with engine.connect().execution_options(migrating=True) as connection:
        found = Snapshot(copy, inventory(connection), _files(connection))
    engine.dispose()
    with closing(sqlite3.connect(copy)) as target:
        target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    return found


@contextmanager
def _exported(engine: Engine) -> Iterator[tuple[Connection, str]]:
    """Hold a snapshot open that ``pg_dump`` can share, so that counts and list of files are of the same moment."""
    isolated = {"isolation_level": "REPEATABLE READ", "migrating": True}
    with engine.connect().execution_options(**isolated) as connection:
        take_time(connection)
        yield connection, str(connection.scalar(sa.select(sa.func.pg_export_snapshot())))


def _revisions(connection: Connection, table: str) -> list[str]:
    return sorted(connection.scalars(sa.select(sa.table(table, sa.column("version_num")).c.version_num)))


def _plugins(connection: Connection) -> dict[str, str]:
    state = sa.table("plugin_state", sa.column("name"), sa.column("version"), sa.column("wanted", sa.Boolean))
    return dict(connection.execute(sa.select(state.c.name, state.c.version).where(state.c.wanted)).all())


def _files(connection: Connection) -> tuple[str, ...]:
    stored = sa.table("stored_file", sa.column("sha256"))
    return tuple(connection.scalars(sa.select(stored.c.sha256).order_by(stored.c.sha256)))
