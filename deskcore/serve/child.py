"""The child: serves requests, or works off events and jobs, until it is told to stop."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue
from threading import Event, Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Literal

from deskcore.errors import ConfigurationError
from deskcore.hooks.recorder import read_and_forget, recorder
from deskcore.serve.starting import undisturbed
from deskcore.serve.supervisor import CANNOT_START, DRAIN, END, RESTART

if TYPE_CHECKING:
    from flask import Flask

    from deskcore.config import Config
    from deskcore.serve.draining import DrainingServer
    from deskcore.serve.reloading import Sources
    from deskcore.worker import Worker

log = logging.getLogger("deskcore.serve")

#: Request threads of a serving process.
THREADS = 8


class Stop:
    """Whether and why the process is to end; the first reason counts.

    ``wake`` is called when somebody asks, from whatever thread or signal handler. As long as nothing was begun
    there is nothing to finish, and the process ends on the spot: a parent that died leaves nobody on its port.
    """

    def __init__(self) -> None:
        self.asked = Event()
        self.asked_at = 0.0
        self.code = 0
        self.wake: Callable[[], None] = lambda: os._exit(0)

    def ask(self, code: int = 0) -> None:
        """Let the process finish what it is at, then end with ``code``."""
        if not self.asked.is_set():
            self.code, self.asked_at = code, monotonic()
            self.asked.set()
        self.wake()


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the application and work until a signal, the parent's end or a changed set of plugins ends it."""
    given = _parsed(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.ask())
    Thread(target=_until_parent_ends, args=(stop,), name="deskcore-parent", daemon=True).start()
    try:
        return _run(given, stop)
    finally:
        # What comes to an end here was not ended by a plugin that happens to be at work.
        recorder.close()


def _run(given: argparse.Namespace, stop: Stop) -> int:
    """Build the application and work; return the exit code."""
    try:
        with undisturbed():
            sources = _plugin_sources() if given.reload else None
            app = _built(given.after)
    except ConfigurationError as error:
        sys.stderr.write(f"{error.message}\n")
        return CANNOT_START
    except Exception as error:
        from deskcore.outages import trouble_of

        if not trouble_of(error):
            raise
        log.error("the database does not answer; the start is tried again until it does: %s", error)
        return 1
    if sources is not None:
        sources.watch(lambda: stop.ask(RESTART))
    _work(app, given.kind, given.fd, stop)
    return stop.code


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deskcore.serve.child")
    parser.add_argument("kind", choices=("serve", "work"))
    parser.add_argument("--fd", type=int, help="listening socket, given by the parent")
    parser.add_argument("--reload", action="store_true", help="start anew when a plugin's file changes")
    parser.add_argument("--after", default="", help="process id and exit code of a child that died, by the parent")
    return parser.parse_args(arguments)


def _plugin_sources() -> Sources:
    """Return the files of the plugins in folders, broken ones included: they are about to be corrected."""
    from deskcore.config import load_config
    from deskcore.hooks.sources import find_plugins, standard_folders
    from deskcore.serve.reloading import Sources

    config = load_config()
    found = find_plugins(standard_folders(config.instance, config.plugin_folders)).declarations.values()
    return Sources(each.path for each in found if each.path is not None and each.source == "folder")


def _built(after: str = "") -> Flask:
    """Return the application.

    :param after: process id and exit code of the child before, if it died.
    :raises ConfigurationError: when it cannot work, with the remedy.
    """
    from deskcore.app import create_app
    from deskcore.config import load_config
    from deskcore.extensions import db
    from deskcore.serve.schema import require_schema
    from deskcore.tickets.incoming import discard_abandoned

    config = load_config()
    _prepare_folders(config)
    _begin_recording(config, after)
    app = create_app()
    with app.app_context():
        require_schema(db.engine)
        if app.extensions["deskcore"].config.demo and not _is_seeded():
            raise ConfigurationError("The demo is not finished; run “deskcore demo” again.")
        db.session.rollback()
        discard_abandoned()
    return app


