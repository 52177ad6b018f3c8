"""The order of names and titles in lists: the same on every database, and right for Polish letters."""

from __future__ import annotations

import unicodedata

#: A letter that Unicode does not take apart, with the one it follows.
_FOLLOWS = {"ł": "l", "ø": "o", "đ": "d", "ß": "s", "æ": "a", "œ": "o"}


def alphabetical(text: str) -> tuple[tuple[str, str], ...]:
    """Return the key by which texts are sorted: ą follows a, ł follows l, ź and ż follow z; case does not count."""
    return tuple((_base(char), char) for char in unicodedata.normalize("NFC", text).casefold())


def _base(char: str) -> str:
    return _FOLLOWS.get(char) or unicodedata.normalize("NFD", char)[0]


def folded(text: str) -> str:
    """Return ``text`` in lower case and without accents, so that ``dział`` and ``DZIAL`` are found alike."""
    return "".join(_base(char) for char in unicodedata.normalize("NFC", text).casefold())
