"""``deskcore run``, with real processes: what dies is started again, and what was accepted is finished."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.extensions import engine_options
from deskcore.hooks import state
from deskcore.hooks.sources import find_plugins, standard_folders
from deskcore.serve.draining import DrainingServer
from deskcore.serve.schema import schema_state

#: Seconds after which a test gives up; only a failure takes that long.
PATIENCE = 90.0


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for ``condition``."""
    deadline = time.monotonic() + PATIENCE
    pause = Event()
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen"
        pause.wait(0.02)


@dataclass
class Server:
    """``deskcore run`` as somebody would start it."""

    folder: Path
    command: list[str]
    process: subprocess.Popen[str] = field(init=False)
    port: int = 0
    lines: list[str] = field(default_factory=list)

    def start(self) -> None:
        environment = os.environ | {"DESKCORE_INSTANCE": str(self.folder)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deskcore.cli", *self.command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment,
        )  # fmt: skip
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with suppress(ValueError):
            for line in self.process.stdout:
                self.lines.append(line)

    def said(self, words: str) -> list[str]:
        return [line for line in self.lines if words in line]

    @property
    def children(self) -> list[int]:
        """Process ids of all children so far, the newest last."""
        return [int(pid) for pid in re.findall(r"process (\d+) is started", "".join(self.lines))]

    def get(self, path: str = "/login") -> int:
        """Ask for a page; before the child is ready the connection just waits."""
        until(lambda: self.said("Deskcore serves"), "the start")
        port = int(self.said("Deskcore serves")[0].split("127.0.0.1:")[1].split()[0])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for child in self.children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def site(tmp_path: Path, sqlite_template: Path) -> Path:
    """Give an instance folder with a database."""
    folder = tmp_path / "instance"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "deskcore.db")
    return folder


@pytest.fixture
def server(site: Path) -> Iterator[Server]:
    """Give a running server."""
    running = Server(site, ["run", "--port", "0"])
    running.start()
    yield running
    running.stop()


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_child_that_is_killed_is_started_again(server: Server) -> None:
    assert server.get() == 200
    first = server.children[-1]
    os.kill(first, signal.SIGKILL)
    assert server.get() == 200
    assert server.children[-1] != first


def test_a_signal_to_stop_ends_both_and_the_code_says_success(server: Server) -> None:
    assert server.get() == 200
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(PATIENCE) == 0
    assert not is_alive(server.children[-1])


def test_a_child_does_not_outlive_its_parent(server: Server) -> None:
    assert server.get() == 200
    child = server.children[-1]
    server.process.kill()
    server.process.wait()
    until(lambda: not is_alive(child), "the end of the child")


def test_a_plugin_that_is_switched_on_restarts_the_child_and_one_that_is_switched_off_does_not(
    site: Path, server: Server
) -> None:
    declarations = find_plugins(standard_folders(site)).declarations
    name = next(iter(declarations))
    engine = sa.create_engine(f"sqlite:///{site / 'deskcore.db'}", **engine_options("sqlite"))
    assert server.get() == 200
    first = server.children[-1]
    with state.own_transaction(engine) as connection:
        state.disable(connection, declarations, name)
    server.process.send_signal(signal.SIGHUP)  # a process that starts now has not loaded it
    until(lambda: len(server.children) == 2, "the restart by hand")
    assert server.get() == 200
    with state.own_transaction(engine) as connection:
        state.enable(connection, declarations, name)
    until(lambda: len(server.children) == 3, "the restart that the plugin needs")
    assert server.get() == 200
    assert len({first, *server.children}) == 3
    engine.dispose()


def test_a_worker_stops_when_it_is_told(site: Path) -> None:
    worker = Server(site, ["worker"])
    worker.start()
    until(lambda: worker.said("is started"), "the start")
    worker.process.send_signal(signal.SIGINT)
    assert worker.process.wait(PATIENCE) == 0
    worker.stop()


def test_a_configuration_that_cannot_work_ends_it_with_one_sentence(site: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{site / 'deskcore.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999_future'")
    assert schema_state(engine) == "ahead"
    engine.dispose()
    server = Server(site, ["run", "--port", "0"])
    server.start()
    assert server.process.wait(PATIENCE) == 1
    until(lambda: server.said("A newer version of Deskcore made this database"), "the sentence")
    assert not server.said("Traceback")
    server.stop()


def test_a_port_that_is_taken_is_one_sentence(site: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = Server(site, ["run", "--port", str(taken.getsockname()[1])])
        server.start()
        assert server.process.wait(PATIENCE) == 1
        until(lambda: server.said("choose another with --port"), "the sentence")
    server.stop()


def test_requests_in_flight_are_finished_and_new_ones_are_not_taken() -> None:
    begun, go_on, stopping = Event(), Event(), Event()
    app = Flask("slow")

    @app.get("/slow")
    def slow() -> str:
        begun.set()
        assert go_on.wait(PATIENCE)
        return "done"

    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        server = DrainingServer(app, listener, 2, 1_000_000)
        running = Thread(target=server.run, args=(stopping, PATIENCE))
        running.start()
        connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
        connection.request("GET", "/slow")
        assert begun.wait(PATIENCE)
        stopping.set()
        server.wake()
        go_on.set()
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"done")
        connection.close()
        running.join(PATIENCE)
        assert not running.is_alive()
