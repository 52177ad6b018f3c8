"""One search over services, the reader's own requests and what plugins have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from deskcore import search as searching
from deskcore.hooks.searching import Searched
from deskcore.runtime import runtime
from deskcore.search.noticing import note_searched
from deskcore.web.portal import offers
from deskcore.web.portal.area import blueprint
from deskcore.web.viewer import language, seen_as

#: Characters of a query that are looked at, and things that are shown.
LONGEST = 300
MOST = 20
#: Ways to narrow the list, beside what something is; and values of one that are offered.
_NARROWS, _VALUES = ("category", "desk", "language"), 6


@dataclass(frozen=True)
class Found:
    """Something that was found, ready to be shown.

    :param label: what it is, with its number or whatever else tells it apart.
    """

    title: Markup
    line: Markup
    url: str
    icon: str
    label: str


@dataclass(frozen=True)
class Choice:
    """One way to narrow the list, or to see all of it again.

    :param count: how many things there would be.
    """

    label: str
    url: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True)
class Asked:
    """What somebody looks for.

    :param narrowed: values that were chosen, by the name of what tells the hits apart.
    """

    words: str
    narrowed: Mapping[str, str]

    def url(self, **changed: str) -> str:
        """Return where the same is looked for with other values; an empty one narrows nothing."""
        values = {**self.narrowed, **changed}
        given: dict[str, Any] = {name: value for name, value in values.items() if value}
        return url_for("portal.search", q=self.words, **given)


@blueprint.get("/search")
def search() -> str:
    """Show what fits a query, best first, whatever it is."""
    asked = _asked()
    answer = searching.answer(asked.words, limit=MOST, narrowed=asked.narrowed) if asked.words else searching.Answer()
    if asked.words and not asked.narrowed and seen_as() is None:
        note_searched(Searched(asked.words, "portal", language(), answer.total))
    return render_template(
        "portal/search.html",
        query=asked.words,
        found=_found(answer.hits, asked.words),
        kinds=_kinds(answer, asked),
        chips=_chips(answer, asked),
        chosen=list(_chosen(asked)),
        everything=asked.url(**dict.fromkeys(asked.narrowed, "")) if asked.narrowed else "",
        meant=answer.meant,
        meant_url=url_for("portal.search", q=answer.meant),
        services=[] if asked.words else offers.popular(8),
        generic=offers.generic(),
        rebuilding=_is_rebuilding(answer, asked),
    )


def _is_rebuilding(answer: searching.Answer, asked: Asked) -> bool:
    """Tell whether nothing of plugins was found because their index cannot be asked just now."""
    kinds = {item.value.key for item in runtime().plugins.search_kinds}
    missing = bool(asked.words and kinds) and not asked.narrowed and kinds.isdisjoint(hit.kind for hit in answer.hits)
    return missing and not searching.ready()


def _asked() -> Asked:
    words = " ".join(request.args.get("q", "").replace("\0", " ").split())[:LONGEST]
    given = {name: request.args.get(name, "")[:LONGEST] for name in ("kind", *_NARROWS)}
    return Asked(words, {name: value for name, value in given.items() if value})


def _kinds(answer: searching.Answer, asked: Asked) -> list[Choice]:
    """Return the kinds of what was found, as tabs; none where all of it is of one kind."""
    counts = next((facet.counts for facet in answer.facets if facet.name == "kind"), {})
    now = asked.narrowed.get("kind", "")
    if not counts:
        return []
    found = [
        Choice(_kind_words(kind), asked.url(kind=kind), count, kind == now) for kind, count in sorted(counts.items())
    ]
    return [Choice(_("All"), asked.url(kind=""), sum(counts.values()), not now), *found]


def _kind_words(kind: str) -> str:
    own = {"service": _("Services"), "ticket": _("Your requests")}
    titles = {item.value.key: item.value.title for item in runtime().plugins.search_kinds}
    return own.get(kind) or (titles[kind].in_language(language()) if kind in titles else kind)


def _chips(answer: searching.Answer, asked: Asked) -> dict[str, list[Choice]]:
    """Return other ways to narrow the list, by what tells the hits apart."""
    titles = {"category": _("Topic"), "desk": _("Desk"), "language": _("Language")}
    return {
        titles[facet.name]: [
            Choice(_words_of(facet.name, value), asked.url(**{facet.name: value}), count)
            for value, count in list(facet.counts.items())[:_VALUES]
        ]
        for facet in answer.facets
        if facet.name in titles and facet.name not in asked.narrowed
    }


def _chosen(asked: Asked) -> Iterator[Choice]:
    """Yield what the list was narrowed to, each with where it is not."""
    for name, value in asked.narrowed.items():
        if name in _NARROWS:
            yield Choice(_words_of(name, value), asked.url(**{name: ""}), current=True)


def _words_of(name: str, value: str) -> str:
    words: Mapping[str, Callable[[], str]] = {
        "desk": lambda: runtime().catalogue.desks[value].title.in_language(language()),
        "language": lambda: {"en": _("English"), "pl": _("Polish")}[value],
    }
    try:
        return words[name]()
    except KeyError:
        return value


def _found(hits: Sequence[searching.Hit], query: str) -> list[Found]:
    services = {entry.slug: entry for entry in offers.offered()}
    kinds = {item.value.key: item.value for item in runtime().plugins.search_kinds}
    rows = []
    for hit in hits:
        url, label, icon = hit.url, _("Your request"), "inbox"
        if hit.kind == "service":
            entry = services[hit.key]
            carries = entry.type.door == "broken" or entry.type.key == offers.GENERIC
            url = url_for("portal.service_form", slug=hit.key, words=query if carries else None)
            label, icon = _("Service"), entry.type.icon
        elif hit.kind in kinds:
            # The page sees what was looked for, so that the plugin learns which of its answers are opened.
            url = f"{hit.url}{'&' if '?' in hit.url else '?'}{urlencode({'searched': query})}"
            label, icon = kinds[hit.kind].title.in_language(language()), kinds[hit.kind].icon
        label = " · ".join(part for part in (label, hit.detail) if part)
        rows.append(Found(hit.marked(hit.title), hit.marked(), url, icon, label))
    return rows
