"""The worker: a loop that sends held replies, fans out events, delivers them and runs jobs.

It is a thread of the serving process, or a process of its own.
"""

from __future__ import annotations

import logging
from math import inf
from threading import Event, Thread
from time import monotonic

from flask import Flask

from deskcore.clock import now
from deskcore.desks.services import refresh_if_changed
from deskcore.events import jobs, schedules
from deskcore.hooks.errors import is_outage
from deskcore.hooks.registry import Registry
from deskcore.outages import trouble_of
from deskcore.search import indexing
from deskcore.tickets import deliveries
from deskcore.tickets.services.held_replies import next_reply_due, send_due_reply

log = logging.getLogger("deskcore.events")

#: Seconds between looks at the tables when nothing wakes a worker.
IDLE = 2.0
#: Seconds in which events gather before they are fanned out together: a worker inside the serving process takes its
#: time from requests, and telling of a hundred events at once costs hardly more than telling of one.
GATHER = 0.1
#: Seconds between two looks at the schedules while there is other work; they know minutes.
BETWEEN_LOOKS = 1.0
#: Seconds after a failure before it tries again, doubled each time up to the limit.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 5.0


class Worker:
    """Works until it is told to stop; any number may run at once, on any number of hosts.

    :param app: the application whose database it works on.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.stopping = Event()
        #: The snapshot of plugins whose subscriptions were recorded.
        self._recorded: Registry | None = None
        #: When the schedules were looked at, in seconds of the monotonic clock.
        self._looked = -inf

    def run(self) -> None:
        """Work until :meth:`stop`; a failure is logged and never ends the loop."""
        wake = self.app.extensions["deskcore"].wake
        pause = FIRST_PAUSE
        while not self.stopping.is_set():
            wake.clear()
            try:
                idle = 0.0 if self.run_once(GATHER) else self._idle()
            except Exception as error:
                _report(error)
                # Not on being woken: whatever comes in meanwhile would let it try, and fail, without a pause.
                self.stopping.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            if idle and not self.stopping.is_set():
                wake.wait(idle)

    def run_once(self, gather: float = 0.0) -> bool:
        """Do everything that is due and return whether there was anything.

        :param gather: seconds to wait for further events before those that are there are fanned out.
        """
        busy = False
        self._looked = -inf
        with self.app.app_context():
            while not self.stopping.is_set() and self._step(gather):
                busy = True
        return busy

    def stop(self) -> None:
        """Let the loop end after the piece of work it is at."""
        self.stopping.set()
        self.app.extensions["deskcore"].wake.set()

    def _idle(self) -> float:
        """Return the seconds until the next look when nothing wakes the worker."""
        return IDLE

    def _step(self, gather: float) -> bool:
        """Take over what has changed, then do a little of each kind of work, so that none waits for another."""
        refresh_if_changed()
        plugins = self.app.extensions["deskcore"].plugins
        if plugins is not self._recorded:
            deliveries.subscribe()
            indexing.queue_missing()
            self._recorded = plugins
        if monotonic() - self._looked >= BETWEEN_LOOKS:
            schedules.queue_scheduled()
            self._looked = monotonic()
        # No `or` between them: each gets its turn.
        if any([send_due_reply(), deliveries.deliver_next(), jobs.run_next()]):
            return True
        self.stopping.wait(gather)
        return deliveries.fan_out() > 0


class Sender(Worker):
    """Sends held replies and nothing else: no code of a plugin and no job that takes long ever holds one up."""

    def _idle(self) -> float:
        """A reply goes out when the page of its author says so."""
        with self.app.app_context():
            due = next_reply_due()
        return IDLE if due is None else min(IDLE, max(GATHER, (due - now()).total_seconds()))

    def _step(self, gather: float) -> bool:
        refresh_if_changed()
        return send_due_reply()


def _report(error: Exception) -> None:
    if is_outage(error) or trouble_of(error):
        log.warning("the worker waits for the database: %s", error)
    else:
        log.error("the worker failed and goes on", exc_info=error)


def start_threads(app: Flask, count: int) -> list[tuple[Worker, Thread]]:
    """Start ``count`` workers as daemon threads of this process, and one thread more that sends held replies."""
    started = []
    for place, worker in enumerate([Sender(app), *(Worker(app) for _ in range(count))]):
        thread = Thread(target=worker.run, name=f"deskcore-worker-{place}", daemon=True)
        thread.start()
        started.append((worker, thread))
    return started
