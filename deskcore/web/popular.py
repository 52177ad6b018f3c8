"""What readers of the portal use most of what plugins have, for its first page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deskcore.hooks.contributions import PanelRow
from deskcore.hooks.searching import Kind, Shown
from deskcore.runtime import runtime
from deskcore.web.asking import address, ask, list_of, plain
from deskcore.web.viewer import language

#: Titles of one kind of documents.
MOST = 4


@dataclass(frozen=True)
class PopularView:
    """Titles of one kind of documents that are read most, under a heading; ``rows`` are plain data.

    :param words: by which people found them.
    """

    key: str
    title: str
    icon: str
    rows: Sequence[PanelRow]
    words: Sequence[str] = ()


def popular(audience: frozenset[str]) -> list[PopularView]:
    """Return the titles that plugins have; a plugin that fails is left out.

    :param audience: tokens of the reader.
    """
    found = []
    for item in runtime().plugins.search_kinds:
        kind = item.value
        if kind.popular is None:
            continue
        view = ask(item.plugin, f"popular {kind.key}", _popular_of(kind, audience)).value
        if view is not None and view.rows:
            found.append(view)
    return found


def _popular_of(kind: Kind, audience: frozenset[str]) -> Callable[[], PopularView]:
    spoken = language()

    def call() -> PopularView:
        value = list_of(Shown, kind.popular(audience, spoken, MOST) if kind.popular else ())
        rows = tuple(PanelRow(plain(each.title), url=address(each.url)) for each in value[:MOST])
        words = dict.fromkeys(plain(each.detail) for each in value[:MOST] if each.detail)
        title = (kind.popular_title or kind.title).in_language(spoken)
        return PopularView(kind.key, title, kind.icon, rows, tuple(words))

    return call
