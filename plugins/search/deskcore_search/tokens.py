"""Tokens as an index keeps them, and what tells whether two indexes are equal."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from deskcore.plugin import search

#: Rises when an index holds something else than before: one of an older kind is built again.
ANALYSIS = 3
#: The shortest word of a query that is taken for the beginning of one that is still being typed.
_SHORTEST_TYPED = 3
#: The shortest one whose end may be another, how much of it, and how much of it has to stay.
_SHORTEST_FORM, _ENDING, _KEPT = 7, 3, 5


def marked(audience: str) -> str:
    """Return a token of an audience, such as ``desk:it``, as a word."""
    return "a_" + re.sub(r"[^a-z0-9]", lambda match: f"_{ord(match[0]):x}_", audience)


def asked(query: search.Query) -> list[tuple[str, str, float]]:
    """Return what is looked for, with the field in which it is, and its share in what its word counts for.

    A short word has one beginning and a long one three: both words count as much.
    """
    stems, parts = _Shares(), _Shares()
    for word in query.words:
        stems.add(word.stems, 1 / math.sqrt(len(word.stems) or 1))
        parts.add(word.parts, 1 / (len(word.parts) or 1))
    fields = {"words": stems, "title": stems, "parts": parts, "pairs": dict.fromkeys(query.pairs, 1.0)}
    return [(field, token, share) for field, tokens in fields.items() for token, share in tokens.items()]


class _Shares(dict[str, float]):
    def add(self, tokens: Iterable[str], share: float) -> None:
        """Note a share of each token; of several words it is the greatest."""
        for token in tokens:
            self[token] = max(share, self.get(token, 0.0))


def alternatives(words: Sequence[search.Word]) -> list[tuple[list[str], list[str]]]:
    """Return for each word of a query the stems that stand for it, and how the words may begin that do, too.

    A long one may end in another way, which finds what the stemmer does not know (“drukarce” for “drukarka”); and the
    last one may still be being typed. A stem or a beginning that begins like another beginning is found with it.
    """
    found = []
    for word in words:
        longest, kept = max(word.parts, key=len, default=""), max(_KEPT, len(word.text) - _ENDING)
        begins = [longest[:kept]] if len(word.text) >= _SHORTEST_FORM and word.text.isalpha() else []
        if word is words[-1] and len(word.text) >= _SHORTEST_TYPED:
            begins.append(word.stems[0])
        begins = [each for each in dict.fromkeys(begins) if not _begins_like(each, {*begins} - {each})]
        found.append(([stem for stem in word.stems if not _begins_like(stem, begins)], begins))
    return found


def _begins_like(token: str, beginnings: Iterable[str]) -> bool:
    return any(token.startswith(each) for each in beginnings)


def digest(*fields: Iterable[str]) -> str:
    """Return what is equal for equal tokens."""
    return hashlib.blake2b("\n".join(" ".join(field) for field in fields).encode(), digest_size=16).hexdigest()


def fingerprint(rows: Iterable[Sequence[Any]]) -> str:
    """Return what is equal for equal keys with equal digests, in whatever order they are kept."""
    return digest(*(map(str, row) for row in sorted((str(key), value) for key, value in rows)))
