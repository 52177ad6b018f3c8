"""The field types of the core; a plugin adds its own through the context."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from deskcore.desks.fields.base import MASK, NO_TYPES, EmptyLookup, FieldContext, FieldType, Found, Lookup, resolve
from deskcore.desks.fields.choices import Choice, Choices
from deskcore.desks.fields.figures import Money, WholeNumber, YesOrNo
from deskcore.desks.fields.moments import Day, Moment, Period
from deskcore.desks.fields.references import Files, Person, Reference
from deskcore.desks.fields.rows import Lines
from deskcore.desks.fields.texts import EmailAddress, LineOfText, Paragraphs, PhoneNumber, WebAddress

if TYPE_CHECKING:
    from deskcore.hooks.contributions import Field

_CELLS: dict[str, FieldType] = {
    "text": LineOfText(),
    "longtext": Paragraphs(),
    "int": WholeNumber(),
    "money": Money(),
    "date": Day(),
    "daterange": Period(),
    "datetime": Moment(),
    "bool": YesOrNo(),
    "select": Choice(),
    "multiselect": Choices(),
    "user": Person(),
    "department": Reference("department"),
    "location": Reference("location"),
    "url": WebAddress(),
    "email": EmailAddress(),
    "phone": PhoneNumber(),
    "file": Files(),
}

#: Every field type of the core, by the name that request types use.
FIELD_TYPES: Mapping[str, FieldType] = MappingProxyType({**_CELLS, "lines": Lines(MappingProxyType(_CELLS))})


def type_of(field: Field, plugin_types: Mapping[str, FieldType] = NO_TYPES) -> FieldType:
    """Return the type of ``field``, or of its fallback while the plugin that owns the type is off."""
    return resolve(field, FIELD_TYPES, plugin_types)


__all__ = ["FIELD_TYPES", "MASK", "EmptyLookup", "FieldContext", "FieldType", "Found", "Lookup", "type_of"]
