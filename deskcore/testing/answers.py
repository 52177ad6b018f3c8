"""Answers that a form accepts, for tests that are about something else."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from deskcore.clock import now
from deskcore.desks.fields import FIELD_TYPES, FieldContext, type_of
from deskcore.desks.fields.added import AddedLine
from deskcore.desks.schemas import visible_fields, with_defaults
from deskcore.hooks.contributions import Field
from deskcore.tickets.attachments import store_upload

#: The name of a file that is uploaded where one is asked for.
UPLOADED = "notes.txt"

Answer = Callable[[Field, FieldContext], Any]


def filled_in(fields: Sequence[Field], answers: Mapping[str, Any], context: FieldContext) -> dict[str, Any]:
    """Return ``answers`` with a valid one for each required field that has none.

    :param context: its person is who answers; files are uploaded as the session's viewer.
    """
    given = dict(answers)
    for _ in fields:  # an answer can bring up a further question
        values = with_defaults(fields, given)
        missing = [
            field
            for field in visible_fields(fields, given, context)
            if field.required and field.key not in answers and type_of(field).is_empty(values.get(field.key))
        ]
        if not missing:
            break
        given |= {field.key: valid_answer(field, context) for field in missing}
    return given


def valid_answer(field: Field, context: FieldContext) -> Any:
    """Return an answer that ``field`` accepts."""
    added = context.plugin_types.get(field.type)
    if isinstance(added, AddedLine) and field.type not in FIELD_TYPES:
        return added.example
    name = next((name for name in (field.type, field.fallback) if name in FIELD_TYPES), "text")
    return _ANSWERS[name](field, context)


def _text(text: str) -> Answer:
    return lambda field, context: text[: field.max_length or len(text)]


def _number(field: Field, context: FieldContext) -> int:
    lowest = 1 if field.minimum is None else field.minimum
    return lowest if field.maximum is None else min(lowest, field.maximum)


def _day(ahead: int) -> str:
    return (now() + timedelta(days=ahead)).date().isoformat()


def _place(field: Field, context: FieldContext) -> str | None:
    kind = field.type if field.type in FIELD_TYPES else field.fallback
    return next((found.value for found in context.lookup.choices(kind)), None)


def _rows(field: Field, context: FieldContext) -> list[dict[str, Any]]:
    asked = [column for column in field.columns if column.required] or list(field.columns)
    return [{column.key: valid_answer(column, context) for column in asked}]


_ANSWERS: Mapping[str, Answer] = {
    "text": _text("Something"),
    "longtext": _text("Something happened."),
    "int": _number,
    "money": lambda field, context: {"amount": str(_number(field, context)), "currency": "PLN"},
    "date": lambda field, context: _day(0),
    "daterange": lambda field, context: {"from": _day(0), "until": _day(1)},
    "datetime": lambda field, context: now().strftime("%Y-%m-%dT%H:%M:%SZ"),
    "bool": lambda field, context: True,
    "select": lambda field, context: field.options[0].value,
    "multiselect": lambda field, context: [field.options[0].value],
    "user": lambda field, context: context.person,
    "department": _place,
    "location": _place,
    "url": lambda field, context: "https://www.example.com/page",
    "email": lambda field, context: "somebody@organisation.example",
    "phone": lambda field, context: "+48 22 555 01 23",
    "file": lambda field, context: [store_upload(io.BytesIO(b"Something"), UPLOADED, sensitive=field.sensitive)],
    "lines": _rows,
}
