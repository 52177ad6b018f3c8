"""Another process keeps SQLite locked: who reads notices nothing, who writes is told and keeps the text."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import pytest

from tests.faults.houses import TEXT, House, running
from tests.forms import form_on
from tests.kills.clients import Client


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give an installation that waits a second for the lock."""
    folder = tmp_path_factory.mktemp("locked")
    with running(folder, sqlite_template, {"DESKCORE_DATABASE_TIMEOUT": "1"}) as one:
        yield one
        assert "Traceback" not in one.log
        assert one.findings() == []


@contextmanager
def locked(house: House) -> Iterator[None]:
    """Keep the database locked, as a tool does that somebody has left open."""
    with closing(sqlite3.connect(house.folder / "deskcore.db", isolation_level=None)) as tool:
        tool.execute("BEGIN IMMEDIATE")
        yield


def test_who_writes_keeps_the_text_and_sends_it_once(house: House) -> None:
    with locked(house):
        answer = house.send()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
        assert form_on(answer.text).values("what_happened") == [TEXT]
    assert house.send_again(answer)


def test_many_who_wait_keep_nobody_from_reading(house: House) -> None:
    def write(_: int) -> int:
        with closing(Client(house.browser.port, Event(), house.browser.cookies)) as browser:
            return House(house.folder, house.server, browser).send().status

    with locked(house), ThreadPoolExecutor(16) as pool:
        writers = pool.map(write, range(48))
        assert house.reads()
        assert set(writers) == {503}
    assert house.log.count("database is locked") < 24, "most were told at once, as others had waited just now"
    assert house.send().status == 303


def test_programs_are_told_when_to_try_again(house: House) -> None:
    token = house.token()
    with locked(house):
        answer = house.call(token)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    assert json.loads(answer.text)["type"] == "urn:deskcore:problem:unavailable"
