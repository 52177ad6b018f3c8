"""Fields as plain data, and back: what JSON in the database holds of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from dataclasses import fields as attributes
from typing import Any

from deskcore.hooks.contributions import Field, Option, ShowIf, Text


def plain(value: Any) -> Any:
    """Return a field, or anything inside one, as JSON holds it; what equals its default is left out."""
    if isinstance(value, (Field, Option, ShowIf, Text)):
        return {
            each.name: plain(getattr(value, each.name))
            for each in attributes(value)
            if each.default is MISSING or getattr(value, each.name) != each.default
        }
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def read_field(data: Mapping[str, Any]) -> Field:
    """Return the field that :func:`plain` wrote; attributes of a later version are left out."""
    known = {each.name for each in attributes(Field)}
    readers: dict[str, Callable[[Any], Any]] = {
        "label": _text,
        "hint": _text,
        "missing": _text,
        "options": lambda items: tuple(read_option(item) for item in items),
        "columns": lambda items: tuple(read_field(item) for item in items),
        "show_if": lambda item: ShowIf(item["field"], tuple(item["values"])),
    }
    return Field(**{name: readers.get(name, _same)(value) for name, value in data.items() if name in known})


def read_option(data: Mapping[str, Any]) -> Option:
    """Return the option that :func:`plain` wrote."""
    return Option(data["value"], _text(data["label"]), _text(data["hint"]) if data.get("hint") else None)


def _text(data: Mapping[str, str]) -> Text:
    return Text(data["en"], data["pl"])


def _same(value: Any) -> Any:
    return value
