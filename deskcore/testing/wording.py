"""Pages in a made-up language: a word that can still be read was never given to the translators.

The made-up language stands in the place of Polish: each translated text in letters that no language has, and two
fifths longer. What people type, what plugins declare in both languages, and names are known and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from html.parser import HTMLParser
from typing import Any

from babel.support import Translations
from flask import Flask

from deskcore.desks.fields.figures import NO, YES
from deskcore.hooks.contributions import Text
from deskcore.hooks.summaries import summary
from deskcore.runtime import runtime

_LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyz", "ȧƀċḓḗƒɠħīĵķŀḿƞǿƥɋřşŧŭṽẇẋẏẑ", strict=True))
_LETTERS |= dict(zip("ąćęłńóśźż", "ǟḉḝⱡṋṏṩẕƶ", strict=True))
_LETTERS |= {small.upper(): strange.upper() for small, strange in _LETTERS.items()}
_GAP = re.compile(r"(%\(\w+\)s|\{\w*\})")
_READABLE = re.compile(r"[A-Za-ząćęłńóśźżĄĆĘŁŃÓŚŹŻ]{2,}")
#: What is written without the catalogue: addresses, ticket numbers, zones, versions, units, amounts, days, times.
_SIGNS = re.compile(
    r"\S+@\S+|\b[a-z]+=|\b[A-Z]{2,5}-(?:\d+|[2-9A-Z]{5})\b|\bEurope/\S+|\b\d+ (?:min|h|d|[kMG]?B)\b"
    r"|\b\d+,\d\d (?:zł|€|\$|£|[A-Z]{3})(?!\w)"
    r"|\b(?:PLN|EUR|USD|GBP|CHF|CZK)\b|\b\d+ (?:sty|lut|mar|kwi|maj|cze|lip|sie|wrz|paź|lis|gru)(?: \d{4})?\b"
    r"|(?:\bzwykle )?\b\d+ (?:minut\w*|godzin\w*|d\w+ robocz\w+)|\b(?:dziś|jutro|wczoraj), \d+:\d+"
)
#: Names that are the same in every language.
_NAMES = ("Deskcore", "English", "Polski")


def strange(text: str) -> str:
    """Return a text in letters that nobody has, and longer; gaps for values stay."""
    parts = [
        part if _GAP.fullmatch(part) else "".join(_LETTERS.get(char, char) for char in part)
        for part in _GAP.split(text)
    ]
    return f"⟦{''.join(parts)}{'~' * (len(text) * 2 // 5)}⟧"


@contextmanager
def in_strange_letters(app: Flask) -> Iterator[None]:
    """Put the made-up language in the place of Polish for the length of the block."""
    babel: Any = app.extensions["babel"]
    translations: Any = Translations()
    for folder in babel.translation_directories:
        translations.merge(Translations.load(folder, ["pl"]))
    translations._catalog = {key: strange(text) for key, text in translations._catalog.items() if key}
    with app.app_context():
        domain = babel.instance.domain_instance
    key = ("pl", domain.domain[0])
    # What a plugin words otherwise is as strange as the rest.
    own, domain.own = domain.own, {}
    before = domain.cache.pop(key, None)
    domain.cache[key] = translations
    try:
        yield
    finally:
        domain.own = own
        del domain.cache[key]
        if before is not None:
            domain.cache[key] = before


class Shown(HTMLParser):
    """What a page shows or says aloud in its own language; what is typed, and moments, are left out.

    An element with ``lang`` or ``translate="no"`` holds what is the same in every language.
    """

    SILENT = frozenset(["script", "style", "svg", "time", "kbd", "pre", "textarea", "code"])
    SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-count")

    def __init__(self, source: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: list[str] = []
        self.language = self.title = ""
        self._silent: list[str] = []
        self._tag = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what an element says by itself."""
        given = {key: value or "" for key, value in attrs}
        self._tag = tag
        if tag == "html":
            self.language = given.pop("lang")
        if tag == "a":
            self.links.append(given.get("href", ""))
        if self._silent:
            self._silent += [tag] * (tag == self._silent[0])
        elif tag in self.SILENT or _is_same_everywhere(given):
            self._silent.append(tag)
        else:
            self.texts += [given[name] for name in self.SPOKEN if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        """Listen again at the end of what is silent."""
        if self._silent and tag == self._silent[0]:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        if not self._silent and data.strip():
            self.texts.append(" ".join(data.split()))
        if self._tag == "title":
            self.title += data.strip()


def _is_same_everywhere(given: Mapping[str, str]) -> bool:
    return "lang" in given or given.get("translate") == "no" or "avatar" in given.get("class", "").split()


class Reader:
    """Tells which texts of a page can still be read.

    :param app: whose plugins' declarations are known.
    :param known: what people typed, and names.
    """

    def __init__(self, app: Flask, known: Iterable[str]) -> None:
        with app.app_context():
            parts = runtime()
            declared = _declared([YES, NO, *parts.plugins.contributed.values(), *parts.catalogue.desks.values()])
            plugins = parts.plugins.declarations.values()
            said = [summary(one, language) for one in plugins for language in ("en", "pl")]
            said += [item.value.key for item in parts.plugins.jobs]
            said += [desk.prefix for desk in parts.catalogue.desks.values()]
            every = {*known, *_NAMES, parts.config.organisation, *declared, *parts.plugins.declarations, *said}
        texts = sorted({each.replace("\u00a0", " ") for each in every if each}, key=len, reverse=True)
        self._known = re.compile("|".join(rf"(?<!\w){re.escape(each)}(?!\w)" for each in texts))

    def readable(self, page: Shown) -> Iterator[str]:
        """Yield the texts of a page, shown in the made-up language, in which a word can be read."""
        for text in page.texts:
            plain = text.replace("\u00a0", " ")
            # Either first: a sign may be a part of what is known, and a word that is known a part of a date.
            if self._has_a_word(plain) and self._has_a_word(_SIGNS.sub(" ", plain)):
                yield text

    def _has_a_word(self, text: str) -> bool:
        return _READABLE.search(_SIGNS.sub(" ", self._known.sub(" ", text))) is not None


def _declared(value: object) -> Iterator[str]:
    """Yield the Polish texts of whatever plugins declare."""
    if isinstance(value, Text):
        yield value.pl
    elif is_dataclass(value):
        for each in fields(value):
            yield from _declared(getattr(value, each.name))
    elif isinstance(value, Mapping):
        if set(value) == {"en", "pl"}:  # a text in a section of a request type
            yield str(value["pl"])
        for part in value.values():
            yield from _declared(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _declared(part)
