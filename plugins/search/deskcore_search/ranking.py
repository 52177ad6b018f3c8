"""How well a document fits: BM25 of each field, so that whatever keeps the tokens ranks alike.

A length is compared with a usual one that is written here, never with that of the other documents: a base of short
texts would otherwise push each long one down.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from deskcore.plugin import search


@dataclass(frozen=True)
class Field:
    """How a field counts.

    :param saturation: how soon more of the same word counts no more.
    :param length: how much a long field has to have more of a word, up to 1.
    :param usual: tokens of a field that is neither short nor long.
    """

    saturation: float
    length: float
    usual: int

    def room(self, size: int) -> float:
        """Return what a word has to be as often as to count half, in a field with so many tokens."""
        return self.saturation * (1 - self.length + self.length * size / self.usual)

    def fit(self, times: int, size: int) -> float:
        """Return what a word counts for that is there so many times, below 1."""
        return times / (times + self.room(size))


#: Chosen by one half of the judged queries of ``benchmarks.search_quality``, and confirmed by the other.
FIELDS = {
    "words": Field(1.0, 0.75, 340),
    "title": Field(1.2, 0.75, 10),
    "parts": Field(1.0, 0.75, 450),
    "pairs": Field(0.84, 0.58, 230),
}
#: How much more a rare word says than BM25 has it.
_RARE = 1.4


def worth(field: str, every: int, often: int) -> float:
    """Return what a token counts for that so many of all documents have."""
    rarity = math.log(1 + (max(every - often, 0) + 0.5) / (often + 0.5))
    return search.WEIGHTS[field] * (FIELDS[field].saturation + 1) * math.pow(rarity, _RARE)


def fits(field: str, tokens: Iterable[str]) -> list[tuple[str, float]]:
    """Return the tokens of a document's field, each with how well it fits."""
    counted = Counter(tokens)
    size = counted.total()
    return [(token, FIELDS[field].fit(times, size)) for token, times in counted.items()]
