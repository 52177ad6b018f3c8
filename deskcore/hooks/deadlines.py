"""A small pool of threads for calls that may hang: whoever waits goes on at the deadline."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Condition, Event, Thread
from time import monotonic
from typing import Any

from deskcore.hooks.errors import Overrun, Reported, reported
from deskcore.lent import Lent

#: Seconds after which a thread without work ends.
IDLE = 10.0


@dataclass
class Call:
    """One call of a plugin, and what came of it.

    ``error`` is a report of whatever was raised, or :class:`Overrun`; ``value`` counts only without one.

    :param run: called in a thread of the pool, in an empty context.
    :param lent: what it may do to the database; taken away when nobody waits any more.
    """

    plugin: str
    run: Callable[[], Any]
    lent: Lent = field(default_factory=Lent)
    value: Any = None
    error: BaseException | None = None
    done: Event = field(default_factory=Event)
    #: Set when nobody waits any more; the thread that runs the call then ends with it.
    abandoned: bool = False


class DeadlinePool:
    """Runs calls side by side, each with the same deadline.

    A thread that overruns is left behind, as nothing can stop it, and replaced; how many a plugin has
    left behind is counted, so that its breaker can end the series. They are daemons: none keeps the
    process from ending.

    :param threads: how many calls of one plugin run at a time, those left behind not counted. Each plugin has its
        own share, so that one whose calls last holds up no other.
    """

    def __init__(self, threads: int) -> None:
        self._free: defaultdict[str, int] = defaultdict(lambda: threads)
        self._changed = Condition()
        self._idle: list[SimpleQueue[Call]] = []
        self._hanging: Counter[str] = Counter()

    def run(self, calls: Sequence[Call], seconds: float) -> None:
        """Run ``calls`` and fill in their results; return when all have one, or after ``seconds``."""
        end = monotonic() + seconds
        for call in calls:
            self._start(call, end, seconds)
        for call in calls:
            if not call.done.wait(max(0.0, end - monotonic())):
                self._abandon(call, seconds)

    def hanging(self, plugin: str) -> int:
        """Return how many threads ``plugin`` holds beyond their deadline."""
        return self._hanging[plugin]

    def _start(self, call: Call, end: float, seconds: float) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._free[call.plugin] > 0, max(0.0, end - monotonic())):
                call.error = Overrun(seconds)
                call.done.set()
                return
            self._free[call.plugin] -= 1
            inbox = self._idle.pop() if self._idle else None
        try:
            (inbox or self._new_thread()).put(call)
        except RuntimeError as error:  # the system has no more threads to give
            self._finish(call, None, error)

    def _new_thread(self) -> SimpleQueue[Call]:
        inbox: SimpleQueue[Call] = SimpleQueue()
        Thread(target=self._serve, args=(inbox,), name="deskcore-hook", daemon=True).start()
        return inbox

    def _serve(self, inbox: SimpleQueue[Call]) -> None:
        """Run what arrives, until a call took too long for anybody to wait for it."""
        while True:
            try:
                call = inbox.get(timeout=IDLE)
            except Empty:
                if self._retire(inbox):
                    return
                continue
            value, error = _attempt(call.run)
            if not self._finish(call, value, error, inbox):
                return
            del call, value, error  # an idle thread keeps nothing of the last call alive

    def _retire(self, inbox: SimpleQueue[Call]) -> bool:
        """Take an idle thread out of service; return false if a call was just given to it."""
        with self._changed:
            if inbox not in self._idle:
                return False
            self._idle.remove(inbox)
            return True

    def _finish(
        self, call: Call, value: Any, error: BaseException | None, inbox: SimpleQueue[Call] | None = None
    ) -> bool:
        with self._changed:
            if call.abandoned:
                self._hanging[call.plugin] -= 1
                return False
            call.value, call.error = value, error
            self._free[call.plugin] += 1
            if inbox is not None:
                self._idle.append(inbox)
            self._changed.notify_all()
            call.done.set()
        return True

    def _abandon(self, call: Call, seconds: float) -> None:
        with self._changed:
            if call.done.is_set():
                return  # it came in at the last moment
            call.abandoned = True
            call.error = Overrun(seconds)
            self._hanging[call.plugin] += 1
            self._free[call.plugin] += 1
            self._changed.notify_all()
        call.lent.cut()


def _attempt(run: Callable[[], Any]) -> tuple[Any, Reported | None]:
    """Run in an empty context; a plugin may raise anything, and none of it may end the thread."""
    try:
        return Context().run(run), None
    except BaseException as error:
        return None, reported(error)
