"""An index on disk as it was opened: what it was asked lately is kept, because nothing in it changes any more."""

from __future__ import annotations

import heapq
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import Lock

from deskcore.plugin import search
from deskcore_search.ranking import worth
from deskcore_search.tokens import asked, fingerprint, marked

#: Places of words that are kept in memory, at twelve bytes each; what a word takes that is nowhere, in places; and
#: readers of whom it is kept what they may find.
_KEPT, _EMPTY, _READERS = 1_000_000, 20, 200

#: Numbers of documents, and how well a token fits each.
Postings = tuple["array[int]", "array[float]"]
_NOWHERE: Postings = (array("L"), array("f"))


class Opened:
    """Reads an index, in any number of threads.

    :param folder: that of the index.
    """

    def __init__(self, folder: Path) -> None:
        from whoosh.index import open_dir

        self.folder = folder
        self._index = open_dir(folder)
        self._reader = self._index.reader()
        self._lock = Lock()
        self._postings: OrderedDict[tuple[str, str], Postings] = OrderedDict()
        self._kept = 0
        self._readable: dict[tuple[frozenset[str], str], frozenset[int]] = {}

    def is_current(self) -> bool:
        """Tell whether nothing was written since."""
        return bool(self._index.latest_generation() == self._reader.generation())

    def find(self, query: search.Query) -> list[search.Match]:
        """Return the documents that fit best."""
        readable, every = self._for(query.audience, query.language), self._reader.doc_count()
        scores = [0.0] * self._reader.doc_count_all()
        for field, token, share in asked(query):
            numbers, weights = self._of(field, token)
            counts = share * worth(field, every, len(numbers)) if numbers else 0.0
            for number, weight in zip(numbers, weights, strict=True):
                scores[number] += counts * weight
        found = heapq.nlargest(query.limit, (number for number in readable if scores[number]), key=scores.__getitem__)
        with self._lock:
            matches = [search.Match(self._reader.stored_fields(number)["key"], scores[number]) for number in found]
        return sorted(matches, key=lambda match: (-match.score, match.key))

    def known(self, tokens: Sequence[str], audience: frozenset[str], most: int) -> Mapping[str, int]:
        """Return how many of a reader's documents have each of some stems."""
        readable = self._for(audience)
        counts = {token: min(most, len(readable.intersection(self._of("words", token)[0]))) for token in tokens}
        return {token: count for token, count in counts.items() if count}

    def similar(self, beginning: str) -> Iterable[str]:
        """Return stems of titles that begin alike."""
        with self._lock:
            return [token.decode() for token in self._reader.expand_prefix("title", beginning)]

    def fingerprint(self) -> str:
        """Return what is equal for equal indexes."""
        with self._lock:
            rows = [self._reader.stored_fields(number) for number in self._reader.all_doc_ids()]
        return fingerprint([(row["key"], row["digest"]) for row in rows])

    def _for(self, audience: frozenset[str], language: str = "") -> frozenset[int]:
        """Return the numbers of the documents that a reader may find."""
        kept = self._readable.get((audience, language))
        if kept is None:
            if len(self._readable) >= _READERS:
                self._readable.clear()
            found = self._any("audience", map(marked, audience))
            kept = frozenset(found & self._any("language", (language, "any")) if language else found)
            self._readable[audience, language] = kept
        return kept

    def _any(self, field: str, tokens: Iterable[str]) -> set[int]:
        return {number for token in tokens for number in self._of(field, token)[0]}

    def _of(self, field: str, token: str) -> Postings:
        """Return where a token is."""
        with self._lock:
            found = self._postings.get((field, token))
            if found is None:
                found = self._postings[field, token] = self._read(field, token)
                self._kept += len(found[0]) + _EMPTY
                while self._kept > _KEPT and len(self._postings) > 1:
                    self._kept -= len(self._postings.popitem(last=False)[1][0]) + _EMPTY
            else:
                self._postings.move_to_end((field, token))
            return found

    def _read(self, field: str, token: str) -> Postings:
        if (field, token) not in self._reader:
            return _NOWHERE
        matcher = self._reader.postings(field, token)
        numbers, weights = array("L"), array("f")
        while matcher.is_active():
            numbers.append(matcher.id())
            weights.append(matcher.weight())
            matcher.next()
        return numbers, weights
