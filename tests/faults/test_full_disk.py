"""The disk is full: nothing is acknowledged that is not stored, no text is lost, and all goes on once there is room."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.disks import leave, small_disk
from tests.faults.houses import TEXT, House, running
from tests.forms import form_on

MB = 1024 * 1024


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give an installation on a disk of 48 megabytes, 2 of which are kept free of files, and look for damage after."""
    folder = tmp_path_factory.mktemp("disks") / "full"
    with small_disk(folder, 48), running(folder, sqlite_template, {"DESKCORE_KEEP_FREE": str(2 * MB)}) as one:
        yield one
        _check(one)


def _check(house: House) -> None:
    with closing(sqlite3.connect(house.folder / "deskcore.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        stored = [number for (number,) in database.execute("SELECT number FROM ticket")]
    assert sorted(house.acknowledged) == sorted(stored), "what was acknowledged is stored, and nothing else"
    assert house.findings() == []
    assert list((house.folder / "files/.incoming").iterdir()) == []
    for path in house.folder.glob("files/??/*"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name, "a file is stored whole or not at all"
    assert "Traceback" not in house.log


@pytest.fixture(autouse=True)
def room(house: House) -> Iterator[None]:
    """Make room again, after which the same processes go on."""
    children = house.children
    yield
    (house.folder / "filler").unlink(missing_ok=True)
    assert house.send().status == 303
    assert house.children == children, "nobody had to restart anything"


def test_files_are_refused_while_there_is_still_room_for_text(house: House) -> None:
    # Of 7 MB one is left once the file lies there and the form was read, and 2 are kept.
    leave(house.folder, 7 * MB)
    answer = house.send(3 * MB)
    assert answer.status == 507
    assert "There is no room for files at the moment." in answer.text
    assert form_on(answer.text).values("what_happened") == [TEXT]
    assert "tej chwili brakuje miejsca na pliki." in house.send(3 * MB, "pl").text
    assert house.send().status == 303, "without files it is taken"


@pytest.mark.parametrize("megabytes", [11, 9, 6])
def test_wherever_a_file_fills_the_disk_the_text_comes_back(house: House, megabytes: int) -> None:
    # 4 MB lie there while they come in, once more while the form is read, and once more while they are stored.
    leave(house.folder, megabytes * MB)
    answer = house.send(4 * MB)
    assert answer.status == 507
    assert form_on(answer.text).values("what_happened") == [TEXT]


def test_a_request_that_the_disk_cannot_even_receive_is_answered_nevertheless(house: House) -> None:
    leave(house.folder, 3 * MB)
    for language, words in (("en", "There is no room to receive this"), ("pl", "brakuje miejsca, aby to przyjąć")):
        answer = house.send(4 * MB, language)
        assert (answer.status, answer.headers["Retry-After"]) == (507, "10")
        assert words in answer.text


def test_a_disk_without_any_room_can_be_read_and_says_so_to_those_who_write(house: House) -> None:
    leave(house.folder, 0)
    answer = house.send()
    while answer.status == 303:  # the log of the database has some room left
        answer = house.send()
    assert (answer.status, answer.headers["Retry-After"]) == (507, "10")
    assert "The disk of the helpdesk is full." in answer.text
    assert form_on(answer.text).values("what_happened") == [TEXT]
    assert "Dysk systemu jest pełny." in house.send(language="pl").text
    assert house.reads()
    (house.folder / "filler").unlink()
    assert house.send_again(answer)


def test_programs_are_told_that_there_is_no_room(house: House) -> None:
    token = house.token()
    leave(house.folder, 0)
    answer = house.call(token)
    while answer.status == 201:
        house.acknowledged.append(json.loads(answer.text)["number"])
        answer = house.call(token)
    assert (answer.status, answer.headers["Retry-After"]) == (507, "10")
    assert json.loads(answer.text)["type"] == "urn:deskcore:problem:no-room"
