"""The filters that plugins add to lists: by their tables, and by answers as far as their forms still have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deskcore.hooks.filter_checks import is_open
from deskcore.hooks.page_parts import ListFilter
from deskcore.runtime import runtime
from deskcore.tickets.query_language import AnswerFilter, OwnFilter, TableFilter
from deskcore.web.viewer import language


@dataclass(frozen=True)
class ShownFilter:
    """A filter of a plugin that is on.

    :param words: what its choices are called, by value.
    :param desks: ids of the desks whose tickets can have the value.
    """

    title: str
    words: Mapping[str, str]
    filter: OwnFilter
    desks: frozenset[int]


def own_filters() -> dict[str, ShownFilter]:
    """Return the filters of the plugins that are on, by their key in the query."""
    found = {}
    for item in runtime().plugins.filters:
        if own := _filter(item.plugin, item.value):
            found[f"x.{item.plugin}.{item.value.key}"] = own
    return found


def _filter(plugin: str, given: ListFilter) -> ShownFilter | None:
    """Return a filter, or nothing when no form has its field any more, or only as a sensitive one."""
    spoken = language()
    title = given.title.in_language(spoken)
    words = {choice.value: choice.label.in_language(spoken) for choice in given.choices}
    if given.stored is not None:
        meanings = tuple((value, given.stored.values[value]) for value in words)
        everywhere = frozenset(desk.id for desk in runtime().catalogue.desks.values())
        return ShownFilter(title, words, TableFilter(given.stored.column, meanings), everywhere)
    entries = [
        entry
        for entry in runtime().catalogue.types.values()
        if entry.plugin == plugin and entry.type.key in given.request_types and is_open(entry.type, given.field)
    ]
    if not entries:
        return None
    answer = AnswerFilter(given.field, tuple(sorted(entry.id for entry in entries)), tuple(words))
    return ShownFilter(title, words, answer, frozenset(each.desk.id for each in entries))
