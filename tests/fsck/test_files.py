"""``fsck`` compares the files on disk with what the database says of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask

from deskcore.clock import now
from deskcore.fsck import Finding, check_all
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

Found = Callable[[], list[Finding]]
CONTENT = b"a picture"
DIGEST = sha256(CONTENT).hexdigest()


@pytest.fixture
def picture(sound: Flask) -> Iterator[Path]:
    """Give the path of a stored file, and put it back afterwards."""
    path: Path = sound.extensions["deskcore"].config.files / DIGEST[:2] / DIGEST
    assert path.read_bytes() == CONTENT
    yield path
    path.write_bytes(CONTENT)


def test_a_file_that_is_gone_is_found(found: Found, picture: Path) -> None:
    picture.unlink()
    assert [(each.check, each.where) for each in found()] == [("file", DIGEST)]


def test_a_file_that_is_longer_is_found(found: Found, picture: Path) -> None:
    picture.write_bytes(CONTENT + b"!")
    assert {each.check for each in found()} == {"file", "content"}


def test_another_content_of_the_same_length_is_found_by_a_deep_check_only(
    sound: Flask, found: Found, picture: Path
) -> None:
    picture.write_bytes(CONTENT.upper())
    assert [(each.check, each.where) for each in found()] == [("content", DIGEST)]
    with sound.app_context(), acting_as(SYSTEM) as session:
        assert check_all(session).findings == []


def test_a_file_that_belongs_to_nothing_is_found_after_a_day(found: Found, picture: Path) -> None:
    stray = picture.parent.parent / "aa" / ("a" * 64)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"left over")
    assert found() == []
    long_ago = (now() - timedelta(hours=25)).timestamp()
    os.utime(stray, (long_ago, long_ago))
    assert [(each.check, each.where) for each in found()] == [("held", "a" * 64)]
    stray.unlink()
