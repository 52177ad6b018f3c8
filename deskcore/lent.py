"""Connections that code of a plugin works on: what it may do with them, and that it does not keep the write lock."""

from __future__ import annotations

import logging
import sqlite3
from contextvars import ContextVar
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

log = logging.getLogger("deskcore.hooks")


class Lent:
    """The transactions that one call of a plugin has begun.

    :param reading: nothing may be written in them; the database refuses it.
    :param lasting: they may hold a lock for as long as they need.
    """

    def __init__(self, reading: bool = False, lasting: bool = False) -> None:
        self.reading = reading
        self.lasting = lasting
        #: Whether a transaction was ended under the plugin's hands.
        self.was_cut = False
        self._is_over = False
        self._lock = Lock()
        #: Each with when it began, and how much its connection had changed by then.
        self._begun: list[tuple[float, int, Connection]] = []

    def begun(self, connection: Connection) -> None:
        """Note that a transaction begins.

        :raises RuntimeError: when nobody waits for the call any more.
        """
        with self._lock:
            if self._is_over:
                raise RuntimeError("this took too long: nobody waits for it any more, and nothing of it is stored")
            self._begun = [each for each in self._begun if _is_open(each[2])]
            self._begun.append((monotonic(), _changes(connection), connection))

    def cut(self, longer_than: float | None = None) -> bool:
        """End transactions at once, whatever the plugin is at; its next statement fails.

        :param longer_than: end only those that hold a lock for more seconds than this; left out, all, and no other
            can be begun.
        :returns: whether there were any.
        """
        if longer_than is not None and self.lasting:
            return False
        with self._lock:
            self._is_over = self._is_over or longer_than is None
            doomed = [each for each in self._begun if _is_open(each[2]) and _is_due(each, longer_than)]
            self._begun = [each for each in self._begun if each not in doomed]
        for _, _, connection in doomed:
            _end(connection)
        self.was_cut = self.was_cut or bool(doomed)
        return bool(doomed)


#: The loan to the plugin whose code runs here, if any.
lent_here: ContextVar[Lent | None] = ContextVar("lent", default=None)


def _is_due(each: tuple[float, int, Connection], longer_than: float | None) -> bool:
    since, changes, connection = each
    if longer_than is None:
        return True
    locked = connection.get_execution_options().get("write", False) or _changes(connection) != changes
    return locked and monotonic() - since > longer_than


def _is_open(connection: Connection) -> bool:
    return not connection.closed and connection.in_transaction()


def _changes(connection: Connection) -> int:
    """Return how many rows SQLite changed on a connection: a transaction that began to read may write by now."""
    driver: Any = _driver(connection)
    return int(getattr(driver, "total_changes", 0))


def _driver(connection: Connection) -> Any:
    try:
        return connection.connection.dbapi_connection
    except Exception:  # it was closed this very moment
        return None


def _end(connection: Connection) -> None:
    driver = _driver(connection)
    if driver is None:
        return
    # Neither driver survives that a connection is closed while another thread is in the middle of a statement.
    try:
        driver.end()
    except sqlite3.ProgrammingError:
        return  # whoever used it has let go of it this very moment
    except Exception as error:
        log.warning("a transaction of a plugin could not be ended: %s", type(error).__name__)
