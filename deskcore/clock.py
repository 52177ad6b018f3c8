"""The time, in UTC, from one place that tests can replace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

#: The moment that a demo pretends it is; of the whole process, because hooks run in threads of their own.
_pretended: datetime | None = None


def now() -> datetime:
    """Return the present moment, aware, in UTC, to the microsecond."""
    return _pretended or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the whole process believe that it is ``moment``: for a command that plays the past, never for a server.

    :param moment: aware; inside another block the inner one counts.
    :raises ValueError: when ``moment`` carries no zone.
    """
    global _pretended  # noqa: PLW0603  (a context variable would not reach the threads in which hooks run)
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    before, _pretended = _pretended, moment.astimezone(UTC)
    try:
        yield
    finally:
        _pretended = before
