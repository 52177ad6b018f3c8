"""What to do while the database is away, locked or full, and how long anybody waits for it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from math import inf
from threading import Lock
from time import monotonic
from typing import Literal

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

#: Until when, on the clock of ``monotonic()``, the request that is going on here may wait for the database.
answer_by: ContextVar[float] = ContextVar("answer_by", default=inf)
#: Seconds that one may wait, while nobody else succeeds, before the others no longer begin to wait.
SUSPICION = 5.0

Trouble = Literal["away", "full", "read-only"]

_FULL = {errno.ENOSPC, errno.EDQUOT}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
#: How the names begin that SQLite and PostgreSQL (disk full, read only) give to their errors.
_SIGNS: dict[str, Trouble | None] = {
    "SQLITE_FULL": "full",
    "53100": "full",
    "SQLITE_READONLY": "read-only",
    "SQLITE_IOERR_WRITE": "read-only",
    "SQLITE_IOERR_FSYNC": "read-only",
    "25006": "read-only",
    # No such table, or a mistake in the statement.
    "SQLITE_ERROR": None,
}


class Away(OperationalError):
    """There is no connection to the database, and none can be had.

    :param cause: what was found out; nothing, when somebody else has tried just now and nobody waits again at once.
    """

    def __init__(self, cause: BaseException | None = None) -> None:
        super().__init__(None, None, cause or Exception("it did not answer somebody else just now"))
        self.tried = cause is not None


class Outage:
    """Keeps all threads from waiting, one behind the other, for something that does not answer.

    Whatever can hang is done inside :meth:`attempt`. After a failure, one caller at a time finds out whether the
    database is back, and all others fail at once.

    :param pause: seconds after a failure before anybody tries again.
    """

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._lock = Lock()
        self._numbers = count()
        #: When each attempt that is going on began.
        self._begun: dict[int, float] = {}
        self._failed_at: float | None = None
        self._succeeded_at = -inf

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Try, and remember whether it worked.

        :raises Away: without trying, when it cannot be expected to work.
        """
        with self._lock:
            if self._is_hopeless(monotonic()):
                raise Away
            number = next(self._numbers)
            self._begun[number] = monotonic()
        worked = False
        try:
            yield
            worked = True
        finally:
            with self._lock:
                del self._begun[number]
                self._failed_at = None if worked else monotonic()
                self._succeeded_at = monotonic() if worked else self._succeeded_at

    def _is_hopeless(self, at: float) -> bool:
        oldest = min(self._begun.values(), default=at)
        if self._failed_at is not None:
            return bool(self._begun) or at - self._failed_at < self._pause
        # Somebody waits for long: that is a queue as long as others get through, and else something is stuck.
        return at - max(oldest, self._succeeded_at) > SUSPICION and oldest < at


def is_cut_off(error: BaseException) -> bool:
    """Tell whether there is no connection to the database any more, which is not the fault of whoever used it."""
    return isinstance(error, (Away, PoolTimeout)) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def trouble_of(error: BaseException) -> Trouble | None:
    """Return why nothing can be stored or read now, or nothing when ``error`` says something else."""
    if isinstance(error, OSError):
        return "full" if error.errno in _FULL else "read-only" if error.errno in _READ_ONLY else None
    if not isinstance(error, (OperationalError, InterfaceError, PoolTimeout)):
        return None
    cause = getattr(error, "orig", None)
    name = str(getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", ""))
    return next((trouble for sign, trouble in _SIGNS.items() if name.startswith(sign)), "away")
