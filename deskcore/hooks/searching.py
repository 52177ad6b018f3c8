"""What plugins add to search: kinds of documents, and a backend that finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from deskcore.hooks.contributions import Text

if TYPE_CHECKING:
    from sqlalchemy import Select


@dataclass(frozen=True)
class Document:
    """Something that can be found, in one language.

    :param key: unique in its kind.
    :param text: plain, or Markdown.
    :param language: ``en`` or ``pl``, or ``""`` where it may be either.
    :param audience: tokens, any one of which a reader must have.
    :param keywords: more words that lead to it; they count like those of the title.
    :param internal: text by which only those find it who work here.
    """

    key: str
    title: str
    text: str = ""
    language: str = ""
    audience: frozenset[str] = frozenset()
    keywords: str = ""
    internal: str = ""


@dataclass(frozen=True)
class Shown:
    """A document as a list of what was found shows it.

    :param text: from which the line with the words is cut.
    :param detail: a few words beside the title, such as who keeps it.
    :param category: as the reader calls it; the list can be narrowed to it.
    :param desk: key of the desk that keeps it; the list can be narrowed to it.
    """

    title: str
    url: str
    text: str = ""
    language: str = ""
    detail: str = ""
    category: str = ""
    desk: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of documents that a plugin has.

    :param key: such as ``article``; hits, the API and the command line call it so.
    :param documents: called with keys, or with nothing for all that there are, which it then yields one by one; a key
        that it leaves out is taken out of the index.
    :param show: called with keys and the reader's tokens; returns what may be shown by key. The index may be a few
        seconds behind, so it has to compare the audience again. It has 150 ms and one statement.
    :param popular: called for the first page of the portal, with the reader's tokens, the language of the page and how
        many fit; returns what is used most, in that order, each with the words by which people find it as ``detail``.
        It has 150 ms and one statement.
    :param popular_title: what stands above these, such as “Popular answers”; the title when left out.
    """

    key: str
    title: Text
    documents: Callable[[Sequence[str] | None], Iterable[Document]]
    show: Callable[[Sequence[str], frozenset[str]], Mapping[str, Shown]]
    icon: str = "book"
    order: int = 100
    popular: Callable[[frozenset[str], str, int], Sequence[Shown]] | None = None
    popular_title: Text | None = None


@dataclass(frozen=True)
class Word:
    """A word of a query.

    :param stems: tokens that stand for it, each as good as the others.
    :param parts: its beginnings, which find what its stems do not.
    """

    text: str
    stems: tuple[str, ...]
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Query:
    """What an engine is asked for: documents of one kind that have any of the words.

    :param pairs: of neighbouring words.
    :param audience: tokens of the reader.
    :param language: of the documents wanted; empty for all.
    """

    kind: str
    words: tuple[Word, ...]
    pairs: tuple[str, ...]
    audience: frozenset[str]
    language: str = ""
    limit: int = 10


@dataclass(frozen=True)
class Match:
    """A document that an engine found; a higher score fits better."""

    key: str
    score: float


class Engine(Protocol):
    """Keeps an index and looks things up in it; each method may raise :class:`NotReady`."""

    def write(self, kind: str, documents: Sequence[Document], gone: Sequence[str]) -> None:
        """Put documents into the index in place of those with their keys, and take out those that are gone."""

    def rebuild(self, kind: str, documents: Iterable[Document]) -> None:
        """Index these documents and no others; what was there before is found until the last one is in."""

    def find(self, query: Query) -> Sequence[Match]:
        """Return the documents that fit best, best first."""

    def known(self, kind: str, tokens: Sequence[str], audience: frozenset[str], most: int = 1) -> Mapping[str, int]:
        """Return how many of a reader's documents have each of some stems; what none has is left out.

        :param most: so many are counted, and no more.
        """

    def similar(self, kind: str, beginning: str) -> Iterable[str]:
        """Return stems of titles that begin alike, to find what was meant by a word that nothing has."""

    def fingerprint(self, kind: str) -> str:
        """Return what is equal for two indexes with the same content."""

    def tickets(self, words: Sequence[Word], internal: bool) -> Select[Any] | None:
        """Return the query for ids of tickets that have all of these words, newest first, or nothing.

        :param internal: look into what only agents see, too.
        """


@dataclass(frozen=True)
class Backend:
    """A way to keep what can be found.

    :param engine: returns the engine; called for each use.
    """

    key: str
    engine: Callable[[], Engine]
    order: int = 100


@dataclass(frozen=True)
class Searched:
    """A search that somebody made on the portal's page; nobody learns who it was.

    :param found: how many things were found.
    """

    words: str
    area: str
    language: str
    found: int


class NotReady(Exception):
    """The index cannot be asked: it is not there yet, or damaged. The core builds it again."""


#: Fields of a document, and what a word counts for that is there, or a pair; its beginnings share what is theirs.
WEIGHTS: Mapping[str, float] = {"words": 1.0, "title": 0.6, "parts": 0.9, "pairs": 0.5}


@dataclass(frozen=True)
class Analysed:
    """The tokens of a document: of all its words, of its title, beginnings of words, and neighbours."""

    words: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
