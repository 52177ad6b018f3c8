"""``deskcore run``, with real processes: what dies is started again, and what was accepted is finished."""

from __future__ import annotations

import gc
import http.client
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from conftest import AUDIT_KEYS
from deskcore.events.jobs import queue_job
from deskcore.events.models import JobRow
from deskcore.extensions import db, engine_options
from deskcore.hooks import state
from deskcore.hooks.sources import find_plugins, standard_folders
from deskcore.runtime import CoreJob, Runtime
from deskcore.serve import child
from deskcore.serve.draining import DrainingServer
from deskcore.serve.schema import schema_state
from deskcore.serve.starting import undisturbed
from deskcore.serve.supervisor import surroundings
from tests.processes import PATIENCE, Server, is_alive, until


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


def test_a_child_that_is_killed_is_started_again(server: Server) -> None:
    assert server.get() == 200
    first = server.children[-1]
    os.kill(first, signal.SIGKILL)
    assert server.get() == 200
    assert server.children[-1] != first
    assert b"MALLOC_ARENA_MAX=2\0" in Path(f"/proc/{server.children[-1]}/environ").read_bytes()


def test_who_runs_the_server_may_choose_how_memory_is_pooled() -> None:
    assert surroundings({"MALLOC_ARENA_MAX": "8", "LANG": "C"}) == {"MALLOC_ARENA_MAX": "8", "LANG": "C"}


def test_nothing_looks_for_garbage_while_a_process_starts_nor_later_among_what_it_made() -> None:
    before = gc.get_freeze_count()
    try:
        with undisturbed():
            assert not gc.isenabled()
        assert gc.isenabled()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


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
    engine = sa.create_engine(f"sqlite:///{site / 'deskcore.db'}", **engine_options("sqlite", AUDIT_KEYS))
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


class Slow:
    """A server in this process whose requests take until they are let go."""

    def __init__(self) -> None:
        self.begun, self.go_on, self.stopping = Event(), Event(), Event()
        app = Flask("slow")

        @app.get("/slow")
        def slow() -> str:
            self.begun.set()
            assert self.go_on.wait(PATIENCE)
            return "done"

        listener = socket.create_server(("127.0.0.1", 0))
        self.address = listener.getsockname()
        self.server = DrainingServer(app, listener, 2, 1_000_000)
        self.thread = Thread(target=self.server.run, args=(self.stopping, PATIENCE))

    def ask(self) -> http.client.HTTPConnection:
        """Send a request."""
        connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE)
        connection.request("GET", "/slow")
        return connection

    def stop(self) -> None:
        """Ask it to stop."""
        self.stopping.set()
        self.server.wake()


@pytest.fixture
def slow() -> Iterator[Slow]:
    """Give a server that has not begun."""
    server = Slow()
    yield server
    server.go_on.set()
    server.stop()
    server.thread.join(PATIENCE)
    assert not server.thread.is_alive()


def is_free(address: tuple[str, int]) -> bool:
    """Tell whether somebody else could listen there."""
    try:
        with socket.create_server(address):
            return True
    except OSError:
        return False


def test_requests_in_flight_are_finished_and_the_address_is_free_meanwhile(slow: Slow) -> None:
    slow.thread.start()
    connection = slow.ask()
    assert slow.begun.wait(PATIENCE)
    assert not is_free(slow.address)
    slow.stop()
    until(lambda: is_free(slow.address), "the end of listening")
    slow.go_on.set()
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"done")
    connection.close()


def test_who_is_answered_while_the_server_stops_is_told_to_go_elsewhere(slow: Slow) -> None:
    slow.thread.start()
    connection = slow.ask()
    assert slow.begun.wait(PATIENCE)
    slow.stop()
    until(lambda: is_free(slow.address), "the end of listening")
    slow.go_on.set()
    assert connection.getresponse().headers["Connection"] == "close"
    connection.close()


def test_a_connection_that_waits_to_be_taken_when_the_server_stops_is_still_answered(slow: Slow) -> None:
    connection = slow.ask()
    slow.stopping.set()
    slow.go_on.set()
    slow.thread.start()
    assert connection.getresponse().status == 200
    connection.close()


def test_a_server_that_has_ended_writes_into_no_file_that_is_opened_after_it(slow: Slow, tmp_path: Path) -> None:
    slow.thread.start()
    slow.stop()
    slow.thread.join(PATIENCE)
    # As many as the server had open: one of them gets the number of its pipe.
    files = [tmp_path.joinpath(str(place)).open("wb") for place in range(20)]
    slow.server.wake()
    for file in files:
        file.close()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b""] * 20


def test_a_child_whose_parent_dies_while_it_starts_begins_nothing(server: Server) -> None:
    until(lambda: server.children, "the start of the child")
    server.process.kill()
    server.process.wait()
    until(lambda: not is_alive(server.children[-1]), "the end of the child")
    assert not server.begun


def test_a_worker_gives_back_what_does_not_end(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "DRAIN", 0.1)
    begun, go_on, ended = Event(), Event(), Event()

    def run(payload: Mapping[str, Any]) -> None:
        begun.set()
        assert go_on.wait(PATIENCE)
        ended.set()

    runtime: Runtime = app.extensions["deskcore"]
    runtime.core_jobs["core.endless"] = CoreJob(run, schedule="")
    with app.app_context():
        queue_job("core.endless")
    stop = child.Stop()
    process = Thread(target=child._work, args=(app, "work", None, stop))
    process.start()
    assert begun.wait(PATIENCE)
    stop.ask()
    process.join(PATIENCE)
    with app.app_context():
        row = db.session.scalars(sa.select(JobRow).where(JobRow.kind == "core.endless")).one()
        assert (row.state, row.lease, row.attempts) == ("waiting", None, 0)
    go_on.set()
    for thread in threading.enumerate():
        if thread.name.startswith("deskcore-worker"):
            thread.join(PATIENCE)
    assert ended.is_set()
