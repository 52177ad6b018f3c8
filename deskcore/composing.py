"""Composed Unicode, in time that grows with the length of a text and with nothing else."""

from __future__ import annotations

import unicodedata

#: Marks that one letter may carry, as in the stream-safe format of UAX #15; no language comes near.
MAX_MARKS = 30


def composed(text: str) -> str:
    """Return ``text`` in NFC.

    Marks beyond the thirtieth on one letter are dropped: normalising sorts them, which takes time quadratic in
    their number, so that half a megabyte of them would keep a thread busy for an hour.
    """
    if text.isascii():
        return text
    marks, kept = 0, []
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= MAX_MARKS:
            kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))
