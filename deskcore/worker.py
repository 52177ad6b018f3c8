"""The worker: a loop that fans out events, delivers them and runs jobs, in a thread or a process of its own."""

from __future__ import annotations

import logging
from datetime import datetime
from threading import Event, Thread

from flask import Flask

from deskcore.clock import now
from deskcore.desks.services import refresh_if_changed
from deskcore.events import jobs
from deskcore.tickets import deliveries

log = logging.getLogger("deskcore.events")

#: Seconds between looks at the tables when nothing wakes the worker.
IDLE = 2.0


class Worker:
    """Works until it is told to stop; any number may run at once, on any number of hosts.

    :param app: the application whose database it works on.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.stopping = Event()
        self._last_tick: datetime = now()

    def run(self) -> None:
        """Work until :meth:`stop`; a failure is logged and never ends the loop."""
        wake = self.app.extensions["deskcore"].wake
        while not self.stopping.is_set():
            wake.clear()
            try:
                busy = self.run_once()
            except Exception:
                log.exception("the worker failed and goes on")
                busy = False
            if not busy and not self.stopping.is_set():
                wake.wait(IDLE)

    def run_once(self) -> bool:
        """Do everything that is due and return whether there was anything."""
        with self.app.app_context():
            refresh_if_changed()
            self._tick()
            busy = deliveries.fan_out() > 0
            while not self.stopping.is_set() and (deliveries.deliver_next() or jobs.run_next()):
                busy = True
            return busy

    def stop(self) -> None:
        """Let the loop end after the piece of work it is at."""
        self.stopping.set()
        self.app.extensions["deskcore"].wake.set()

    def _tick(self) -> None:
        moment = now()
        jobs.queue_scheduled(self._last_tick, moment)
        self._last_tick = moment


def start_threads(app: Flask, count: int) -> list[tuple[Worker, Thread]]:
    """Start ``count`` workers as daemon threads of this process."""
    started = []
    for place in range(count):
        worker = Worker(app)
        thread = Thread(target=worker.run, name=f"deskcore-worker-{place}", daemon=True)
        thread.start()
        started.append((worker, thread))
    return started
