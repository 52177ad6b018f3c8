"""The filters that plugins add to lists, as far as their forms still have the answers that they look for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deskcore.hooks.filter_checks import is_open
from deskcore.hooks.page_parts import ListFilter
from deskcore.runtime import runtime
from deskcore.tickets.query_language import AnswerFilter
from deskcore.web.viewer import language


@dataclass(frozen=True)
class OwnFilter:
    """A filter of a plugin that is on.

    :param words: what its choices are called, by value.
    :param desks: ids of the desks whose tickets can have the answer.
    """

    title: str
    words: Mapping[str, str]
    answer: AnswerFilter
    desks: frozenset[int]


def own_filters() -> dict[str, OwnFilter]:
    """Return the filters of the plugins that are on, by their key in the query."""
    found = {}
    for item in runtime().plugins.filters:
        if own := _filter(item.plugin, item.value):
            found[f"x.{item.plugin}.{item.value.key}"] = own
    return found


def _filter(plugin: str, given: ListFilter) -> OwnFilter | None:
    """Return a filter, or nothing when no form has its field any more, or only as a sensitive one."""
    entries = [
        entry
        for entry in runtime().catalogue.types.values()
        if entry.plugin == plugin and entry.type.key in given.request_types and is_open(entry.type, given.field)
    ]
    if not entries:
        return None
    words = {choice.value: choice.label.in_language(language()) for choice in given.choices}
    answer = AnswerFilter(given.field, tuple(sorted(entry.id for entry in entries)), tuple(words))
    return OwnFilter(given.title.in_language(language()), words, answer, frozenset(each.desk.id for each in entries))
