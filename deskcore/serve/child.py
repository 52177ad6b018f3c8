"""The child: serves requests, or works off events and jobs, until it is told to stop."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Literal

from deskcore.errors import ConfigurationError
from deskcore.serve.supervisor import CANNOT_START, DRAIN, RESTART

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger("deskcore.serve")

#: Request threads of a serving process.
THREADS = 8


class Stop:
    """Whether and why the process is to end; the first reason counts.

    ``wake`` is called when somebody asks, from whatever thread or signal handler.
    """

    def __init__(self) -> None:
        self.asked = Event()
        self.code = 0
        self.wake: Callable[[], None] = lambda: None

    def ask(self, code: int = 0) -> None:
        """Let the process finish what it is at, then end with ``code``."""
        if not self.asked.is_set():
            self.code = code
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
        app = _built()
    except ConfigurationError as error:
        sys.stderr.write(f"{error.message}\n")
        return CANNOT_START
    _work(app, given.kind, given.fd, stop)
    return stop.code


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deskcore.serve.child")
    parser.add_argument("kind", choices=("serve", "work"))
    parser.add_argument("--fd", type=int, help="listening socket, given by the parent")
    return parser.parse_args(arguments)


def _built() -> Flask:
    """Return the application.

    :raises ConfigurationError: when it cannot work, with the remedy.
    """
    from deskcore.app import create_app
    from deskcore.extensions import db
    from deskcore.serve.schema import require_schema

    app = create_app()
    with app.app_context():
        require_schema(db.engine)
        if app.extensions["deskcore"].config.demo and not _is_seeded():
            raise ConfigurationError("The demo is not finished; run “deskcore demo” again.")
        db.session.rollback()
    return app


def _is_seeded() -> bool:
    from deskcore.demo.seeding import seeded

    return bool(seeded())


def _work(app: Flask, kind: Literal["serve", "work"], descriptor: int | None, stop: Stop) -> None:
    from deskcore.extensions import db
    from deskcore.serve.watch import Watch
    from deskcore.worker import start_threads

    wanted: int = app.extensions["deskcore"].config.worker_threads
    workers = start_threads(app, max(1, wanted) if kind == "work" else wanted)
    watch = Watch(app, kind, on_restart=lambda: stop.ask(RESTART))
    watch.start()
    try:
        if kind == "serve":
            _serve(app, descriptor, stop)
        else:
            stop.asked.wait()
    finally:
        deadline = monotonic() + DRAIN
        watch.stop()
        for worker, _thread in workers:
            worker.stop()
        for _worker, thread in workers:
            thread.join(max(0.0, deadline - monotonic()))
        with app.app_context():
            db.engine.dispose()


def _serve(app: Flask, descriptor: int | None, stop: Stop) -> None:
    from deskcore.serve.draining import DrainingServer

    if descriptor is None:
        raise ConfigurationError("A serving process gets its socket from its parent: use “deskcore run”.")
    with socket.socket(fileno=descriptor) as listener:
        server = DrainingServer(app, listener, THREADS, app.extensions["deskcore"].config.max_request)
        stop.wake = server.wake
        log.info("process %d serves with %d threads", os.getpid(), THREADS)
        server.run(stop.asked, DRAIN)


def _until_parent_ends(stop: Stop) -> None:
    """Read the pipe from the parent, which says nothing and closes with it."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stop.ask()


if __name__ == "__main__":
    raise SystemExit(main())
