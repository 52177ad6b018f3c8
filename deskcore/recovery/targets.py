"""The database that an archive is restored into: empty before, whole or unusable afterwards."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from deskcore.config import Config
from deskcore.durable import sync_folder
from deskcore.errors import ConfigurationError
from deskcore.extensions import engine_options
from deskcore.recovery import postgres
from deskcore.serve.schema import UNFINISHED


class Target(Protocol):
    """A database to restore into."""

    def require_empty(self) -> None:
        """Do nothing if there is nothing yet.

        :raises ConfigurationError: otherwise.
        """

    def load(self, copy: Path, audit_keys: tuple[bytes, ...], progress: Callable[[], None]) -> Engine:
        """Fill it with a copied database that nobody can use yet.

        :param audit_keys: of the restored installation, which are known only once its secret key is in place.
        """

    def finish(self, connection: Connection) -> None:
        """Do what belongs into the last transaction: when that has committed, the database is whole."""

    def publish(self) -> None:
        """Let others use it."""

    def abandon(self) -> None:
        """Leave it empty, or unusable."""


def target_of(config: Config) -> Target:
    """Return the database that a configuration names."""
    url = make_url(config.url)
    return SQLiteTarget(Path(url.database or "")) if url.get_backend_name() == "sqlite" else PostgresTarget(url)


class SQLiteTarget:
    """A file, which gets its name at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hidden = path.with_name(f".{path.name}.restoring")

    def require_empty(self) -> None:
        """Refuse a file that is there."""
        if self._path.exists():
            raise ConfigurationError(f"There is a database “{self._path}” already; restore into another place.")

    def load(self, copy: Path, audit_keys: tuple[bytes, ...], progress: Callable[[], None]) -> Engine:
        """Put the copy beside the place that it will have."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(copy, self._hidden)
        url = f"sqlite:///{self._hidden.resolve()}"
        return sa.create_engine(url, **engine_options(url, audit_keys))

    def finish(self, connection: Connection) -> None:
        """Do nothing: the file has no name yet under which anybody looks for it."""

    def publish(self) -> None:
        """Give the file its name, once everything stands in it and nothing in a log beside it."""
        with closing(sqlite3.connect(self._hidden)) as alone:
            alone.execute("PRAGMA journal_mode=DELETE")
        self._hidden.chmod(0o600)
        self._hidden.rename(self._path)
        sync_folder(self._path.parent)

    def abandon(self) -> None:
        """Delete the file that has no name yet."""
        for path in self._path.parent.glob(f"{self._hidden.name}*"):
            path.unlink(missing_ok=True)


class PostgresTarget:
    """A database of a server, marked until it is whole."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._mark = sa.Table(UNFINISHED, sa.MetaData(), sa.Column("unfinished", sa.Boolean))

    def require_empty(self) -> None:
        """Refuse a database with any table."""
        with self._connection() as connection:
            found = sa.inspect(connection)
            if found.get_table_names() or found.get_view_names():
                raise ConfigurationError(
                    f"The database “{self._url.database}” is not empty; make an empty one, and name it with "
                    "--database-url."
                )

    def load(self, copy: Path, audit_keys: tuple[bytes, ...], progress: Callable[[], None]) -> Engine:
        """Mark the database as unusable, and fill it."""
        with self._connection() as connection:
            self._mark.create(connection)
            connection.commit()
            postgres.load(self._url, connection, copy, progress)
        return sa.create_engine(self._url, **engine_options(str(self._url), audit_keys))

    def finish(self, connection: Connection) -> None:
        """Take the mark away."""
        self._mark.drop(connection)

    def publish(self) -> None:
        """Do nothing: the transaction that took the mark away has done it."""

    def abandon(self) -> None:
        """Take the mark away if nothing was filled in; else the database stays unusable."""
        with self._connection() as connection:
            if sa.inspect(connection).get_table_names() == [UNFINISHED]:
                self._mark.drop(connection)
                connection.commit()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        engine = sa.create_engine(self._url)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()
