"""More like this: the words that tell a document from others, asked for in place of a query."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from deskcore.hooks.searching import Document, Engine, Query, Word
from deskcore.search import analysis

#: Words of a document that are weighed, and words that are asked for.
_WEIGHED, _ASKED = 120, 25
#: How much more a word of the title says.
_TITLE = 4
#: Documents in which a word is counted at most; one that more have tells little.
_COUNTED = 200


def alike(document: Document, kind: str, audience: frozenset[str], limit: int) -> Query:
    """Return the query for documents like one, with more words than are asked for."""
    counts = _counted(document)
    words = tuple(
        Word(word, analysis.stems(word, document.language), analysis.parts(word))
        for word, _count in counts.most_common(_WEIGHED)
    )
    pairs = tuple(dict.fromkeys(analysis.pairs(analysis.words(document.title), document.language)))
    return Query(kind, words, pairs, audience, document.language, limit)


def told_apart(document: Document, engine: Engine, query: Query) -> Query:
    """Return the query with those words only that tell its document from others, and that another has, too."""
    often = engine.known(query.kind, [stem for word in query.words for stem in word.stems], query.audience, _COUNTED)
    counts = _counted(document)
    weighed = ((_weight(word, counts[word.text], often), word) for word in query.words)
    best = sorted(((weight, word) for weight, word in weighed if weight > 0), key=lambda pair: (-pair[0], pair[1].text))
    return replace(query, words=tuple(word for _weight_of, word in best[:_ASKED]))


def _counted(document: Document) -> Counter[str]:
    """Count the words of a document; its own title counts more often."""
    counts = Counter(_telling(document.text[: analysis.LONGEST_TEXT]))
    for word in _telling(document.title):
        counts[word] += _TITLE
    return counts


def _telling(text: str) -> list[str]:
    return [word for word in analysis.words(text) if word not in analysis.STOP_WORDS and len(word) > 1]


def _weight(word: Word, times: int, often: Mapping[str, int]) -> float:
    documents = max((often.get(stem, 0) for stem in word.stems), default=0)
    return (1 + math.log(times)) * math.log(1 + _COUNTED / documents) if documents > 1 else 0.0
