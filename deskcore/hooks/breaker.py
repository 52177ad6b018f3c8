"""The breaker: a plugin that fails again and again is no longer called, until somebody tries it again."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic

from deskcore.clock import now


@dataclass(frozen=True)
class HookLimits:
    """How much a plugin may get wrong.

    :param deadline: seconds for one call of a ``before_*``, ``validate_*`` or question hook, for an action and for a
        page; and for which a plugin may hold the write lock.
    :param piece: seconds for one piece of a page, as a panel, and for the check of one answer.
    :param handler: seconds for one handler of a committed event.
    :param job: seconds after which a job is recorded as too slow; it goes on.
    :param start: seconds in which one plugin must be imported and have contributed.
    :param failures: failures within ``window`` seconds that pause a plugin, whatever slots they are in.
    :param threads: calls of one plugin that may run at a time in this process.
    :param requests: requests that one plugin may answer at a time in this process, in threads that all pages need.
    :param abandoned: threads that one plugin may leave hanging before it is paused.
    """

    deadline: float = 2.0
    piece: float = 0.15
    handler: float = 30.0
    job: float = 600.0
    start: float = 30.0
    failures: int = 5
    window: float = 60.0
    threads: int = 8
    requests: int = 4
    abandoned: int = 3


class Breaker:
    """Counts failures in this process and remembers which plugins it has stopped.

    :param clock: seconds that only ever grow; replaceable in tests.
    """

    def __init__(self, limits: HookLimits | None = None, clock: Callable[[], float] = monotonic) -> None:
        self.limits = limits or HookLimits()
        self._clock = clock
        self._lock = Lock()
        self._failures: defaultdict[str, deque[tuple[float, str]]] = defaultdict(deque)
        self._opened: dict[str, datetime] = {}

    def failed(self, plugin: str, slot: str) -> bool:
        """Count a failure; return whether it was the one that opens the breaker.

        :param slot: the hook or the place of a page where it failed.
        """
        with self._lock:
            moment, recent = self._clock(), self._failures[plugin]
            recent.append((moment, slot))
            while recent[0][0] <= moment - self.limits.window:
                recent.popleft()
            return len(recent) >= self.limits.failures and self._open(plugin)

    def recent(self, plugin: str) -> Counter[str]:
        """Return how often ``plugin`` failed lately in this process, by slot."""
        with self._lock:
            return Counter(slot for _, slot in self._failures.get(plugin, ()))

    def open(self, plugin: str) -> bool:
        """Stop ``plugin`` at once; return whether it was running until now."""
        with self._lock:
            return self._open(plugin)

    def opened_at(self, plugin: str) -> datetime | None:
        """Return since when ``plugin`` is stopped in this process, or ``None``."""
        return self._opened.get(plugin)

    def close(self, plugin: str) -> None:
        """Let ``plugin`` be called again, with a clean sheet."""
        with self._lock:
            self._opened.pop(plugin, None)
            self._failures.pop(plugin, None)

    def _open(self, plugin: str) -> bool:
        if plugin in self._opened:
            return False
        self._opened[plugin] = now()
        return True