def _prepare_folders(config: Config) -> None:
    """Let everything that comes in lie in the instance folder while it does, and delete what a dead process left.

    :raises ConfigurationError: when it cannot be written.
    """
    for place in (config.instance, config.sqlite_path):
        if place is not None and place.exists() and not os.access(place, os.W_OK):
            raise ConfigurationError(f"“{place}” cannot be written; give it to the user who runs Deskcore.")
    try:
        config.incoming.mkdir(parents=True, exist_ok=True)
        tempfile.tempdir = str(config.incoming)
        tempfile.TemporaryFile().close()
    except OSError as error:
        said = f"Nothing can be stored in “{config.incoming}” ({error.strerror}); correct that, then start again."
        raise ConfigurationError(said) from error


def _begin_recording(config: Config, after: str) -> None:
    """Find out whose code ran when the child before died, and keep what this one runs."""
    folder = config.instance / "running"
    if after:
        process, _, code = after.partition(":")
        recorder.left = read_and_forget(folder, int(process), int(code))
    try:
        recorder.open(folder)
    except OSError as error:  # a full disk, say: nobody is blamed then, and everything works
        log.warning("a plugin that ends this process will not be named: %s", error)


def _is_seeded() -> bool:
    from deskcore.demo.seeding import seeded

    return bool(seeded())


def _work(app: Flask, kind: Literal["serve", "work"], descriptor: int | None, stop: Stop) -> None:
    from deskcore.events.leases import give_back_all
    from deskcore.extensions import db
    from deskcore.serve.watch import Watch
    from deskcore.worker import start_threads

    front = _server(app, descriptor) if kind == "serve" else Idle()
    stop.wake = front.wake
    wanted: int = app.extensions["deskcore"].config.worker_threads
    threads = THREADS if kind == "serve" else max(1, wanted)
    workers = start_threads(app, wanted if kind == "serve" else threads)
    watch = Watch(app, kind, on_restart=lambda: stop.ask(RESTART))
    watch.start()
    log.info("process %d %ss with %d threads", os.getpid(), kind, threads)
    front.run(stop.asked, DRAIN, partial(_let_go, workers))
    deadline = stop.asked_at + DRAIN
    for _, thread in workers:
        thread.join(max(0.0, deadline - monotonic()))
    watch.stop()
    with app.app_context():
        give_back_all()
        db.engine.dispose()


def _let_go(workers: Sequence[tuple[Worker, Thread]]) -> None:
    log.info("process %d finishes what it is at, then ends", os.getpid())
    for worker, _ in workers:
        worker.stop()


def _server(app: Flask, descriptor: int | None) -> DrainingServer:
    from deskcore.serve.draining import DrainingServer

    if descriptor is None:
        raise ConfigurationError("A serving process gets its socket from its parent: use “deskcore run”.")
    listener = socket.socket(fileno=descriptor)
    return DrainingServer(app, listener, THREADS, app.extensions["deskcore"].config.max_request)


class Idle:
    """The front of a process that serves nobody: waits until it is to stop."""

    def __init__(self) -> None:
        # A signal handler may put into this queue whatever the thread below it is at; to set an Event it may not.
        self._woken: SimpleQueue[None] = SimpleQueue()

    def run(self, stopping: Event, seconds: float, on_stop: Callable[[], object]) -> None:
        """Wait for ``stopping``; there is nothing that takes ``seconds``."""
        while not stopping.is_set():
            self._woken.get()
        on_stop()

    def wake(self) -> None:
        """Look at once whether it is time to stop."""
        self._woken.put(None)


def _until_parent_ends(stop: Stop) -> None:
    """Read the pipe from the parent, which says nothing and closes with it."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stop.ask()
    # Nobody is left who would end a process that does not finish.
    sleep(DRAIN + END)
    os._exit(1)


if __name__ == "__main__":
    raise SystemExit(main())
