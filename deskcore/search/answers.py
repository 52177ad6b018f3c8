"""An answer: what was found, what it can be narrowed to, and what was probably meant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deskcore.alphabet import folded
from deskcore.hooks.searching import Word
from deskcore.search.analysis import asked
from deskcore.search.hits import Hit, is_meant, words_of
from deskcore.search.spelling import distance

#: The best hits of each kind, which are counted and can be narrowed.
POOL = 100
#: What hits are told apart by: attributes of :class:`Hit`.
FACETS = ("kind", "category", "desk", "language")
_WORD = re.compile(r"[^\W_]+")
#: Letters more than any word has.
_ANY = 1_000


@dataclass(frozen=True)
class Facet:
    """One way to narrow an answer.

    :param name: ``kind``, ``category``, ``desk`` or ``language``.
    :param counts: how many hits there would be by value, most first.
    """

    name: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Answer:
    """What was found, best first.

    :param facets: ways to narrow it; one in which all hits are the same is none.
    :param total: hits that there are; counts, as those of facets, are of the hundred best of each kind.
    :param meant: the text with other words for those that nothing has, or nothing.
    """

    hits: tuple[Hit, ...] = ()
    facets: tuple[Facet, ...] = ()
    total: int = 0
    meant: str = ""


def answered(pool: Sequence[Hit], text: str, limit: int, narrowed: Mapping[str, str]) -> Answer:
    """Return the answer to a text, of what was found for it.

    :param narrowed: values that hits must have, by the names of facets; another name narrows nothing.
    """
    chosen = {name: narrowed[name] for name in FACETS if narrowed.get(name)}
    hits = _with(pool, chosen)
    facets = (Facet(name, _counted(pool, name, chosen)) for name in FACETS)
    return Answer(
        tuple(hits[:limit]),
        tuple(facet for facet in facets if len(facet.counts) > 1 or facet.name in chosen),
        len(hits),
        meant(text, pool),
    )


def _with(pool: Sequence[Hit], chosen: Mapping[str, str]) -> list[Hit]:
    return [hit for hit in pool if all(getattr(hit, name) == value for name, value in chosen.items())]


def _counted(pool: Sequence[Hit], name: str, chosen: Mapping[str, str]) -> dict[str, int]:
    """Count the values of a facet as if it was not chosen, so that another can be."""
    others = {each: value for each, value in chosen.items() if each != name}
    counts = Counter(getattr(hit, name) for hit in _with(pool, others))
    counts.pop("", None)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def meant(text: str, hits: Sequence[Hit]) -> str:
    """Return a text with words of what was found in place of those that none of it has; nothing if there are none.

    It is made of what the reader sees, so it tells nothing of what is not for him.
    """
    instead = {word.text: other for word in asked(text)[0] if (other := _instead(word, hits))}
    if not instead:
        return ""
    return _WORD.sub(lambda match: instead.get(match[0].casefold(), match[0]), text)


def _instead(word: Word, hits: Sequence[Hit]) -> str:
    near = {stem for hit in hits for each in hit.wanted if each.text == word.text for stem in each.stems}
    near.difference_update(word.stems)
    if not near:
        return ""
    there = {each.casefold() for hit in hits for each in words_of(f"{hit.title} {hit.text}")}
    if any(is_meant(each, word) for each in there):
        return ""
    others = (each for each in there if is_meant(each, Word(word.text, tuple(near))))
    return min(others, key=lambda each: (distance(folded(word.text), folded(each), _ANY), each), default="")
