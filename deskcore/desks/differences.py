"""From an edited request type back to the values that were edited, key by key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from deskcore.desks.form_plain import plain
from deskcore.desks.overrides import apply_overrides
from deskcore.hooks.contributions import Field, Option, RequestType, Text

#: Characters that the key of an edit may have.
LONGEST_KEY = 120
_TEXTS = ("title", "summary", "subject", "group")
_VALUES = (
    "icon", "door", "audience", "team", "default_priority", "typical_minutes", "popularity", "order", "keywords",
    "description",
)  # fmt: skip
_FIELD_TEXTS = ("label", "hint", "missing")
_FIELD_VALUES = ("required", "max_length", "minimum", "maximum", "default", "show_if")
#: Without these a field is another one: only as a whole can it be replaced.
_FIELD_IS = ("type", "fallback", "columns")


def edits_between(declaration: RequestType, edited: RequestType) -> dict[str, Any]:
    """Return the edits that :func:`deskcore.desks.overrides.apply_overrides` needs to make ``edited``.

    Key, desk, sections and follow-ups are not edited: they are those of ``declaration``.
    """
    found: dict[str, Any] = {}
    for name in _TEXTS:
        found |= _text(name, getattr(declaration, name), getattr(edited, name))
    for name in _VALUES:
        if getattr(declaration, name) != getattr(edited, name):
            found[name] = plain(getattr(edited, name))
    found |= _fields(declaration, edited)
    reached = apply_overrides(declaration, found)
    if [field.key for field in reached.fields] != [field.key for field in edited.fields]:
        found["fields"] = [field.key for field in edited.fields]
    return found


def with_edits(declaration: RequestType, edited: RequestType) -> RequestType:
    """Return ``edited`` as the one whose declaration it is: what nobody edits is taken from there."""
    of_the_plugin = {name: getattr(declaration, name) for name in ("key", "desk", "sections", "follow_ups")}
    return replace(edited, **of_the_plugin)


def _text(place: str, before: Text | None, after: Text | None) -> dict[str, Any]:
    if after is None:
        return {} if before is None else {place: None}
    return {
        f"{place}.{language}": after.in_language(language)
        for language in ("en", "pl")
        if before is None or before.in_language(language) != after.in_language(language)
    }


def _fields(declaration: RequestType, edited: RequestType) -> dict[str, Any]:
    declared = {field.key: field for field in declaration.fields}
    kept = {field.key for field in edited.fields}
    found: dict[str, Any] = {f"fields.{key}": None for key in declared if key not in kept}
    for field in edited.fields:
        place, before = f"fields.{field.key}", declared.get(field.key)
        if before == field:
            continue
        pieces = None if before is None else dict(_pieces(place, before, field))
        if before is None or pieces is None or _is_another(before, field) or _too_long(pieces):
            found[place] = plain(field)
        else:
            found |= pieces
    return found


def _is_another(before: Field, after: Field) -> bool:
    if before.sensitive and not after.sensitive:
        return True
    return any(getattr(before, name) != getattr(after, name) for name in _FIELD_IS)


def _too_long(pieces: dict[str, Any]) -> bool:
    return any(len(key) > LONGEST_KEY for key in pieces)


def _pieces(place: str, before: Field, after: Field) -> Iterator[tuple[str, Any]]:
    for name in _FIELD_TEXTS:
        yield from _text(f"{place}.{name}", getattr(before, name), getattr(after, name)).items()
    for name in _FIELD_VALUES:
        if getattr(before, name) != getattr(after, name):
            yield f"{place}.{name}", plain(getattr(after, name))
    if after.sensitive and not before.sensitive:
        yield f"{place}.sensitive", True
    yield from _options(f"{place}.options", before.options, after.options)


def _options(place: str, before: tuple[Option, ...], after: tuple[Option, ...]) -> Iterator[tuple[str, Any]]:
    if before == after:
        return
    pieces: dict[str, Any] = {}
    for was, becomes in zip(before, after, strict=False):
        pieces |= _text(f"{place}.{was.value}.label", was.label, becomes.label)
        pieces |= _text(f"{place}.{was.value}.hint", was.hint, becomes.hint)
    same = [option.value for option in before] == [option.value for option in after]
    # A removed hint, a value with a line break or of enormous length: then the list as a whole.
    if same and None not in pieces.values() and not _too_long(pieces) and "\n" not in "".join(pieces):
        yield from pieces.items()
    else:
        yield place, plain(after)
