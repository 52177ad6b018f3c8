"""The parent: keeps one child process at work, starts it anew when it dies, and lets it finish when it may go.

It imports nothing but the standard library, so that it stays small and nothing a plugin does can reach it.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic

log = logging.getLogger("deskcore.serve")

#: Exit codes of a child that mean something to the parent.
RESTART, CANNOT_START = 75, 78
#: Seconds that a child may take to finish what it is at, and then to end.
DRAIN, END = 25.0, 5.0
#: Seconds before a child that died is started again; doubled each time, up to the limit.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
#: A child that lived so many seconds was healthy: the pauses begin from the first again.
HEALTHY = 30.0
_WATCHED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


class Supervisor:
    """Runs ``python -m deskcore.serve.child`` for as long as it is wanted.

    SIGTERM and SIGINT let the child finish and end; SIGHUP lets it finish and starts it anew. The child's standard
    input is a pipe that closes with this process, so that it never outlives its parent.

    :param arguments: of the child.
    :param listener: listening socket that the child takes its connections from. It stays open between two
        children, so that connections which arrive meanwhile wait instead of being refused.
    """

    def __init__(self, arguments: Sequence[str], listener: socket.socket | None = None) -> None:
        self._command = [sys.executable, "-P", "-m", "deskcore.serve.child", *arguments]
        self._listener = listener
        self._child: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._pause = FIRST_PAUSE
        #: Process id and exit code of the last child, if it died of itself; the next one finds out what it was at.
        self._died = ""
        #: When to start the next child, or to kill one that does not finish.
        self._start_at: float | None = None
        self._kill_at: float | None = None
        self._stopping = False

    def run(self) -> int:
        """Supervise until a signal ends it; return the exit code of the whole."""
        with _signals() as inbox:
            self._start()
            while True:
                for number in _received(inbox, self._timeout()):
                    self._handle(number)
                code = self._look_after_child()
                if code is not None:
                    return code

    def _handle(self, number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGINT):
            if self._stopping and number == signal.SIGINT:
                self._kill_at = monotonic()
            self._stop()
        if number != signal.SIGCHLD and self._child is not None:
            self._child.terminate()
            self._kill_at = self._kill_at or monotonic() + DRAIN + END

    def _stop(self) -> None:
        """Want no child any more; whoever connects once the last one takes no connections is refused at once."""
        self._stopping = True
        if self._listener is not None:
            self._listener.close()

    def _look_after_child(self) -> int | None:
        """Start, kill or bury the child as needed; return the exit code when all is over."""
        if self._child is None:
            if self._stopping:
                return 0
            if self._start_at is not None and monotonic() >= self._start_at:
                self._start()
            return None
        code = self._child.poll()
        if code is None:
            if self._kill_at is not None and monotonic() >= self._kill_at:
                self._child.kill()
            return None
        asked, process, self._child, self._kill_at = self._kill_at is not None, self._child.pid, None, None
        if self._stopping:
            return 0
        if code == CANNOT_START:
            return 1
        at_once = asked or code == RESTART
        self._died = "" if at_once else f"{process}:{code}"
        self._plan_next(code, at_once=at_once)
        return None

    def _plan_next(self, code: int, *, at_once: bool) -> None:
        lived = monotonic() - self._started_at
        if lived > HEALTHY:
            self._pause = FIRST_PAUSE
        pause = FIRST_PAUSE if at_once else self._pause
        self._start_at = monotonic() + pause
        if not at_once:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            log.error("the process ended after %.0f s (%s); it is started again in %.1f s", lived, _cause(code), pause)

    def _start(self) -> None:
        self._start_at, self._started_at = None, monotonic()
        descriptors = [self._listener.fileno()] if self._listener is not None else []
        more = ["--fd", str(descriptors[0])] if descriptors else []
        more += ["--after", self._died] if self._died else []
        self._died = ""
        self._child = subprocess.Popen(
            [*self._command, *more],
            env=surroundings(os.environ),
            stdin=subprocess.PIPE,
            pass_fds=descriptors,
            process_group=0,  # Ctrl+C reaches the parent alone, which lets the child finish
        )
        log.info("process %d is started", self._child.pid)

    def _timeout(self) -> float | None:
        due = [moment for moment in (self._start_at, self._kill_at) if moment is not None]
        return max(0.0, min(due) - monotonic()) if due else None


def surroundings(given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a child.

    Of its own accord glibc makes up to eight pools of memory for each processor, one for nearly every thread, and
    what is free in one is no use to the others; a tenth of the child's memory would be of that kind.
    """
    return {"MALLOC_ARENA_MAX": "2", **given}


@contextmanager
def _signals() -> Iterator[socket.socket]:
    """Turn signals into bytes on a socket, so that they are handled one by one and never in between."""
    inbox, outbox = socket.socketpair()
    outbox.setblocking(False)
    before = {number: signal.signal(number, _ignore) for number in _WATCHED}
    wakeup = signal.set_wakeup_fd(outbox.fileno())
    try:
        yield inbox
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        inbox.close()
        outbox.close()


def _ignore(number: int, frame: object) -> None:
    """Stand in for a handler: the byte on the socket is what counts."""


def _received(inbox: socket.socket, timeout: float | None) -> bytes:
    ready, _, _ = select.select([inbox], [], [], timeout)
    return inbox.recv(64) if ready else b""


def _cause(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
