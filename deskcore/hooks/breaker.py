"""The breaker: a plugin that fails again and again is no longer called, until somebody tries it again."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic

from deskcore.clock import now


@dataclass(frozen=True)
class HookLimits:
    """How much a plugin may get wrong.

    :param deadline: seconds for one call of a ``before_*``, ``validate_*`` or question hook.
    :param start: seconds in which one plugin must be imported and have contributed.
    :param failures: failures within ``window`` seconds that pause a plugin.
    :param threads: calls that may run at a time in this process.
    :param abandoned: threads that one plugin may leave hanging before it is paused.
    """

    deadline: float = 2.0
    start: float = 30.0
    failures: int = 5
    window: float = 60.0
    threads: int = 8
    abandoned: int = 3


class Breaker:
    """Counts failures in this process and remembers which plugins it has stopped.

    :param clock: seconds that only ever grow; replaceable in tests.
    """

    def __init__(self, limits: HookLimits | None = None, clock: Callable[[], float] = monotonic) -> None:
        self.limits = limits or HookLimits()
        self._clock = clock
        self._lock = Lock()
        self._failures: defaultdict[str, deque[float]] = defaultdict(deque)
        self._opened: dict[str, datetime] = {}

    def failed(self, plugin: str) -> bool:
        """Count a failure; return whether it was the one that opens the breaker."""
        with self._lock:
            moment, times = self._clock(), self._failures[plugin]
            times.append(moment)
            while times[0] <= moment - self.limits.window:
                times.popleft()
            return len(times) >= self.limits.failures and self._open(plugin)

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
