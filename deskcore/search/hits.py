"""What was found: with the line of it that has the words, and how well it fits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from deskcore.alphabet import folded
from deskcore.hooks.searching import Shown, Word
from deskcore.search.analysis import LONGEST_WORD, STOP_WORDS, parts, stems

if TYPE_CHECKING:
    from markupsafe import Markup

#: Characters of the line, and of a text that is looked through for it.
_LINE, _LOOKED_AT = 160, 20_000
_WORD = re.compile(r"[^\W_]+")
#: Signs of Markdown that say nothing in a line of plain text.
_SIGNS = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*`#>|~]+|<[^>]{1,400}>")
#: What the words of the title, and of the text, count for; and by how much each place down the list is worth less.
_IN_TITLE, _IN_TEXT, _STEP = 0.65, 0.35, 0.97


@dataclass(frozen=True)
class Hit:
    """Something that was found.

    :param kind: ``ticket``, ``service``, or the key of a plugin's kind.
    :param text: in which the words are.
    :param score: how well it fits, up to 1; to be compared within one answer only.
    :param wanted: what was looked for.
    :param category: by which, as by ``language`` and ``desk``, what was found can be narrowed.
    """

    kind: str
    key: str
    title: str
    url: str
    text: str = ""
    score: float = 0.0
    detail: str = ""
    wanted: tuple[Word, ...] = ()
    language: str = ""
    category: str = ""
    desk: str = ""

    @cached_property
    def snippet(self) -> str:
        """The line with the words, in plain text."""
        return _line(self.text, self.wanted)

    def marked(self, text: str | None = None) -> Markup:
        """Return the line, or another text, with the words marked."""
        from markupsafe import Markup, escape

        text = self.snippet if text is None else text
        pieces, end = [], 0
        for start, stop in _places(text, self.wanted):
            pieces += [escape(text[end:start]), Markup("<mark>"), escape(text[start:stop]), Markup("</mark>")]
            end = stop
        return Markup("").join([*pieces, escape(text[end:])])


def hit(
    kind: str, key: str, shown: Shown, wanted: tuple[Word, ...], place: int = 0, *, names: str = "", whole: bool = False
) -> Hit:
    """Return what was found at a place of a list, judged by the words that its title and text have.

    :param names: by which it goes beside its title.
    :param whole: it is the very thing that was asked for.
    """
    text = " ".join(_SIGNS.sub(lambda match: match[1] or "", shown.text[:_LOOKED_AT]).split())
    in_title = _share(f"{shown.title} {names}", wanted)
    fits = 1.0 if whole else (_IN_TITLE * in_title + _IN_TEXT * max(in_title, _share(text, wanted))) * _STEP**place
    return Hit(
        kind, key, shown.title, shown.url, text, round(fits, 4), shown.detail, wanted,
        shown.language, shown.category, shown.desk,
    )  # fmt: skip


def in_order(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits of several kinds in one order; within a kind its own order stays."""
    lowest: dict[str, float] = {}
    keyed = []
    for each in hits:
        lowest[each.kind] = min(each.score, lowest.get(each.kind, 1.0))
        keyed.append((-lowest[each.kind], each))
    return [each for _score, each in sorted(keyed, key=lambda pair: pair[0])]


def words_of(text: str) -> set[str]:
    """Return the words that a text has, as it writes them."""
    return {word[:LONGEST_WORD] for word in _WORD.findall(text)}


def is_meant(word: str, wanted: Word) -> bool:
    """Tell whether a word of a text is one that was looked for, in whatever form."""
    return not _tokens(word).isdisjoint(_sought(wanted))


def _share(text: str, wanted: Sequence[Word]) -> float:
    """Return how many of the words a text has, from 0 to 1."""
    if not wanted:
        return 0.0
    tokens = frozenset().union(*map(_tokens, words_of(text)))
    return sum(1 for word in wanted if not tokens.isdisjoint(_sought(word))) / len(wanted)


def _places(text: str, wanted: Sequence[Word]) -> Iterator[tuple[int, int]]:
    sought = {token for word in wanted for token in _sought(word)}
    for match in _WORD.finditer(text):
        if not sought.isdisjoint(_tokens(match[0][:LONGEST_WORD])):
            yield match.span()


def _sought(word: Word) -> set[str]:
    return {*word.stems, *word.parts[-1:]}


@lru_cache(maxsize=50_000)
def _tokens(word: str) -> frozenset[str]:
    lower = word.casefold()
    return frozenset((*stems(lower), *(() if lower in STOP_WORDS else parts(lower)), folded(lower)))


def _line(text: str, wanted: Sequence[Word]) -> str:
    """Cut out the part of a text that has most of the words."""
    if len(text) <= _LINE:
        return text
    starts = [start for start, _end in _places(text, wanted)]
    densest = max(starts, key=lambda at: (sum(at <= other < at + _LINE for other in starts), -at), default=0)
    begin = text.rfind(" ", 0, max(0, densest - 20)) + 1 if densest > 20 else 0
    end = begin + _LINE
    if end < len(text):
        end = max(text.rfind(" ", begin, end), begin + _LINE // 2)
    return f"{'…' if begin else ''}{text[begin:end].strip()}{'…' if end < len(text) else ''}"
