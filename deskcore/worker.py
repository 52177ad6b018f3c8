"""The worker: a loop that fans out events, delivers them and runs jobs, in a thread or a process of its own."""

from __future__ import annotations

import logging
from threading import Event, Thread

from flask import Flask

from deskcore.desks.services import refresh_if_changed
from deskcore.events import jobs, schedules
from deskcore.hooks.errors import is_outage
from deskcore.hooks.registry import Registry
from deskcore.outages import trouble_of
from deskcore.tickets import deliveries

log = logging.getLogger("deskcore.events")

#: Seconds between looks at the tables when nothing wakes the worker.
IDLE = 2.0
#: Seconds in which events gather before they are fanned out together: a worker inside the serving process takes its
#: time from requests, and telling of a hundred events at once costs hardly more than telling of one.
GATHER = 0.1
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

    def run(self) -> None:
        """Work until :meth:`stop`; a failure is logged and never ends the loop."""
        wake = self.app.extensions["deskcore"].wake
        pause = FIRST_PAUSE
        while not self.stopping.is_set():
            wake.clear()
            try:
                busy = self.run_once(GATHER)
            except Exception as error:
                _report(error)
                # Not on being woken: whatever comes in meanwhile would let it try, and fail, without a pause.
                self.stopping.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            if not busy and not self.stopping.is_set():
                wake.wait(IDLE)

    def run_once(self, gather: float = 0.0) -> bool:
        """Do everything that is due and return whether there was anything.

        :param gather: seconds to wait for further events before those that are there are fanned out.
        """
        busy = False
        with self.app.app_context():
            while not self.stopping.is_set() and self._step(gather):
                busy = True
        return busy

    def stop(self) -> None:
        """Let the loop end after the piece of work it is at."""
        self.stopping.set()
        self.app.extensions["deskcore"].wake.set()

    def _step(self, gather: float) -> bool:
        """Take over what has changed, then do a little of each kind of work, so that none waits for another."""
        refresh_if_changed()
        plugins = self.app.extensions["deskcore"].plugins
        if plugins is not self._recorded:
            deliveries.subscribe()
            self._recorded = plugins
        schedules.queue_scheduled()
        # No `or` between them: each gets its turn.
        if any([deliveries.deliver_next(), jobs.run_next()]):
            return True
        self.stopping.wait(gather)
        return deliveries.fan_out() > 0


def _report(error: Exception) -> None:
    if is_outage(error) or trouble_of(error):
        log.warning("the worker waits for the database: %s", error)
    else:
        log.error("the worker failed and goes on", exc_info=error)


def start_threads(app: Flask, count: int) -> list[tuple[Worker, Thread]]:
    """Start ``count`` workers as daemon threads of this process."""
    started = []
    for place in range(count):
        worker = Worker(app)
        thread = Thread(target=worker.run, name=f"deskcore-worker-{place}", daemon=True)
        thread.start()
        started.append((worker, thread))
    return started
