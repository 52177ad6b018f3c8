"""A picture keeps its picture, and loses all that tells of its maker; what nobody can judge is not taken."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskcore.tickets.bare_files import NotBare, bare

CANARY = b"GPS 52.2297N Canon 70D Rita"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


HEAD = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
DOT = chunk(b"IDAT", zlib.compress(b"\0\0"))
END = chunk(b"IEND", b"")
PNG = b"\x89PNG\r\n\x1a\n" + HEAD + DOT + END


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


TABLES = segment(0xDB, bytes(65)) + segment(0xC0, bytes(15)) + segment(0xC4, bytes(20))
SCAN = segment(0xDA, bytes(10)) + b"\x12\xff\x00\x34\xff\xd0\x56"
JPEG = b"\xff\xd8" + segment(0xEE, b"Adobe") + TABLES + SCAN + SCAN + b"\xff\xd9"


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"iCCP", b"prVt"])
def test_a_png_loses_words_times_and_places(kind: bytes) -> None:
    told = b"\x89PNG\r\n\x1a\n" + HEAD + chunk(kind, CANARY) + DOT + chunk(kind, CANARY) + END + CANARY
    assert bare(told) == (PNG, ".png")


@pytest.mark.parametrize("marker", [0xE0, 0xE1, 0xE2, 0xED, 0xEF, 0xFE])
def test_a_jpeg_loses_where_and_with_what_it_was_taken(marker: int) -> None:
    extra = segment(marker, b"Exif\0\0" + CANARY)
    told = JPEG[:2] + extra + JPEG[2:-2] + extra + b"\xff\xd9" + CANARY
    content, ending = bare(told)
    assert CANARY not in content
    assert (content, ending) == (JPEG, ".jpg")


def exif(order: str, orientation: int) -> bytes:
    """Return an Exif segment as a camera writes it: its maker first, and where it was behind everything."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    maker = struct.pack(f"{order}HHII", 0x010F, 2, len(CANARY), 38)
    turned = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    entries = struct.pack(f"{order}H", 2) + maker + turned + bytes(4)
    return segment(0xE1, b"Exif\0\0" + mark + struct.pack(f"{order}I", 8) + entries + CANARY)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", [2, 6, 8])
def test_a_jpeg_stays_turned_as_it_was(order: str, orientation: int) -> None:
    content, _ending = bare(JPEG[:2] + exif(order, orientation) + exif(order, 3) + JPEG[2:])
    kept = segment(0xE1, b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0))
    assert content == JPEG[:2] + kept + JPEG[2:]


@pytest.mark.parametrize("orientation", [0, 1, 9, 65535])
def test_an_upright_jpeg_and_one_turned_in_no_known_way_need_no_words(orientation: int) -> None:
    assert bare(JPEG[:2] + exif("<", orientation) + JPEG[2:])[0] == JPEG


@given(st.binary(max_size=40))
@settings(max_examples=100)
def test_of_a_damaged_exif_segment_nothing_but_a_turn_is_kept(noise: bytes) -> None:
    for start in (b"", b"II*\0", b"MM\0*\0\0\0\x08\0\x02"):
        content, _ending = bare(JPEG[:2] + segment(0xE1, b"Exif\0\0" + start + noise) + JPEG[2:])
        assert content[-len(JPEG) + 2 :] == JPEG[2:]
        assert len(content) in (len(JPEG), len(JPEG) + 36)


def test_a_jpeg_may_have_fill_bytes_before_a_marker() -> None:
    assert bare(b"\xff\xd8\xff\xff" + JPEG[3:])[0] == JPEG


def test_plain_text_stays_and_its_mark_goes() -> None:
    assert bare("\ufeffZażółć\tgęślą\r\njaźń".encode()) == ("Zażółć\tgęślą\r\njaźń".encode(), ".txt")


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7 /Author (Rita)", b"PK\x03\x04 docProps/core.xml", b"<svg><metadata>Rita</metadata></svg>",
        b"{\\rtf1{\\info{\\author Rita}}}", b"\x00\x01\x02", b"GIF89a\x00", b"\xff\xfeR\x00i\x00", b"  <html>",
        PNG[:-4], PNG[:20], b"\x89PNG\r\n\x1a\n", JPEG[:-2], JPEG[:5], b"\xff\xd8", b"\xff\xd8\xff\xd8",
        JPEG[:2] + b"\xff\xe1\x00\x01" + JPEG[2:], JPEG[:2] + b"Rita" + JPEG[2:],
    ],
)  # fmt: skip
def test_what_nobody_can_judge_is_not_taken(content: bytes) -> None:
    with pytest.raises(NotBare):
        bare(content)


@settings(max_examples=150)
@given(st.sampled_from([PNG, JPEG]), st.binary(max_size=12), st.integers(2, 200))
def test_whatever_it_is_sent_it_ends_and_takes_nothing_from_behind_the_picture(
    picture: bytes, noise: bytes, at: int
) -> None:
    try:
        content, _ending = bare(picture[:at] + noise + picture[at:] + CANARY)
    except NotBare:
        return
    assert CANARY not in content
