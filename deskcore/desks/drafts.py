"""Drafts of forms: answers given under one version of a form, carried over to the one there is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from deskcore.desks.fields import FieldContext, type_of
from deskcore.hooks.contributions import Text

if TYPE_CHECKING:
    from deskcore.hooks.contributions import Field


@dataclass(frozen=True)
class ReadableAnswer:
    """An answer outside of its form, to be read and copied.

    :param text: empty for a sensitive one, which is shown nowhere but in its own field.
    """

    label: Text
    text: str

    def as_json(self) -> dict[str, str]:
        """Return the form in which it is stored."""
        return {"en": self.label.en, "pl": self.label.pl, "text": self.text}

    @classmethod
    def from_json(cls, data: Mapping[str, str]) -> ReadableAnswer:
        """Return what :meth:`as_json` wrote."""
        return cls(Text(data["en"], data["pl"]), data["text"])


def touched(fields: Sequence[Field], raw: Mapping[str, Any], context: FieldContext) -> dict[str, Any]:
    """Return the answers that somebody gave: without those that the form opens with, and those left empty.

    :param raw: from :func:`deskcore.desks.forms.read_form`.
    """
    given: dict[str, Any] = {}
    for field in fields:
        field_type, value = type_of(field, context.plugin_types), raw.get(field.key)
        pairs = field_type.to_form(field.key, field.default, field, context) if field.default is not None else []
        untouched = field_type.from_form(MultiDict(pairs), field.key, field, context)
        if field.key in raw and value != untouched and not (field.default is None and field_type.is_empty(value)):
            given[field.key] = value
    return given


def readable_answers(
    fields: Sequence[Field], raw: Mapping[str, Any], context: FieldContext
) -> tuple[ReadableAnswer, ...]:
    """Return answers as their form would show them, without those that say nothing.

    :param raw: from :func:`deskcore.desks.forms.read_form`: unchecked.
    """
    given = [field for field in fields if not type_of(field, context.plugin_types).is_empty(raw.get(field.key))]
    return tuple(_readable(field, raw[field.key], context) for field in given)


def _readable(field: Field, value: Any, context: FieldContext) -> ReadableAnswer:
    if field.sensitive or any(column.sensitive for column in field.columns):
        return ReadableAnswer(field.label, "")
    field_type = type_of(field, context.plugin_types)
    try:
        shown = field_type.display(field, field_type.clean(value, field, context), context)
    except ValidationError:
        shown = " ".join(filter(None, value.values())) if isinstance(value, dict) else ""
    return ReadableAnswer(field.label, shown or field_type.display(field, value, context))


def carried_over(
    old: Sequence[Field], new: Sequence[Field], raw: Mapping[str, Any], context: FieldContext
) -> tuple[dict[str, Any], tuple[ReadableAnswer, ...]]:
    """Return the answers that have a place on the new form, and those that no longer have one.

    A place is a field of the same key and type that still offers what was chosen.
    """
    by_key = {field.key: field for field in new}
    carried = {
        field.key: raw[field.key]
        for field in old
        if field.key in raw and field.key in by_key and _fits(field, by_key[field.key], raw[field.key])
    }
    return carried, readable_answers([field for field in old if field.key not in carried], raw, context)


def _fits(old: Field, new: Field, value: Any) -> bool:
    if old.type != new.type:
        return False
    if new.options:
        offered = {option.value for option in new.options}
        return set(value if isinstance(value, list) else [value]) <= {*offered, "", None}
    if new.columns:
        columns = {column.key: column for column in new.columns}
        cells = [(column, row[column.key]) for row in value or () for column in old.columns if column.key in row]
        return all(column.key in columns and _fits(column, columns[column.key], cell) for column, cell in cells)
    return True
