"""What can be asked for: grouped, behind doors, and found by the words people use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from deskcore.alphabet import alphabetical
from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.errors import NotFound
from deskcore.extensions import db
from deskcore.hooks.contributions import Text
from deskcore.runtime import runtime
from deskcore.search.spelling import nearest
from deskcore.viewer import Viewer
from deskcore.web.viewer import signed_in_user, works

DOORS = ("broken", "need", "process")
#: Key of the request type that takes whatever fits nowhere else.
GENERIC = "question"
#: How much a word counts where it is found.
_IN_TITLE, _IN_KEYWORDS, _IN_SUMMARY = 4, 3, 1
#: What a whole keyword inside the query is worth on top.
_WHOLE_KEYWORD = 5
#: Words that say nothing about what is wanted.
_EMPTY_WORDS = frozenset(
    word
    for words in (
        "a an and are at do for from how i in is it me my need no not of on or the to want what with you",
        "chce co do dla i jak jest mam mi moj moja moje na nie o od potrzebuje prosze sie to w z za ze",
    )
    for word in words.split()
)
#: Of Polish and English words the first letters carry the meaning: this many of the end may differ.
_ENDING = 2
_STEM = 4
#: Words that are taken for one that no service has.
_MEANT = 3


@dataclass(frozen=True)
class Group:
    """Services under one heading, most popular first."""

    title: Text
    anchor: str
    entries: tuple[RequestTypeEntry, ...]


def offered() -> list[RequestTypeEntry]:
    """Return what whoever reads a page, or calls the API, can ask for, most popular first."""
    return [entry for entry in runtime().catalogue.offered() if _audience_includes_me(entry.type.audience)]


def _audience_includes_me(audience: str) -> bool:
    # An audience that nobody here knows how to check stays closed.
    return audience == "everyone" or (audience == "agents" and _works())


def _works() -> bool:
    """Tell whether whoever reads the page works on any desk, or whoever calls the API."""
    viewer: Viewer | None = db.session().info.get("viewer")
    return works() if signed_in_user() is not None or viewer is None else bool(viewer.desk_roles)


def popular(count: int) -> list[RequestTypeEntry]:
    """Return the most popular services."""
    return [entry for entry in offered() if entry.type.popularity > 0][:count]


def behind(door: str) -> list[RequestTypeEntry]:
    """Return the services behind a door of the home page.

    :raises NotFound: when there is no such door.
    """
    if door not in DOORS:
        raise NotFound("There is no such door.")
    return [entry for entry in offered() if entry.type.door == door]


def in_groups(entries: Iterable[RequestTypeEntry]) -> list[Group]:
    """Return services by group, in the order in which the groups' most popular ones come."""
    found: dict[str, list[RequestTypeEntry]] = {}
    titles: dict[str, Text] = {}
    for entry in entries:
        title = entry.type.group or entry.desk.title
        titles.setdefault(title.en, title)
        found.setdefault(title.en, []).append(entry)
    return [Group(titles[key], anchor(titles[key]), tuple(members)) for key, members in found.items()]


def anchor(title: Text) -> str:
    """Return the name under which a group's heading is linked."""
    return "g-" + re.sub(r"[^a-z0-9]+", "-", folded(title.en)).strip("-")


def by_name(entries: Iterable[RequestTypeEntry], language: str) -> list[RequestTypeEntry]:
    """Return services from A to Z in a language."""
    return sorted(entries, key=lambda entry: alphabetical(entry.type.title.in_language(language)))


def generic() -> list[RequestTypeEntry]:
    """Return the request types that take whatever fits nowhere else, at most one of each desk."""
    return [entry for entry in offered() if entry.type.key == GENERIC]


def find_service(slug: str) -> RequestTypeEntry:
    """Return a service by its address, also one that takes no requests just now.

    :raises NotFound: when there is none, or it is not for this person.
    """
    for entry in runtime().catalogue.types.values():
        if entry.slug == slug and _audience_includes_me(entry.type.audience):
            return entry
    raise NotFound("There is no such service.")


def matching(query: str, count: int = 8) -> list[RequestTypeEntry]:
    """Return the services that fit what somebody wrote, best first.

    Marks on letters do not matter, and neither do the endings of words.
    """
    asked = folded(query)
    words = [word for word in re.findall(r"\w+", asked) if word not in _EMPTY_WORDS][:30]
    scored = [(_score(entry, asked, words), entry) for entry in offered()]
    found = [pair for pair in scored if pair[0] > 0]
    found.sort(key=lambda pair: -pair[0])  # stable: equally good ones stay in the order of popularity
    return [entry for _score_of, entry in found[:count]]


def meant(word: str) -> tuple[str, ...]:
    """Return the words of services that somebody probably meant by one that no service has."""
    there = {each for entry in offered() for each in _all_words(entry)}
    asked = folded(word)
    return () if _contains(there, asked) else nearest([asked], there)[:_MEANT]


def _all_words(entry: RequestTypeEntry) -> list[str]:
    offer = entry.type
    return [
        *_words(offer.title),
        *_words(offer.summary),
        *(part for each in offer.keywords for part in folded(each).split()),
    ]


def _score(entry: RequestTypeEntry, asked: str, words: Sequence[str]) -> int:
    offer = entry.type
    keywords = [folded(keyword) for keyword in offer.keywords]
    places = (
        (_IN_TITLE, _words(offer.title)),
        (_IN_KEYWORDS, [part for keyword in keywords for part in keyword.split()]),
        (_IN_SUMMARY, _words(offer.summary)),
    )
    score = sum(max((worth for worth, there in places if _contains(there, word)), default=0) for word in words)
    whole = any(re.search(rf"\b{re.escape(keyword)}\b", asked) for keyword in keywords)
    return score + (_WHOLE_KEYWORD if whole else 0)


def _words(text: Text) -> list[str]:
    both = re.findall(r"\w+", folded(f"{text.en} {text.pl}"))
    return [word for word in both if word not in _EMPTY_WORDS]


def _contains(there: Iterable[str], word: str) -> bool:
    return any(_same_word(word, other) for other in there)


def _same_word(one: str, other: str) -> bool:
    if one == other:
        return True
    stem = max(_STEM, min(len(one), len(other)) - _ENDING)
    return len(one) >= stem and one[:stem] == other[:stem] and abs(len(one) - len(other)) <= _STEM


def folded(text: str) -> str:
    """Return text in small letters without the marks on them: ``Łódź`` becomes ``lodz``."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ł", "l"))
    return "".join(char for char in plain if not unicodedata.combining(char))
