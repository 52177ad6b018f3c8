"""The instance folder cannot be written: nothing starts, and what runs can still be read."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import SECRET_KEY
from tests.faults.disks import damage, failing_disk, small_disk
from tests.faults.houses import TEXT, House, running
from tests.forms import form_on
from tests.processes import PATIENCE, Server, until


@pytest.fixture
def house(sqlite_template: Path, tmp_path: Path) -> Iterator[House]:
    """Give an installation on a disk that stops taking anything when it is damaged."""
    with (
        failing_disk(tmp_path / "failing", 64) as disk,
        running(disk, sqlite_template, {"DESKCORE_KEEP_FREE": "0"}) as one,
    ):
        yield one


def test_a_disk_that_becomes_read_only_can_be_read_and_says_so_to_those_who_write(house: House) -> None:
    token, children = house.token(), house.children
    assert house.send(1000).status == 303
    damage(house.folder)
    assert house.reads()
    for size in (0, 1000):
        answer = house.send(size)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "10"), size
        assert "Everything can be read, but nothing can be stored at the moment." in answer.text
        assert form_on(answer.text).values("what_happened") == [TEXT]
    assert "w tej chwili nie można nic zapisać" in house.send(language="pl").text.replace("\xa0", " ")
    assert house.send(500_000).status == 507, "it cannot even come in"
    answer = house.call(token)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    assert json.loads(answer.text)["type"] == "urn:deskcore:problem:unavailable"
    assert house.children == children, "nothing has died"


def test_nothing_starts_in_a_folder_that_cannot_be_written(sqlite_template: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "frozen", 16) as disk:
        shutil.copy(sqlite_template, disk / "deskcore.db")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for command in (["run", "--port", "0"], ["worker"]):
            server = Server(disk, command, {"DESKCORE_SECRET_KEY": SECRET_KEY})
            server.start()
            assert server.process.wait(PATIENCE) == 1, command
            until(lambda: server.said("cannot be written"), "the sentence")  # noqa: B023  (called at once)
            assert not server.said("Traceback")
            server.stop()
