"""Request types as plain data of the shape of their files, and as the text of such a file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from deskcore.desks.fields import FIELD_TYPES
from deskcore.hooks.contributions import Field, FollowUp, Option, RequestType, ShowIf, Text

#: A key that needs no quotes.
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def document_of(request_type: RequestType) -> dict[str, Any]:
    """Return what a file would declare; :func:`deskcore.desks.declarations.read_document` reads it back.

    What equals its default is left out.
    """
    defaults = RequestType("", "", Text("", ""), Text("", ""))
    found: dict[str, Any] = {"key": request_type.key}
    for name in ("door", "icon"):
        found[name] = getattr(request_type, name)
    for name in ("group", "title", "summary", "subject"):
        text = getattr(request_type, name)
        found |= {name: _text(text)} if text is not None else {}
    for name in ("description", "default_priority", "team", "popularity", "audience", "order"):
        value = getattr(request_type, name)
        found |= {name: value} if value != getattr(defaults, name) else {}
    if request_type.typical_minutes is not None:
        found["typical"] = f"{request_type.typical_minutes} min"
    if request_type.keywords:
        found["keywords"] = list(request_type.keywords)
    if request_type.sections:
        found["sections"] = json.loads(json.dumps(dict(request_type.sections), default=_plain))
    if request_type.follow_ups:
        found["follow_ups"] = [_follow_up(each) for each in request_type.follow_ups]
    found["fields"] = [field_document(field) for field in request_type.fields]
    return found


def _plain(value: Any) -> Any:
    """Return what JSON has no form for: a table that cannot be changed, or a date of TOML as its text."""
    return dict(value) if isinstance(value, Mapping) else str(value)


def field_document(field: Field) -> dict[str, Any]:
    """Return what a file would declare of one field."""
    found: dict[str, Any] = {"key": field.key, "type": field.type}
    if field.fallback != "text" or field.type not in FIELD_TYPES:
        found["fallback"] = field.fallback
    for name in ("required", "sensitive"):
        found |= {name: True} if getattr(field, name) else {}
    for name in ("label", "hint", "missing"):
        text = getattr(field, name)
        found |= {name: _text(text)} if text is not None else {}
    for name in ("default", "max_length", "minimum", "maximum"):
        value = getattr(field, name)
        found |= {name: value} if value is not None else {}
    if field.options:
        found["options"] = [_option(option) for option in field.options]
    if field.show_if is not None:
        found["show_if"] = _condition(field.show_if)
    if field.columns:
        found["columns"] = [field_document(column) for column in field.columns]
    return found


def as_toml(document: Mapping[str, Any]) -> str:
    """Return the text of a file that declares ``document``."""
    lines = [f"{_key(key)} = {_value(value)}" for key, value in document.items() if key not in _TABLES]
    for name, section in document.get("sections", {}).items():
        lines += ["", f"[sections.{_key(name)}]"]
        lines += [f"{_key(key)} = {_value(value)}" for key, value in section.items() if value is not None]
    for follow_up in document.get("follow_ups", ()):
        lines += ["", "[[follow_ups]]", *(f"{_key(key)} = {_value(value)}" for key, value in follow_up.items())]
    for field in document.get("fields", ()):
        lines += ["", "[[fields]]"]
        lines += [f"{_key(key)} = {_listed(value) if key in _LISTS else _value(value)}" for key, value in field.items()]
    return "\n".join(lines) + "\n"


#: What is written as tables of its own, after everything else.
_TABLES = ("fields", "sections", "follow_ups")
#: Lists of tables that are written with one table on each line.
_LISTS = ("options", "columns")


def _listed(items: list[Any]) -> str:
    return "[\n" + "".join(f"    {_value(item)},\n" for item in items) + "]"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items() if item is not None)
        return "{" + inner + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return _quoted(str(value))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    # JSON escapes what TOML wants escaped, except this one character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _text(text: Text) -> dict[str, str]:
    return {"en": text.en, "pl": text.pl}


def _option(option: Option) -> dict[str, Any]:
    found: dict[str, Any] = {"value": option.value, "label": _text(option.label)}
    return found | ({"hint": _text(option.hint)} if option.hint is not None else {})


def _condition(condition: ShowIf) -> dict[str, Any]:
    return {"field": condition.field, "values": list(condition.values)}


def _follow_up(follow_up: FollowUp) -> dict[str, Any]:
    found: dict[str, Any] = {"desk": follow_up.desk, "request_type": follow_up.request_type}
    found |= {"show_if": _condition(follow_up.show_if)} if follow_up.show_if is not None else {}
    answers = json.loads(json.dumps(dict(follow_up.answers), default=_plain))
    return found | ({"answers": answers} if answers else {})
