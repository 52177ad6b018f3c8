"""Pictures that somebody uploads, looked at by their content: what a file calls itself says nothing."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

from flask_babel import gettext as _

from deskcore.errors import Problem, Refused, TooLarge

MAX_BYTES = 200 * 1024
MAX_SIDE = 2000
#: Extension in addresses by media type.
EXTENSIONS: Mapping[str, str] = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
Size = tuple[int, int]


def check_logo(content: bytes) -> str:
    """Return the media type of a picture that may be the logo.

    :raises Refused: when it is none, too large, or an SVG, which can carry scripts.
    """
    if len(content) > MAX_BYTES:
        sentence = _("The logo is too large: at most %(kilobytes)s kB.", kilobytes=MAX_BYTES // 1024)
        raise TooLarge(Problem(sentence, "logo"))
    if _is_markup(content):
        raise Refused(Problem(_("An SVG can carry scripts, so it is not taken. Save the logo as PNG."), "logo"))
    for media_type, size_of in _READERS.items():
        size = size_of(content)
        if size is not None:
            _check_size(size)
            return media_type
    raise Refused(Problem(_("This is no PNG, JPEG or WebP picture. Save the logo as PNG."), "logo"))


def _check_size(size: Size) -> None:
    if not all(1 <= side <= MAX_SIDE for side in size):
        raise Refused(Problem(_("The logo may be at most %(side)s pixels wide and high.", side=MAX_SIDE), "logo"))


def _is_markup(content: bytes) -> bool:
    start = content[:1000].replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    gzipped = content.startswith(b"\x1f\x8b")
    return gzipped or start.startswith((b"<", b"\xff\xfe<", b"\xfe\xff<"))


def _png(content: bytes) -> Size | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or content[12:16] != b"IHDR" or len(content) < 45:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return (width, height) if content.endswith(b"IEND\xaeB`\x82") else None


def _jpeg(content: bytes) -> Size | None:
    if not content.startswith(b"\xff\xd8\xff") or not content.rstrip(b"\0").endswith(b"\xff\xd9"):
        return None
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 2 + length
    return None


def _webp(content: bytes) -> Size | None:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return None
    if int.from_bytes(content[4:8], "little") + 8 != len(content):
        return None
    kind = content[12:16]
    if kind == b"VP8X":
        return _little(content[24:27]) + 1, _little(content[27:30]) + 1
    if kind == b"VP8L" and content[20] == 0x2F:
        bits = _little(content[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        return _little(content[26:28]) & 0x3FFF, _little(content[28:30]) & 0x3FFF
    return None


def _little(piece: bytes) -> int:
    return int.from_bytes(piece, "little")


_READERS: Mapping[str, Callable[[bytes], Size | None]] = {"image/png": _png, "image/jpeg": _jpeg, "image/webp": _webp}
