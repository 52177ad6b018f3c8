"""An administrator's edits on top of a plugin's declaration: a value for each changed key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from deskcore.desks.form_plain import plain, read_field, read_option
from deskcore.desks.schemas import default_error
from deskcore.hooks.contributions import PRIORITIES, Field, Option, RequestType, ShowIf, Text

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
        ``fields.service.options.mail.label.pl``, ``fields.service`` with a whole field that was added or ``None``
        for one that was removed, or ``fields`` with the order of the fields' keys.
    """
    return _applied(declaration, overrides)[0]


def unusable_overrides(declaration: RequestType, overrides: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys of the edits that :func:`apply_overrides` passes over, sorted."""
    return tuple(sorted(_applied(declaration, overrides)[1] - _BESIDE))


def _applied(declaration: RequestType, overrides: Mapping[str, Any]) -> tuple[RequestType, set[str]]:
    """Return ``declaration`` with the edits, and the keys of those that do not fit."""
    result, unusable = declaration, set()
    for key in sorted(overrides, key=_turn):
        if _is_usable(result, key, overrides[key]):
            result = _write(result, _path(key), overrides[key])
        else:
            unusable.add(key)
    return result, unusable


def _turn(key: str) -> tuple[bool, bool, bool, str]:
    """Return when an edit has its turn, so that the outcome never depends on how rows were read.

    Whole fields come first, a default after the answers and limits it must fit, the order last.
    """
    return key == "fields", not _WHOLE_FIELD.fullmatch(key), key.endswith(".default"), key


def overrides_report(
    old_declaration: RequestType, new_declaration: RequestType, overrides: Mapping[str, Any]
) -> list[OverrideLine]:
    """Return the edits to look at after an upgrade: the plugin changed or dropped what they edit."""
    before = {key: declared_value(old_declaration, key) for key in overrides}
    return lines_to_look_at(before, new_declaration, overrides)


def lines_to_look_at(
    before: Mapping[str, Any], new_declaration: RequestType, overrides: Mapping[str, Any]
) -> list[OverrideLine]:
    """Return the same, from what was declared of each key when the edit was made or last confirmed."""
    lines, gone = [], unusable_overrides(new_declaration, overrides)
    for key in sorted(overrides.keys() - _BESIDE):
        was, new = before.get(key), declared_value(new_declaration, key)
        if key in gone:
            lines.append(OverrideLine(key, overrides[key], was, None, "gone"))
        elif was != new and new != overrides[key]:
            lines.append(OverrideLine(key, overrides[key], was, new, "changed"))
    return lines


_ONE_LANGUAGE = r"\.(?:en|pl)"
_IN_FIELD = r"fields\.[a-z][a-z0-9_]*\."


def _is_words(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_whole_or_none(value: Any) -> bool:
    return value is None or (_is_whole(value) and value >= 0)


def _is_none(value: Any) -> bool:
    return value is None


def _is_options(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and _reads(lambda: [read_option(item) for item in value])


def _is_condition(value: Any) -> bool:
    return value is None or _reads(lambda: ShowIf(value["field"], tuple(value["values"])))


def _is_field(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and _reads(lambda: read_field(value)))


def _reads(read: Callable[[], Any]) -> bool:
    try:
        read()
    except (KeyError, TypeError, AttributeError):
        return False
    return True


_WHOLE_FIELD = re.compile(r"fields\.[a-z][a-z0-9_]*")
#: What may be edited, and which values fit. The type of a field belongs to whoever declares the field.
_EDITABLE: tuple[tuple[re.Pattern[str], Callable[[Any], bool]], ...] = tuple(
    (re.compile(pattern), fits)
    for pattern, fits in (
        (rf"(?:title|summary|subject|group){_ONE_LANGUAGE}", _is_words),
        (r"subject|group", _is_none),
        (r"description", lambda value: isinstance(value, str)),
        (r"icon|audience", _is_words),
        (r"team", lambda value: isinstance(value, str)),
        (r"door", lambda value: value in ("broken", "need", "process")),
        (r"default_priority", lambda value: value in PRIORITIES),
        (r"typical_minutes", _is_whole_or_none),
        (r"popularity|order", _is_whole),
        (r"keywords", lambda value: isinstance(value, list) and all(isinstance(word, str) for word in value)),
        (r"fields", lambda value: isinstance(value, list) and all(isinstance(key, str) for key in value)),
        (_WHOLE_FIELD.pattern, _is_field),
        (rf"{_IN_FIELD}(?:label|hint|missing){_ONE_LANGUAGE}", _is_words),
        (rf"{_IN_FIELD}(?:hint|missing)", _is_none),
        (rf"{_IN_FIELD}options", _is_options),
        (rf"{_IN_FIELD}show_if", _is_condition),
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
    if _WHOLE_FIELD.fullmatch(key) and value is not None:
        return bool(value["key"] == path[1])
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
    if step == "fields" and len(rest) == 1:
        return replace(node, fields=_with_field(node.fields, rest[0], value))
    if not rest:
        value = _READ.get(step, _same)(value)
    return replace(node, **{step: _write(getattr(node, step), rest, value)})


def _same(value: Any) -> Any:
    return value


#: From a stored value to what the attribute holds.
_READ: Mapping[str, Callable[[Any], Any]] = {
    "keywords": tuple,
    "options": lambda items: tuple(read_option(item) for item in items),
    "show_if": lambda item: None if item is None else ShowIf(item["field"], tuple(item["values"])),
}


def _with_field(fields: tuple[Field, ...], key: str, value: Any) -> tuple[Field, ...]:
    """Return ``fields`` with one put in its place, added at the end, or taken out."""
    if value is None:
        return tuple(field for field in fields if field.key != key)
    added = read_field(value)
    if key in {field.key for field in fields}:
        return tuple(added if field.key == key else field for field in fields)
    return (*fields, added)


def _ordered(fields: Sequence[Field], keys: Sequence[str]) -> tuple[Field, ...]:
    places = {key: place for place, key in enumerate(keys)}
    # Fields the administrator has not seen yet follow in the plugin's order; sorting is stable.
    return tuple(sorted(fields, key=lambda field: places.get(field.key, len(places))))


def declared_value(declaration: RequestType, key: str) -> Any:
    """Return what ``declaration`` says of an override's key, as JSON holds it; ``None`` when it says nothing."""
    if key == "fields":
        return [field.key for field in declaration.fields]
    try:
        value = _read(declaration, _path(key))
    except (_Gone, AttributeError):
        return None
    return plain(value)
