"""Checks of the filters that plugins add to lists: they name what every agent of the desk may read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import InstrumentedAttribute

from deskcore.hooks.contributions import Option, RequestType, Text
from deskcore.hooks.errors import BadContribution
from deskcore.hooks.page_parts import ListFilter
from deskcore.hooks.sentences import sentence
from deskcore.hooks.work_parts import StoredValue

#: What can be written behind the colon without quotes, and is the same in capital letters.
_VALUE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")


def check_filter(plugin: str, it: ListFilter, own_types: Collection[RequestType]) -> None:
    """Check a filter of a plugin.

    :param own_types: the request types that the same plugin adds.
    :raises BadContribution: naming what to correct.
    """
    # What a plugin really put there, whatever the declaration promises.
    title: Any = it.title
    if type(title) is not Text or not _sound(it.choices):
        raise BadContribution(sentence(
            "Its list filter “%(key)s” needs a title and choices, each with a value of lower-case letters, digits, "
            "dots, dashes and underscores; correct it.", key=it.key,
        ))  # fmt: skip
    if it.stored is not None:
        _check_stored(plugin, it)
        return
    named = _listed(it.request_types)
    found = [each for each in own_types if each.key in named and is_open(each, it.field)]
    if not named or len(found) < len(named):
        raise BadContribution(sentence(
            "Its list filter “%(key)s” must name a select field that is not sensitive, in request types that it adds "
            "itself; correct it.", key=it.key,
        ))  # fmt: skip


def _check_stored(plugin: str, it: ListFilter) -> None:
    stored: Any = it.stored
    sound = type(stored) is StoredValue and _is_own(plugin, stored.column) and isinstance(stored.values, Mapping)
    choices = {choice.value for choice in it.choices}
    if not sound or set(stored.values) != choices or not all(type(each) is tuple for each in stored.values.values()):
        raise BadContribution(sentence(
            "Its list filter “%(key)s” must name a column of a table of its own that belongs to tickets, and for each "
            "choice a tuple of values; correct it.", key=it.key,
        ))  # fmt: skip


def _is_own(plugin: str, column: Any) -> bool:
    """Tell whether a column is one of a plugin's table whose rows belong to tickets."""
    if not isinstance(column, InstrumentedAttribute):
        return False
    table = inspect(column.class_).local_table
    return str(table.name).startswith(f"{plugin}_") and {"id", "ticket_id"} <= set(table.columns.keys())


def is_open(request_type: RequestType, field: str) -> bool:
    """Tell whether agents may look for answers to a field: one of a list, and shown to all of them in clear."""
    return any(each.key == field and each.type == "select" and not each.sensitive for each in request_type.fields)


def _listed(value: Any) -> tuple[Any, ...]:
    return value if type(value) is tuple else ()


def _sound(choices: Any) -> bool:
    return bool(_listed(choices)) and all(map(_sound_choice, choices))


def _sound_choice(choice: Any) -> bool:
    if type(choice) is not Option:
        return False
    value: Any = choice.value
    label: Any = choice.label
    return type(label) is Text and type(value) is str and _VALUE.fullmatch(value) is not None
