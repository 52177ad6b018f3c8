"""Connections to PostgreSQL that give up in time, also when the server is silent and the network says nothing."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Generator
from math import inf
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from deskcore.outages import Away, answer_by

T = TypeVar("T")


def _without_trace(record: logging.LogRecord) -> bool:
    """Let the pool say in one line that it lets go of a connection on which not even a rollback was answered."""
    if record.msg == "Exception during reset or similar":
        record.exc_info = None
    return True


logging.getLogger("sqlalchemy.pool.impl.QueuePool").addFilter(_without_trace)


class Connection(psycopg.Connection[Any]):
    """A connection that is closed when an answer takes too long.

    The server ends statements by itself; a server or a network that has gone silent ends nothing, and the driver
    would wait for ever.
    """

    #: Seconds for which one answer is waited for.
    patience = inf
    #: Whether the open transaction may take as long as it needs.
    unhurried = False

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:
        """Run one exchange with the server.

        :raises psycopg.OperationalError: when it took too long; the connection is closed then.
        """
        end = inf if self.unhurried else min(monotonic() + self.patience, answer_by.get())
        try:
            return super().wait(_until(gen, end), *args, **kwargs)
        except TimeoutError:
            self.pgconn.finish()
            raise psycopg.OperationalError("the server did not answer in time") from None
        finally:
            self.unhurried = self.unhurried and self.pgconn.transaction_status != TransactionStatus.IDLE

    def end(self) -> None:
        """End it from another thread: whoever uses it is told that the server is gone, and the server rolls back."""
        with socket.socket(fileno=os.dup(self.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)


def _until(gen: Generator[Any, Any, T], end: float) -> Generator[Any, Any, T]:
    """Pass an exchange on, which is woken ten times a second, and stop it at ``end``."""
    if monotonic() >= end:
        raise TimeoutError
    try:
        wanted = next(gen)  # ends at once where nothing has to be sent
        while True:
            wanted = gen.send((yield wanted))
            if monotonic() >= end:
                raise TimeoutError
    except StopIteration as done:
        result: T = done.value
        return result


def connect(*args: Any, patience: float, **kwargs: Any) -> Connection:
    """Open a connection as ``psycopg.connect()`` does.

    :param patience: seconds for which one answer is waited for.
    :raises Away: when there is none to be had.
    """
    try:
        connection = Connection.connect(*args, **kwargs)
    except psycopg.OperationalError as error:
        raise Away(error) from error
    connection.patience = patience
    return connection
