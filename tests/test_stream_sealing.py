"""A stream that was sealed in pieces opens as it was, whole, under its own key, and in no other way."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskcore.sealing import Unsealable
from deskcore.stream_sealing import PIECE, Sealer, new_key, opened, sealed_size

KEY = new_key()
#: Sizes around which pieces begin and end.
EDGES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7)
THREE = bytes(range(256)) * (PIECE // 256 * 2) + b"the end"


def sealed(content: bytes, key: bytes = KEY, step: int = PIECE * 4) -> bytes:
    sealer = Sealer(key)
    pieces = [sealer.update(content[start : start + step]) for start in range(0, len(content), step)]
    return b"".join([*pieces, sealer.finish()])


def clear(stream: bytes, key: bytes = KEY) -> bytes:
    return b"".join(opened(BytesIO(stream), key))


def pieces_of(stream: bytes) -> list[bytes]:
    return [stream[start : start + PIECE + 16] for start in range(0, len(stream), PIECE + 16)]


def test_a_stream_opens_as_it_was_and_is_as_long_as_promised() -> None:
    for size in EDGES:
        content = b"x" * size
        stream = sealed(content)
        assert clear(stream) == content
        assert len(stream) == sealed_size(size)


@given(st.lists(st.binary(max_size=300), max_size=20), st.integers(1, 1000))
def test_it_does_not_matter_in_which_portions_it_comes(portions: list[bytes], step: int) -> None:
    assert sealed(b"".join(portions), step=step) == sealed(b"".join(portions))


def test_at_most_two_pieces_wait_in_memory() -> None:
    sealer = Sealer(new_key())
    for _time in range(40):
        sealer.update(b"x" * (PIECE // 2))
        assert len(sealer._held) <= PIECE


def test_nothing_of_it_shows_and_under_another_key_it_looks_different() -> None:
    assert b"the end" not in sealed(THREE)
    assert sealed(THREE, new_key()) != sealed(THREE, new_key())


@pytest.mark.parametrize("size", EDGES)
def test_one_that_was_cut_anywhere_does_not_open(size: int) -> None:
    stream = sealed(b"x" * size)
    cuts = {0, 1, 15, 16, 17, len(stream) - 1, *range(0, len(stream), PIECE + 16), *range(16, len(stream), PIECE)}
    for cut in sorted(cut for cut in cuts if cut < len(stream)):
        with pytest.raises(Unsealable):
            clear(stream[:cut])


@given(st.integers(0, sealed_size(len(THREE)) - 1), st.integers(1, 255))
def test_one_of_which_a_byte_was_changed_does_not_open(place: int, change: int) -> None:
    stream = bytearray(sealed(THREE))
    stream[place] ^= change
    with pytest.raises(Unsealable):
        clear(bytes(stream))


def test_pieces_that_were_moved_repeated_added_or_left_out_do_not_open() -> None:
    first, second, last = pieces_of(sealed(THREE))
    another = pieces_of(sealed(THREE, new_key()))
    for changed in (
        [second, first, last], [first, first, last], [first, last], [second, last], [first, second, last, last],
        [first, second, last, first], [first, another[1], last], [last],
    ):  # fmt: skip
        with pytest.raises(Unsealable):
            clear(b"".join(changed))


def test_under_another_key_it_does_not_open() -> None:
    with pytest.raises(Unsealable, match="changed or cut short"):
        clear(sealed(b"anything"), new_key())
