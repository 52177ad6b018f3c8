"""Names in one spelling, so that two ways to write one thing mean the same; and the words a thing is found by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from deskcore_it_assets.models import MAX_WORD

#: What makers write where a serial number should stand.
_NO_SERIALS = {
    "", "-", "0", "n/a", "na", "none", "null", "unknown", "default string", "to be filled by o.e.m.",
    "system serial number", "not specified", "not applicable", "0123456789", "123456789", "1234567890", "xxxxxxxx",
}  # fmt: skip
_PARTS = re.compile(r"[^\W_]+")
#: Letters that do not come apart into a plain one and its mark.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss"})


def spelled(text: str) -> str:
    """Return a name in one spelling: no matter how large its letters are, and what stands between its words."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def serial_spelled(text: str) -> str | None:
    """Return a serial number in one spelling; nothing for what only says that there is none."""
    key = spelled(text)
    return None if key in _NO_SERIALS or not key.strip("0.-x ") else key


def words_in(*texts: str) -> set[str]:
    """Return the words by which something is found that is described by ``texts``.

    What is written in parts, such as ``NB-0412``, is found as a whole and by each part.
    """
    found: set[str] = set()
    for text in texts:
        for whole in folded(text).split():
            parts = _PARTS.findall(whole)
            found.update(parts)
            if len(parts) > 1:
                found.add("".join(parts))
    return {word[:MAX_WORD] for word in found}


def asked_words(text: str) -> list[str]:
    """Return the words of a search, as :func:`words_in` writes them; at most six are looked at."""
    words: Iterable[str] = ("".join(_PARTS.findall(whole))[:MAX_WORD] for whole in folded(text).split())
    return list(dict.fromkeys(word for word in words if word))[:6]


def folded(text: str) -> str:
    """Return a text in small letters without marks."""
    taken_apart = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(char for char in taken_apart if not unicodedata.combining(char))
