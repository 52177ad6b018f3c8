"""An index that is killed, hidden, or in nobody's hands: what there was is found, and what is missing comes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from shutil import rmtree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deskcore import clock, worker
from deskcore.plugin import search
from deskcore.runtime import runtime
from deskcore.search import indexing
from deskcore.tickets.searching import ranked
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from deskcore.worker import Worker, start_threads
from tests.processes import until

from .breaking import MANY, filled
from .conftest import Shelf
from .test_conformance import engine, fill, found
from .test_tickets import opened

ROOT = Path(__file__).parents[2]


def killed_in_the_middle(app: Flask, folder: Path, backend: str, what: str) -> None:
    """Let another process work at the index of this application, and kill it in the middle."""
    where = "disk" if backend == "disk" else "database"
    command = [sys.executable, "-m", "tests.search.breaking", runtime().config.database_url, str(folder), where, what]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.kill()


def an_hour_later(app: Flask) -> None:
    """Let a worker take over what another one left."""
    with clock.at(clock.now() + timedelta(hours=1)):
        Worker(app).run_once()


def fingerprint() -> str:
    """Return that of the index as it is now, and not as a transaction sees it that has begun before."""
    with acting_as(SYSTEM):
        return engine().fingerprint("article")


def test_a_rebuild_that_is_killed_leaves_the_old_index(
    app: Flask, shelf: Shelf, work: Callable[[], None], backend: str, tmp_path: Path
) -> None:
    fill(shelf)
    work()
    before = fingerprint()
    killed_in_the_middle(app, tmp_path, backend, "rebuild")
    assert fingerprint() == before
    assert (found("haslo"), found("shovel")) == (["password"], [])
    # What changes waits for the rebuild, which is dead, and not for ever.
    shelf.put("coffee", "The coffee machine", "", "en")
    an_hour_later(app)
    assert found("coffee") == ["coffee"]
    filled(shelf, "shovel")
    assert search.rebuild("article") == len(shelf.documents)
    assert len(found("shovel", limit=MANY)) == MANY


@pytest.mark.parametrize("backend", ["disk", "fts5"], indirect=True)
def test_a_killed_worker_forgets_nothing(
    app: Flask, shelf: Shelf, work: Callable[[], None], backend: str, tmp_path: Path
) -> None:
    fill(shelf)
    work()
    killed_in_the_middle(app, tmp_path, backend, "grow")
    assert found("haslo") == ["password"]
    there = engine().known("article", ["shovel"], frozenset({search.EVERYONE}), most=MANY)
    assert 0 < there["shovel"] < MANY
    filled(shelf, "shovel")
    an_hour_later(app)
    assert len(found("shovel", limit=MANY)) == MANY
    grown = fingerprint()
    search.rebuild("article")
    assert fingerprint() == grown


@pytest.mark.parametrize("backend", ["disk"], indirect=True)
def test_where_no_index_can_be_kept_search_says_so_and_the_rest_works(
    app: Flask, shelf: Shelf, work: Callable[[], None], sign_in: Callable[[str], FlaskClient], tmp_path: Path
) -> None:
    fill(shelf)
    work()
    anna = sign_in("anna.kowalska")
    assert "/answers/a/vpn" in anna.get("/search?q=connect").text
    # Nothing can be written there, whoever the process runs as.
    rmtree(tmp_path / "search")
    (tmp_path / "search").write_text("not a folder")
    number = opened("Connect the projector")
    work()
    page = anna.get("/search?q=connect").text
    assert "is being rebuilt" in page
    assert number in page
    assert anna.get("/").status_code == anna.get(f"/requests/{number}").status_code == 200
    (tmp_path / "search").unlink()
    an_hour_later(app)
    assert "/answers/a/vpn" in anna.get("/search?q=connect").text


@contextmanager
def working(app: Flask) -> Iterator[None]:
    """Let a real worker work in threads of this process."""
    started = start_threads(app, 1)
    try:
        yield
    finally:
        for each, _thread in started:
            each.stop()
        for _each, thread in started:
            thread.join()


@pytest.mark.parametrize("backend", ["disk", "tsvector"], indirect=True)
def test_a_worker_brings_in_what_is_new_within_seconds(app: Flask, shelf: Shelf) -> None:
    # What a worker waits for at most, before and after changes are collected.
    assert 2 * worker.IDLE + worker.GATHER + indexing.COLLECTING.total_seconds() < 5
    with working(app):
        shelf.put("coffee", "The coffee machine", "", "en")
        number = opened("The coffee is cold")
        until(lambda: found("coffee") == ["coffee"], "the article")
        until(lambda: [each.number for each in ranked("coffee", 50)] == [number], "the ticket")
