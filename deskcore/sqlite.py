"""Connections to SQLite that another thread can end, whatever they are at."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from threading import RLock
from typing import Any
from weakref import WeakSet

#: Seconds between two attempts to interrupt a statement, and how many there are before it is left to its own thread.
_PAUSE, _ATTEMPTS = 0.01, 20


class Connection(sqlite3.Connection):
    """A connection that is ended in a moment at which no statement runs.

    The driver lets go of what a running statement works on when its connection is closed, and that ends the process.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Held while the driver is at work on it.
        self.used = RLock()
        self.ended = False
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    def cursor(self, factory: Any = None) -> Any:
        """Return a cursor whose statements can be ended."""
        with self.used:
            cursor: sqlite3.Cursor = super().cursor(factory or Cursor)
            self._cursors.add(cursor)
        return cursor

    def commit(self) -> None:
        """Commit."""
        with self.used:
            super().commit()

    def rollback(self) -> None:
        """Roll back."""
        with self.used:
            super().rollback()

    def end(self) -> None:
        """End it from another thread: what is running fails, nothing of the transaction stays, and it is closed."""
        self.ended = True
        for _attempt in range(_ATTEMPTS):
            if self.used.acquire(timeout=_PAUSE):
                try:
                    self.let_go()
                finally:
                    self.used.release()
                return
            self.interrupt()

    def let_go(self) -> None:
        """Roll back and close, while no statement runs.

        :raises sqlite3.ProgrammingError: when it is closed already.
        """
        # What was begun and not read to its end would be interrupted still, and the rollback with it.
        for cursor in list(self._cursors):
            cursor.close()
        try:
            super().rollback()
        finally:
            self.close()


class Cursor(sqlite3.Cursor):
    """A cursor of such a connection."""

    def execute(self, *given: Any) -> Any:
        """Run a statement."""
        return _used(self, super().execute, *given)

    def executemany(self, *given: Any) -> Any:
        """Run a statement many times."""
        return _used(self, super().executemany, *given)

    def fetchone(self) -> Any:
        """Return the next row."""
        return _used(self, super().fetchone)

    def fetchmany(self, *given: Any) -> Any:
        """Return the next rows."""
        return _used(self, super().fetchmany, *given)

    def fetchall(self) -> Any:
        """Return all further rows."""
        return _used(self, super().fetchall)


def _used(cursor: Cursor, step: Callable[..., Any], *given: Any) -> Any:
    connection: Any = cursor.connection
    with connection.used:
        if connection.ended:
            connection.let_go()  # it may be closed already, and says so then
        try:
            return step(*given)
        finally:
            if connection.ended:
                connection.let_go()
