"""An administrator's edits on top of a plugin's declaration: a value for each changed key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from deskcore.desks.schemas import default_error
from deskcore.hooks.contributions import PRIORITIES, Field, Option, RequestType, Text

_Item = TypeVar("_Item", Field, Option)
_EMPTY = Text("", "")
#: Rows that stand beside the declaration's keys and edit nothing in it: whether a request type is offered at all.
_BESIDE = frozenset({"offered"})


@dataclass(frozen=True)
class OverrideLine:
    """An administrator's edit whose ground moved with an upgrade.

    :param yours: the edited value, which stays in force unless ``state`` is ``gone``.
    :param before: what the plugin declared when the edit was made or last confirmed.
    :param new: what the plugin declares now; ``None`` when it is gone.
    """

    key: str
    yours: Any
    before: Any
    new: Any
    state: Literal["changed", "gone"]


class _Gone(Exception):
    """What an override names is not in the declaration."""


def apply_overrides(declaration: RequestType, overrides: Mapping[str, Any]) -> RequestType:
    """Return ``declaration`` with an administrator's edits.

    An edit that fits no more (its field is gone, its value has become impossible) is passed over: it is
    listed by :func:`unusable_overrides`, and the form keeps working.

    :param overrides: value by key: ``title.en``, ``team``, ``fields.service.required``,
        ``fields.service.options.mail.label.pl``, or ``fields`` with the order of the fields' keys.
    """
    result = declaration
    # The order is last, and languages in a fixed order: the outcome never depends on how rows were read.
    for key in sorted(overrides, key=lambda key: (key == "fields", key)):
        if _is_usable(result, key, overrides[key]):
            result = _write(result, _path(key), overrides[key])
    return result


def unusable_overrides(declaration: RequestType, overrides: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys of the edits that :func:`apply_overrides` passes over, sorted."""
    return tuple(key for key in sorted(overrides.keys() - _BESIDE) if not _is_usable(declaration, key, overrides[key]))


def overrides_report(
    old_declaration: RequestType, new_declaration: RequestType, overrides: Mapping[str, Any]
) -> list[OverrideLine]:
    """Return the edits to look at after an upgrade: the plugin changed or dropped what they edit."""
    lines = []
    for key in sorted(overrides.keys() - _BESIDE):
        before, new = _declared(old_declaration, key), _declared(new_declaration, key)
        if not _is_usable(new_declaration, key, overrides[key]):
            lines.append(OverrideLine(key, overrides[key], before, None, "gone"))
        elif before != new and new != overrides[key]:
            lines.append(OverrideLine(key, overrides[key], before, new, "changed"))
    return lines


_ONE_LANGUAGE = r"\.(?:en|pl)"
_IN_FIELD = r"fields\.[a-z][a-z0-9_]*\."


def _is_words(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_whole_or_none(value: Any) -> bool:
    return value is None or (_is_whole(value) and value >= 0)


#: What may be edited, and which values fit. Types, conditions and the set of fields belong to the plugin.
_EDITABLE: tuple[tuple[re.Pattern[str], Callable[[Any], bool]], ...] = tuple(
    (re.compile(pattern), fits)
    for pattern, fits in (
        (rf"(?:title|summary|subject|group){_ONE_LANGUAGE}", _is_words),
        (r"icon|audience|team", _is_words),
        (r"door", lambda value: value in ("broken", "need", "process")),
        (r"default_priority", lambda value: value in PRIORITIES),
        (r"typical_minutes", _is_whole_or_none),
        (r"popularity|order", _is_whole),
        (r"keywords", lambda value: isinstance(value, list) and all(isinstance(word, str) for word in value)),
        (r"fields", lambda value: isinstance(value, list) and all(isinstance(key, str) for key in value)),
        (rf"{_IN_FIELD}(?:label|hint|missing){_ONE_LANGUAGE}", _is_words),
        (rf"{_IN_FIELD}options\..+\.(?:label|hint){_ONE_LANGUAGE}", _is_words),
        (rf"{_IN_FIELD}required", lambda value: isinstance(value, bool)),
        (rf"{_IN_FIELD}sensitive", lambda value: value is True),
        (rf"{_IN_FIELD}max_length", lambda value: value is None or (_is_whole(value) and 0 < value <= 50_000)),
        (rf"{_IN_FIELD}(?:minimum|maximum)", lambda value: value is None or _is_whole(value)),
        (rf"{_IN_FIELD}default", lambda value: True),
    )
)


def _is_usable(declaration: RequestType, key: str, value: Any) -> bool:
    if not any(pattern.fullmatch(key) and fits(value) for pattern, fits in _EDITABLE):
        return False
    path = _path(key)
    try:
        _read(declaration, path)
    except _Gone:
        return False
    return path[-1] != "default" or _is_possible_default(declaration, path[1], value)


def _is_possible_default(declaration: RequestType, field_key: str, value: Any) -> bool:
    field = _named(declaration.fields, field_key)
    return value is None or default_error(field, value) is None


def _path(key: str) -> list[str]:
    found = re.fullmatch(r"(fields)\.([a-z0-9_]+)\.(options)\.(.+)\.(label|hint)\.(en|pl)", key)
    return list(found.groups()) if found else key.split(".")


def _named(items: Sequence[_Item], name: str) -> _Item:
    for item in items:
        if name == getattr(item, "key", getattr(item, "value", None)):
            return item
    raise _Gone(name)


def _read(node: Any, path: Sequence[str]) -> Any:
    for step in path:
        holder = _EMPTY if node is None else node
        node = _named(holder, step) if isinstance(holder, tuple) else getattr(holder, step)
    return node


def _write(node: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(node, tuple):
        item = _named(node, step)
        return tuple(_write(each, rest, value) if each is item else each for each in node)
    if node is None:  # a text that was not there: the other language shows the same words until it is edited too
        return Text(value, value)
    if step == "fields" and not rest:
        return replace(node, fields=_ordered(node.fields, value))
    if step == "keywords":
        value = tuple(value)
    return replace(node, **{step: _write(getattr(node, step), rest, value)})


def _ordered(fields: Sequence[Field], keys: Sequence[str]) -> tuple[Field, ...]:
    places = {key: place for place, key in enumerate(keys)}
    # Fields the administrator has not seen yet follow in the plugin's order; sorting is stable.
    return tuple(sorted(fields, key=lambda field: places.get(field.key, len(places))))


def _declared(declaration: RequestType, key: str) -> Any:
    if key == "fields":
        return [field.key for field in declaration.fields]
    try:
        value = _read(declaration, _path(key))
    except (_Gone, AttributeError):
        return None
    return list(value) if isinstance(value, tuple) else value
