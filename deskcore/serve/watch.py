"""The watch of a process: takes over administrative changes, shows that it is alive, asks for a restart when needed."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from deskcore.clock import now
from deskcore.hooks.health import write_health
from deskcore.hooks.heartbeats import beat
from deskcore.hooks.models import Heartbeat
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from deskcore.runtime import Runtime

log = logging.getLogger("deskcore.serve")

#: Seconds between looks at the epoch, and between heartbeats.
LOOK, BEAT = 1.0, 15.0
#: Heartbeats of processes that have been silent for so long are forgotten.
FORGOTTEN = timedelta(days=1)


class Watch:
    """A thread that reads the epoch once a second.

    :param on_restart: called once, when a plugin was switched on that this process has not loaded.
    """

    def __init__(self, app: Flask, kind: Literal["serve", "work"], on_restart: Callable[[], None]) -> None:
        self._app = app
        self._kind = kind
        self._on_restart = on_restart
        self._process = f"{socket.gethostname()}:{os.getpid()}"
        self._runtime: Runtime = app.extensions["deskcore"]
        self._started_with = self._runtime.plugins.epoch
        #: What could not be loaded when the process started: another start would not load it either.
        self._hopeless = frozenset(self._runtime.plugins.restart_needed)
        self._beat_at = monotonic()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="deskcore-watch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and take the heartbeat away."""
        self._stopping.set()
        self._thread.join(BEAT)

    def look(self) -> bool:
        """Take over what has changed; return whether this process needs a restart."""
        from deskcore.desks.services import refresh_if_changed

        with self._app.app_context(), acting_as(SYSTEM):
            refresh_if_changed()
            if monotonic() >= self._beat_at:
                self._beat_at = monotonic() + BEAT
                self._beat()
        return bool(frozenset(self._runtime.plugins.restart_needed) - self._hopeless)

    def _run(self) -> None:
        trouble = ""
        while True:
            try:
                if self.look():
                    log.info("a plugin was switched on; the process is started anew")
                    self._on_restart()
                    break
                trouble = ""
            except Exception as error:
                if str(error) != trouble:  # it looks again in a second, and says the same thing once
                    log.warning("the watch failed and goes on: %s", error)
                trouble = str(error)
            if self._stopping.wait(LOOK):
                break
        self._forget()

    def _beat(self) -> None:
        plugins = self._runtime.plugins
        epoch = self._started_with if plugins.restart_needed else plugins.epoch
        with unit_of_work() as session:
            beat(session, self._process, self._kind, epoch)
            session.execute(sa.delete(Heartbeat).where(Heartbeat.at < now() - FORGOTTEN))
        self._write_health()

    def _write_health(self) -> None:
        """Write down how plugins were since the last time."""
        health = self._runtime.callers.health
        counts = health.take()
        if not counts:
            return
        try:
            with unit_of_work() as session:
                write_health(session, counts)
        except Exception:
            health.give_back(counts)
            raise

    def _forget(self) -> None:
        try:
            with self._app.app_context(), acting_as(SYSTEM):
                self._write_health()
            with self._app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
                session.execute(sa.delete(Heartbeat).where(Heartbeat.process == self._process))
        except Exception as error:
            log.warning("the heartbeat could not be taken away: %s", error)
