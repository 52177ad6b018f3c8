"""The icons of an installed portal in the organisation's colour: pictures of few colours, of which one is another."""

from __future__ import annotations

import struct
import zlib

#: Places of the palette from the colour to white; in those behind them it is less and less opaque.
_SHADES = 16
_LENGTH = struct.Struct(">I")


def recoloured(png: bytes, colour: str) -> bytes:
    """Return an icon whose ground has another colour.

    :param png: one of ours, whose palette begins with the ground and ends its first shades with white.
    :param colour: ``#RRGGBB``.
    """
    start = png.index(b"PLTE") - _LENGTH.size
    (length,) = _LENGTH.unpack_from(png, start)
    ground = bytes.fromhex(colour.removeprefix("#"))
    shades = [bytes(round(each + (255 - each) * step / (_SHADES - 1)) for each in ground) for step in range(_SHADES)]
    palette = b"PLTE" + b"".join(shades).ljust(length, b"\0")
    faded = range(4 + _SHADES * 3, 4 + length, 3)
    whole = bytearray(palette)
    for place in faded:
        whole[place : place + 3] = ground
    end = start + _LENGTH.size + 4 + length + _LENGTH.size
    return png[:start] + _LENGTH.pack(length) + whole + _LENGTH.pack(zlib.crc32(whole)) + png[end:]
