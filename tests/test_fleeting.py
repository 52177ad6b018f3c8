"""What is on its way in lies on the disk so that nobody can read it, in whatever pieces it came."""

from __future__ import annotations

import os
from io import BytesIO

import pytest

from deskcore.fleeting import FleetingFile
from deskcore.serve.receiving import _Body
from deskcore.web.incoming import SMALL, Part

SECRET = b"The IBAN is PL27114020040000300201355387. " * 4000


def on_disk(file: FleetingFile) -> bytes:
    """Return what lies on the disk."""
    size = file.seek(0, os.SEEK_END)
    return os.pread(file.fileno(), size, 0)


@pytest.mark.parametrize("piece", [1000, 4096, 4099, len(SECRET)])
def test_what_is_written_in_pieces_is_read_in_any_other(piece: int) -> None:
    file = FleetingFile()
    for place in range(0, len(SECRET), piece):
        file.write(SECRET[place : place + piece])
    assert file.tell() == len(SECRET)
    file.seek(12345)
    assert file.read(100) == SECRET[12345:12445]
    file.seek(0)
    assert file.read() == SECRET
    lying = on_disk(file)
    assert len(lying) == len(SECRET)
    assert b"IBAN" not in lying
    file.close()


def test_a_large_file_of_a_form_is_unreadable_and_a_small_one_is_in_memory() -> None:
    large, small = Part(len(SECRET)), Part(len(SECRET))
    for place in range(0, len(SECRET), 1000):
        large.write(SECRET[place : place + 1000])
    small.write(SECRET[:SMALL])
    assert isinstance(large._file, FleetingFile)
    assert isinstance(small._file, BytesIO)
    assert b"IBAN" not in on_disk(large._file)
    for part, content in ((large, SECRET), (small, SECRET[:SMALL])):
        part.seek(0)
        assert part.read() == content


def test_the_body_of_a_request_is_unreadable_while_it_comes_in() -> None:
    body = _Body(SMALL)
    for place in range(0, len(SECRET), 3000):
        body.append(SECRET[place : place + 3000])
    file = body.getfile()
    assert isinstance(file, FleetingFile)
    assert file.read() == SECRET
    assert b"IBAN" not in on_disk(file)
    body.close()
