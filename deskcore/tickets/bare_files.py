"""Files without what they tell of their maker: a picture keeps its picture, and loses where and with what it was taken.

Only what is understood to its last byte is taken: anything may hide in other formats.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
#: Chunks of a PNG without which it would look different; all others are words, times and places.
_PNG_KEPT = frozenset({
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"pHYs",
})  # fmt: skip
_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
#: Of the application segments of a JPEG the only one that its colours need.
_ADOBE, _EXIF = 0xEE, 0xE1


class NotBare(ValueError):
    """Nobody can tell what a file says of its maker."""


def bare(content: bytes) -> tuple[bytes, str]:
    """Return a file without what it tells of its maker, and the ending for its name.

    :raises NotBare: when it is neither a sound PNG or JPEG picture nor plain text.
    """
    if content.startswith(_PNG):
        return _PNG + b"".join(_of_png(content)), ".png"
    if content.startswith(b"\xff\xd8"):
        return b"".join(_of_jpeg(content)), ".jpg"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotBare from error
    if any(ord(char) < 32 and char not in "\t\n\r\f" for char in text) or text.lstrip().startswith(
        ("%PDF", "<", "{\\rtf")
    ):
        raise NotBare
    return text.encode(), ".txt"


def _of_png(content: bytes) -> Iterator[bytes]:
    place, kind = len(_PNG), b""
    while kind != b"IEND":
        if place + 12 > len(content):
            raise NotBare
        (length,) = struct.unpack_from(">I", content, place)
        kind, end = content[place + 4 : place + 8], place + 12 + length
        if end > len(content):
            raise NotBare
        if kind in _PNG_KEPT:
            yield content[place:end]
        place = end


def _of_jpeg(content: bytes) -> Iterator[bytes]:
    yield content[:2]
    place, turned = 2, 1
    while True:
        marker, place = _marker(content, place)
        if marker == _EOI:
            yield b"\xff\xd9"  # whatever comes behind it is no part of the picture
            return
        if marker == _SOI or place + 2 > len(content):
            raise NotBare
        end = place + int.from_bytes(content[place : place + 2], "big")
        if end > len(content) or end < place + 2:
            raise NotBare
        if marker == _SOS:
            end = _end_of_scan(content, end)
        if marker == _EXIF and turned == 1 and (turned := _orientation(content[place + 2 : end])) != 1:
            yield _turned(turned)
        if not (0xE0 <= marker <= 0xEF and marker != _ADOBE) and marker != _COM:
            yield bytes((0xFF, marker)) + content[place:end]
        place = end


def _orientation(data: bytes) -> int:
    """Return how an Exif segment says a picture is turned; 1, which is upright, when it does not say."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[6:10])
    if not data.startswith(b"Exif\0\0") or order is None:
        return 1
    tiff = data[6:]
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        entries = (struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * number) for number in range(count))
        found: int = next((value for *entry, value in entries if entry == [0x0112, 3, 1]), 1)
    except struct.error:
        return 1
    return found if 1 <= found <= 8 else 1


def _turned(orientation: int) -> bytes:
    """Return an Exif segment that says how a picture is turned and nothing else: many cameras store it lying down."""
    entry = struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    data = b"Exif\0\0MM\0*" + struct.pack(">I", 8) + entry
    return bytes((0xFF, _EXIF)) + struct.pack(">H", len(data) + 2) + data


def _marker(content: bytes, place: int) -> tuple[int, int]:
    """Return the marker that stands at ``place``, and where it ends; any number of fill bytes may precede it."""
    start = place
    while place < len(content) and content[place] == 0xFF:
        place += 1
    if place == start or place >= len(content) or content[place] == 0:
        raise NotBare
    return content[place], place + 1


def _end_of_scan(content: bytes, place: int) -> int:
    """Return where the coded picture ends: at the first marker that is neither a restart nor an escaped byte."""
    while (place := content.find(b"\xff", place)) >= 0 and place + 1 < len(content):
        if content[place + 1] == 0xFF:
            place += 1
        elif content[place + 1] == 0 or 0xD0 <= content[place + 1] <= 0xD7:
            place += 2
        else:
            return place
    raise NotBare
