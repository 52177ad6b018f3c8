"""From text to tokens: the same for whatever keeps them, so that every backend finds the same.

A word stands under its stem, in English or Polish, without the marks on its letters. Under its beginnings it is found
in forms that the stemmer does not know, without Polish letters, and with a slip near its end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any

from deskcore.alphabet import folded
from deskcore.hooks.searching import Analysed, Document, Query, Word

LANGUAGES = ("en", "pl")
#: Characters of a query and of a document that are looked at, words of a query, and letters of a word.
LONGEST_QUERY, LONGEST_TEXT, MOST_WORDS, LONGEST_WORD = 2_000, 200_000, 32, 64
#: Letters that a word has at least before another is taken for what was meant.
SHORTEST_SLIP = 4
#: Lengths of the beginnings under which a word is found.
_BEGINNINGS = (4, 5, 6)
#: A word, a number with its punctuation, or a symbol that people type as one; a link's address is none.
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_COMPOUND = re.compile(r"[^\W_]+(?:[-./:][^\W_]+)+")
_LINK = re.compile(r"\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)")
_OWNER = re.compile(r"['’]s?(?=$|[^\w])|['’]")
#: Words that say little, in both languages; they are looked for only where there are no others.
STOP_WORDS = frozenset(
    word
    for language in (
        """a about an and any are as at be been but by can could did do does for from had has have how i if in into is
        it its me my no not of on or our should so than that the their them then there these they this to was we were
        what when where which who why will with would you your am please""",
        """a aby ale bez bo by być był była było były ci co czy dla do gdzie go i ich ile im jak jaka jaki jakie jaką
        jakich jakiego jakiej jakim jakimi jako je jego jej jest jestem już ją kiedy kim kto która które którego której
        który których którym którą ma mam mi mnie moja moje mój mogę może można na nad nie nią niej niego nim o od on
        ona one ono oraz po pod podczas proszę przed przez przy się są ta tak także tam te tego tej ten to tu tym tymi
        tą tę u w we wie więc z za ze że żeby""",
    )
    for word in language.split()
    for word in (word, folded(word))
)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, as they follow one another.

    What is written with digits and signs between, such as ``NB-2041``, is there in one piece as well; a symbol is a
    word of its own.
    """
    text = unicodedata.normalize("NFC", text.replace("\0", " ")).casefold()
    found = [(match.start(), _OWNER.sub("", match[0])) for match in _WORD.finditer(text)]
    compounds = (match for match in _COMPOUND.finditer(text) if any(char.isdigit() for char in match[0]))
    found += [(match.start(), re.sub(r"[\W_]", "", match[0])) for match in compounds]
    if not text.isascii():
        # An engine would take a symbol for a space; its number is a word to all of them.
        found += [(at, f"u{ord(char):x}") for at, char in enumerate(text) if ord(char) > 0x203B and _is_symbol(char)]
    found.sort(key=lambda pair: pair[0])
    return [word[:LONGEST_WORD] for _at, word in found if word]


def _is_symbol(char: str) -> bool:
    return unicodedata.category(char) == "So"


def stems(word: str, language: str = "") -> tuple[str, ...]:
    """Return the token of a word in a language; where that is not known, those in each, and as if without its marks."""
    if language in LANGUAGES:
        return (_stem(word, language),)
    return tuple(dict.fromkeys((*(_stem(word, each) for each in LANGUAGES), _stem(folded(word), "pl"))))


@lru_cache(maxsize=50_000)
def _stem(word: str, language: str) -> str:
    if any(char.isdigit() for char in word):
        return folded(word)
    return folded(_stemmer(language).stemWord(word))


@lru_cache
def _stemmer(language: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer({"en": "english", "pl": "polish"}[language])


def analysed(document: Document) -> Analysed:
    """Return the tokens of a document."""
    title = words(f"{document.title} {document.keywords}"[:LONGEST_TEXT])
    # A sign between the two keeps the last word of the one from being the neighbour of the other's first.
    text = words(_LINK.sub("] ", document.text[:LONGEST_TEXT]))
    every = [*title, *text]
    language = document.language
    return Analysed(
        words=tuple(token for word in every for token in stems(word, language)),
        title=tuple(token for word in title for token in stems(word, language)),
        parts=tuple(part for word in every if word not in STOP_WORDS for part in parts(word)),
        pairs=tuple(pairs(every, language)),
    )


@lru_cache(maxsize=50_000)
def parts(word: str) -> tuple[str, ...]:
    """Return the beginnings under which a word is found; a short one is its own, and so is a number or a symbol."""
    plain = folded(word)
    if any(char.isdigit() for char in plain):
        return (plain,)
    return tuple(dict.fromkeys(plain[:length] for length in _BEGINNINGS if len(plain) >= length)) or (plain,)


def pairs(every: Iterable[str], language: str = "") -> list[str]:
    """Return neighbours as one token each; words that say little are not in between."""
    kept = [word for word in every if word not in STOP_WORDS]
    found = []
    for each in (language,) if language in LANGUAGES else LANGUAGES:
        tokens = [_stem(word, each) for word in kept]
        found += [f"{one}_{other}" for one, other in pairwise(tokens)]
    return found


def asked(text: str) -> tuple[tuple[Word, ...], tuple[str, ...]]:
    """Return the words that a query is about, and the pairs of them; anything at all can be a query."""
    every = words(text[:LONGEST_QUERY])
    telling = [word for word in every if word not in STOP_WORDS] or every
    kept = list(dict.fromkeys(telling))[:MOST_WORDS]
    return (
        tuple(Word(word, stems(word), parts(word)) for word in kept),
        tuple(dict.fromkeys(pairs(telling[:MOST_WORDS]))),
    )


def query(kind: str, text: str, audience: frozenset[str], language: str = "", limit: int = 10) -> Query:
    """Return a query for an engine."""
    found, neighbours = asked(text)
    return Query(kind, found, neighbours, audience, language, limit)
