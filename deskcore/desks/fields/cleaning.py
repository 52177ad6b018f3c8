"""Text as it is stored: composed Unicode, no control characters, no half of a surrogate pair."""

from __future__ import annotations

import re
import unicodedata

from deskcore.composing import composed

_NEWLINES = re.compile("\r\n|[\r\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
#: Characters that show nothing although Unicode counts them as letters, marks or symbols.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def clean_text(text: str) -> str:
    """Return ``text`` with several lines: newlines as ``\\n``, composed, without control characters."""
    cleaned = composed(_CONTROLS.sub("", _NEWLINES.sub("\n", text)))
    return cleaned.strip("\n").rstrip()


def clean_line(text: str) -> str:
    """Return ``text`` as a single line: as :func:`clean_text`, with newlines as spaces."""
    return clean_text(text).replace("\n", " ").strip()


def is_blank(text: str) -> bool:
    """Tell whether a reader would see nothing in ``text``: spaces, zero-width and control characters only."""
    return all(_shows_nothing(character) for character in text)


def _shows_nothing(character: str) -> bool:
    category = unicodedata.category(character)
    return (
        character.isspace()
        or category in ("Cc", "Cf", "Cs")
        or character in _INVISIBLE
        or "\ufe00" <= character <= "\ufe0f"
    )
