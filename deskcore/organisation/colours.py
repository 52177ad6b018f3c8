"""Colours that can be read: contrast as WCAG defines it, and an accent corrected until everything on it reaches 4.5."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from deskcore.errors import Problem, Refused

#: What WCAG asks of text.
ENOUGH = 4.5
#: What an accent stands on: surface, background, second surface.
LIGHT_GROUNDS = ("#FFFFFF", "#F5F6F8", "#EEF0F4")
DARK_GROUNDS = ("#181D27", "#10141C", "#222936")
_WHITE, _BLACK, _INK = "#FFFFFF", "#000000", "#0B0F1A"
_COLOUR = re.compile(r"#?([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")
_STEPS = 50


@dataclass(frozen=True)
class Shades:
    """The accent in one theme.

    :param text: of links and buttons.
    :param hover: under the pointer.
    :param on: of words on a button.
    :param soft: ground of what is chosen.
    """

    text: str
    hover: str
    on: str
    soft: str


@dataclass(frozen=True)
class Accent:
    """An accent as it is really used."""

    chosen: str
    light: Shades
    dark: Shades


def read_colour(text: str) -> str:
    """Return a colour as ``#RRGGBB``; an empty text stays empty.

    :raises Refused: when it is no colour.
    """
    text = text.strip()
    found = _COLOUR.fullmatch(text)
    if not text:
        return ""
    if found is None:
        raise Refused(Problem(_("Write the colour as # and six digits, such as #2C4BC0"), "accent"))
    digits = found[1] if len(found[1]) == 6 else "".join(char * 2 for char in found[1])
    return f"#{digits.upper()}"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours: from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def accent(chosen: str) -> Accent:
    """Return a colour as light and dark pages can use it.

    :param chosen: ``#RRGGBB``.
    """
    text = _corrected(chosen, _BLACK, LIGHT_GROUNDS, 0.1, _WHITE)
    light = Shades(text, _mixed(text, _BLACK, 0.22), _WHITE, _mixed(_WHITE, text, 0.1))
    text = _corrected(chosen, _WHITE, DARK_GROUNDS, 0.16, DARK_GROUNDS[0])
    dark = Shades(text, _mixed(text, _WHITE, 0.3), _INK, _mixed(DARK_GROUNDS[0], text, 0.16))
    return Accent(chosen, light, dark)


def _corrected(chosen: str, towards: str, grounds: Sequence[str], tint: float, tinted: str) -> str:
    """Return the nearest shade that can be read on every ground, and on the ground tinted with the shade itself."""
    for step in range(_STEPS + 1):
        shade = _mixed(chosen, towards, step / _STEPS)
        if all(contrast(shade, ground) >= ENOUGH for ground in (*grounds, _mixed(tinted, shade, tint))):
            return shade
    return towards


def _mixed(one: str, other: str, part: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02X}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
