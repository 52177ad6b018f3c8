"""Form versions: the fields of a form as canonical JSON that never changes, named by its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING
from dataclasses import fields as attributes
from typing import Any

from deskcore.desks.overrides import OverrideLine, apply_overrides, overrides_report, unusable_overrides
from deskcore.hooks.contributions import Field, Option, ShowIf, Text

__all__ = ["OverrideLine", "apply_overrides", "freeze", "overrides_report", "thaw", "unusable_overrides"]


def freeze(fields: Sequence[Field]) -> tuple[str, str]:
    """Return the digest and the canonical JSON of a form.

    What equals its default is left out, so a later version of Deskcore that knows more attributes gives
    the same digest for the same form.

    :returns: SHA-256 in hexadecimal, and JSON with sorted keys.
    """
    text = json.dumps([_plain(field) for field in fields], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest(), text


def thaw(form: str | Sequence[Mapping[str, Any]]) -> tuple[Field, ...]:
    """Return the fields that :func:`freeze` wrote; attributes of a later version are left out.

    :param form: the JSON, or what it was parsed to by a column of the database.
    :raises ValueError: when ``form`` is no form.
    """
    try:
        return tuple(_field(item) for item in (json.loads(form) if isinstance(form, str) else form))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"This is no form version: {error!r}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, (Field, Option, ShowIf, Text)):
        return {
            each.name: _plain(getattr(value, each.name))
            for each in attributes(value)
            if each.default is MISSING or getattr(value, each.name) != each.default
        }
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _field(data: Mapping[str, Any]) -> Field:
    known = {each.name for each in attributes(Field)}
    readers: dict[str, Callable[[Any], Any]] = {
        "label": _text,
        "hint": _text,
        "missing": _text,
        "options": lambda items: tuple(_option(item) for item in items),
        "columns": lambda items: tuple(_field(item) for item in items),
        "show_if": lambda item: ShowIf(item["field"], tuple(item["values"])),
    }
    return Field(**{name: readers.get(name, _same)(value) for name, value in data.items() if name in known})


def _option(data: Mapping[str, Any]) -> Option:
    return Option(data["value"], _text(data["label"]), _text(data["hint"]) if data.get("hint") else None)


def _text(data: Mapping[str, str]) -> Text:
    return Text(data["en"], data["pl"])


def _same(value: Any) -> Any:
    return value
