"""What was meant by a word that nothing has: the nearest ones that something has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from string import ascii_lowercase

from deskcore.alphabet import folded
from deskcore.hooks.searching import Engine, Query, Word
from deskcore.search.analysis import SHORTEST_SLIP, STOP_WORDS, stems

#: Letters beyond which a second slip is believed.
_LONG = 8
#: Words that stand beside one that nothing has, and candidates for them that are looked up.
_MOST, _LOOKED_UP = 3, 30
#: Documents beyond which one word is as usual as another.
_COUNTED = 50
#: Words beyond which a query is a text, in which one slip more or less does not matter.
_SHORT = 12


def corrected(engine: Engine, query: Query) -> Query:
    """Return the query with what was probably meant beside each word that none of the reader's documents has."""
    if len(query.words) > _SHORT:
        return query
    known = engine.known(query.kind, [stem for word in query.words for stem in word.stems], query.audience)
    return replace(query, words=tuple(_meant(engine, query, word, known) for word in query.words))


def _meant(engine: Engine, query: Query, word: Word, known: Mapping[str, int]) -> Word:
    if not known.keys().isdisjoint(word.stems) or not may_be_a_slip(word):
        return word
    near = _telling(nearest(word.stems, engine.similar(query.kind, word.stems[0][:1])))[:_LOOKED_UP]
    often = engine.known(query.kind, near, query.audience)
    if not often:  # a slip in the first letter, or one that hides the ending from the stemmer
        near = _telling(stem for each in one_slip_away(folded(word.text)) for stem in stems(each))
        often = engine.known(query.kind, near, query.audience, _COUNTED)
    there = sorted((each for each in near if each in often), key=lambda each: -often[each])
    return replace(word, stems=(*word.stems, *there[:_MOST]))


def _telling(found: Iterable[str]) -> tuple[str, ...]:
    """Return stems, each once; nobody means a word that says little, such as “has” by “haslo”."""
    return tuple(dict.fromkeys(stem for stem in found if stem not in STOP_WORDS))


def may_be_a_slip(word: Word) -> bool:
    """Tell whether a word may have been meant to be another one: a short one, or a number, is what it is."""
    return len(word.text) >= SHORTEST_SLIP and word.text.isalpha()


def one_slip_away(word: str) -> Iterator[str]:
    """Yield what a word may have been meant to be: two letters changed places, one is wrong, missing or too many."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = [before + after[1] + after[0] + after[2:] for before, after in cuts if len(after) > 1]
    found += [before + letter + after[1:] for before, after in cuts if after for letter in ascii_lowercase]
    found += [before + after[1:] for before, after in cuts if after]
    found += [before + letter + after for before, after in cuts for letter in ascii_lowercase]
    yield from (each for each in dict.fromkeys(found) if each and each != word)


def nearest(words: Sequence[str], candidates: Iterable[str]) -> tuple[str, ...]:
    """Return the candidates that are one slip away from any of the words, two for a long one, nearest first."""
    found: dict[str, int] = {}
    for candidate in candidates:
        for word in words:
            most = 2 if len(word) >= _LONG else 1
            if candidate != word and abs(len(candidate) - len(word)) <= most:
                slips = distance(word, candidate, most)
                if slips <= most:
                    found[candidate] = min(slips, found.get(candidate, slips))
    return tuple(sorted(found, key=lambda each: (found[each], each)))


def distance(one: str, other: str, most: int) -> int:
    """Return how many letters are wrong, missing, too many or in the wrong order; more than ``most`` is not counted."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        following = [i]
        for j, letter in enumerate(other, 1):
            cost = min(row[j] + 1, following[j - 1] + 1, row[j - 1] + (char != letter))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == letter:
                cost = min(cost, before[j - 2] + 1)
            following.append(cost)
        if min(following) > most:
            return most + 1
        before, row = row, following
    return row[-1]
