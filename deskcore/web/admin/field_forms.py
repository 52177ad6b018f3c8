"""The form in which an administrator edits one field: from what is stored to text, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from deskcore.desks.fields import FIELD_TYPES, FieldContext, type_of
from deskcore.errors import Problem
from deskcore.hooks.contributions import Field, Option, RequestType, ShowIf, Text
from deskcore.web.admin.request_type_forms import Parsed, line, sent_values, text_of, whole

#: Empty rows for answers and columns that a form opens with, behind the filled ones.
SPARE_ROWS = 3
MOST_ROWS = 200
#: Types whose default can be written as one text.
_PLAIN_DEFAULTS = frozenset(
    ("text", "longtext", "int", "bool", "select", "multiselect", "date", "email", "phone", "url")
)
_TEXTS = {"label": True, "hint": False, "missing": False}
_NUMBERS = ("max_length", "minimum", "maximum")


@dataclass(frozen=True)
class ConditionGroup:
    """A field above whose answers can show this one.

    :param answers: value of the control, words, and whether it is ticked.
    """

    label: Text
    answers: tuple[tuple[str, Text, bool], ...]


def field_values(field: Field) -> dict[str, str]:
    """Return what the controls of the form hold for a field, rows of answers and columns included."""
    found = {"key": field.key, "type": field.type, "default": _default_words(field)}
    for name in _TEXTS:
        text = getattr(field, name)
        found |= {f"{name}.en": text.en if text else "", f"{name}.pl": text.pl if text else ""}
    found |= {name: "yes" if getattr(field, name) else "" for name in ("required", "sensitive")}
    for name in _NUMBERS:
        value = getattr(field, name)
        found[name] = "" if value is None else str(value)
    for place, option in enumerate(field.options):
        row = f"options-{place}"
        hint = option.hint or Text("", "")
        found |= {f"{row}.value": option.value, f"{row}.en": option.label.en, f"{row}.pl": option.label.pl}
        found |= {f"{row}.hint_en": hint.en, f"{row}.hint_pl": hint.pl}
    for place, column in enumerate(field.columns):
        row = f"columns-{place}"
        found |= {f"{row}.key": column.key, f"{row}.type": column.type, f"{row}.en": column.label.en}
        found |= {f"{row}.pl": column.label.pl, f"{row}.required": "yes" if column.required else ""}
    return found


def read_field_form(form: MultiDict[str, str], before: Field | None, within: RequestType) -> Parsed:
    """Return the field that the form describes.

    :param before: the field as it is stored; what the form does not show is taken from it.
    :param within: the request type that it stands in.
    """
    problems: list[Problem] = []
    chosen = line(form, "type")
    kind = before.type if before else chosen if chosen in FIELD_TYPES else "text"
    field = replace(
        before or Field(line(form, "key"), kind, Text("", "")),
        label=Text(line(form, "label.en"), line(form, "label.pl")),
        hint=text_of(form, "hint", needed=False),
        missing=text_of(form, "missing", needed=False),
        required=form.get("required") == "yes",
        sensitive=form.get("sensitive") == "yes",
        show_if=_condition(form, within, problems),
        max_length=whole(form, "max_length", problems),
        minimum=whole(form, "minimum", problems),
        maximum=whole(form, "maximum", problems),
    )
    if kind in ("select", "multiselect"):
        field = replace(field, options=tuple(_options(form)))
    if kind == "lines":
        field = replace(field, columns=tuple(_columns(form, before)))
    if kind in _PLAIN_DEFAULTS:
        field = replace(field, default=_default(line(form, "default"), field))
    return Parsed(field, sent_values(form), tuple(problems))


def has_plain_default(kind: str) -> bool:
    """Tell whether the form shows what a field of this type holds at first."""
    return kind in _PLAIN_DEFAULTS


def row_count(values: Mapping[str, str], name: str) -> int:
    """Return how many rows of answers or columns the form shows."""
    numbers = [int(found[1]) for key, value in values.items() if value and (found := _row(name).match(key))]
    return min(max(numbers, default=-1) + 1 + SPARE_ROWS, MOST_ROWS)


def conditions(edited: RequestType, key: str, chosen: Sequence[str]) -> list[ConditionGroup]:
    """Return the fields above ``key`` whose answers can decide whether it is shown."""
    found = []
    for field in edited.fields:
        if field.key == key:
            break
        if answers := tuple((f"{field.key}:{value}", words) for value, words in _answers(field)):
            found.append(ConditionGroup(field.label, tuple((v, words, v in chosen) for v, words in answers)))
    return found


def chosen_conditions(field: Field | None) -> list[str]:
    """Return the ticked boxes of a field's condition."""
    if field is None or field.show_if is None:
        return []
    names = {True: "yes", False: "no"}
    return [f"{field.show_if.field}:{names.get(value, value) if isinstance(value, bool) else value}"
            for value in field.show_if.values]  # fmt: skip


def _answers(field: Field) -> Iterable[tuple[str, Text]]:
    if field.type == "bool":
        return (("yes", Text("Yes", "Tak")), ("no", Text("No", "Nie")))
    if field.type in ("select", "multiselect"):
        return ((option.value, option.label) for option in field.options)
    return ()


def _condition(form: MultiDict[str, str], within: RequestType, problems: list[Problem]) -> ShowIf | None:
    """Return the condition that is ticked: answers of one field."""
    pairs = [value.partition(":") for value in form.getlist("show_if")[:MOST_ROWS]]
    names = {name for name, _colon, _value in pairs}
    if len(names) > 1:
        problems.append(Problem(_("Tick answers of one field only."), "show_if"))
    if not pairs:
        return None
    name = pairs[0][0]
    controller = next((field for field in within.fields if field.key == name), None)
    values: list[Any] = [value for other, _colon, value in pairs if other == name]
    if controller is not None and controller.type == "bool":
        values = [value == "yes" for value in values]
    return ShowIf(name, tuple(values))


def _row(name: str) -> re.Pattern[str]:
    return re.compile(rf"{name}-([0-9]{{1,3}})\.")


def _rows(form: MultiDict[str, str], name: str) -> list[str]:
    numbers = sorted({int(found[1]) for key in form if (found := _row(name).match(key))})
    return [f"{name}-{number}" for number in numbers[:MOST_ROWS]]


def _options(form: MultiDict[str, str]) -> Iterable[Option]:
    for row in _rows(form, "options"):
        label, value = Text(line(form, f"{row}.en"), line(form, f"{row}.pl")), line(form, f"{row}.value")
        hint = Text(line(form, f"{row}.hint_en"), line(form, f"{row}.hint_pl"))
        if value or label.en or label.pl:
            yield Option(value, label, hint if hint.en or hint.pl else None)


def _columns(form: MultiDict[str, str], before: Field | None) -> Iterable[Field]:
    held = {column.key: column for column in before.columns} if before else {}
    for row in _rows(form, "columns"):
        key, label = line(form, f"{row}.key"), Text(line(form, f"{row}.en"), line(form, f"{row}.pl"))
        if not (key or label.en or label.pl):
            continue
        kind, required = line(form, f"{row}.type"), form.get(f"{row}.required") == "yes"
        old = held.get(key)
        if old is not None and old.type == kind:
            yield replace(old, label=label, required=required)
        else:
            yield Field(key, kind if kind in FIELD_TYPES else "text", label, required=required)


def _default(typed: str, field: Field) -> Any:
    if not typed:
        return None
    return type_of(field).from_text(typed, field, FieldContext())


def _default_words(field: Field) -> str:
    value = field.default
    if value is None or field.type not in _PLAIN_DEFAULTS:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
