"""What every field type can do, and what it may ask about the person and the organisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import UTC, date, tzinfo
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, cast

from flask_babel import gettext as _
from marshmallow import ValidationError
from marshmallow import fields as ma
from marshmallow.experimental.context import Context

from deskcore import clock
from deskcore.desks.fields.cleaning import is_blank

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from deskcore.hooks.contributions import Field

#: The field types of plugins where there are none: one object, since compiled schemas are found by identity.
NO_TYPES: Mapping[str, FieldType] = MappingProxyType({})
#: What stands where a sensitive answer was given; the answer itself is not on the page.
MASK = "••••••"
#: Control names and values as a browser would post them.
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Found:
    """A person, department, location or uploaded file that an answer can refer to.

    :param value: what is stored: e-mail address, key, or upload token.
    :param label: what people read.
    """

    value: str
    label: str
    detail: str = ""


class Lookup(Protocol):
    """Knows the people and things of the organisation that answers refer to.

    ``kind`` is ``user``, ``department``, ``location``, ``file``, or the type of a plugin's field.
    """

    def find(self, kind: str, text: str) -> Sequence[Found]:
        """Return what ``text`` (a value, or words of the label) may mean; exactly one when it is certain."""

    def label(self, kind: str, value: str) -> str | None:
        """Return what people read for a stored ``value``; ``None`` when it is gone."""

    def choices(self, kind: str) -> Sequence[Found]:
        """Return all there is to choose from, or nothing when that is too much for a list."""


class EmptyLookup:
    """A lookup that knows nobody and nothing."""

    def find(self, kind: str, text: str) -> Sequence[Found]:
        """Return nothing."""
        return ()

    def label(self, kind: str, value: str) -> str | None:
        """Return ``None``."""
        return None

    def choices(self, kind: str) -> Sequence[Found]:
        """Return nothing."""
        return ()


def _added_types() -> Mapping[str, FieldType]:
    from deskcore.desks.fields.added import added_types  # it is made of what is in here

    return added_types()


@dataclass(frozen=True)
class FieldContext:
    """Who answers, and how that person writes dates and names.

    :param language: ``en`` or ``pl``, for labels and displayed values.
    :param time_zone: zone in which dates and times without an offset are meant.
    :param person: e-mail address that ``me`` stands for.
    :param currency: currency of an amount that names none.
    :param plugin_types: field types of plugins, by name; left out, those of the active ones.
    """

    language: str = "en"
    time_zone: tzinfo = UTC
    lookup: Lookup = attribute(default_factory=EmptyLookup)
    person: str = ""
    currency: str = "PLN"
    plugin_types: Mapping[str, FieldType] = attribute(default_factory=_added_types)

    def today(self) -> date:
        """Return the present day in the person's time zone."""
        return clock.now().astimezone(self.time_zone).date()


class FieldType:
    """A kind of answer: how it is read, checked, stored as JSON, shown again and displayed.

    Subclass it, set :attr:`control`, and override :meth:`clean`; the rest has sensible defaults for an
    answer that is one line of text.
    """

    #: Kind of control in the form macro.
    control = "text"

    def marshmallow_field(self, field: Field) -> ma.Field[Any]:
        """Return the marshmallow field that checks an answer to ``field``."""
        return Answer(self, field)

    def control_for(self, field: Field) -> str:
        """Return the kind of control with which the form asks for ``field``."""
        return self.control

    def is_empty(self, value: Any) -> bool:
        """Tell whether ``value`` is no answer at all, whatever its type."""
        return value is None or (isinstance(value, str) and is_blank(value))

    def clean(self, value: Any, field: Field, context: FieldContext) -> Any:
        """Return ``value`` as plain JSON, in the one form in which it is stored.

        :param value: any JSON value that is not empty.
        :raises ValidationError: with one sentence that says how to correct it.
        """
        raise NotImplementedError

    def from_text(self, text: str, field: Field, context: FieldContext) -> Any:
        """Return the raw value that ``text``, from a form control or a cell of a file, stands for."""
        return text

    def from_form(self, form: MultiDict[str, str], name: str, field: Field, context: FieldContext) -> Any:
        """Return the raw value posted under ``name``; ``None`` when nothing was."""
        posted = form.getlist(name)
        if len(set(posted)) > 1:
            return list(posted)  # one control sends one value: a forged form is refused by the schema
        return self.from_text(posted[0], field, context) if posted else None

    def to_form(self, name: str, value: Any, field: Field, context: FieldContext) -> Pairs:
        """Return what the controls called ``name`` hold to show ``value``, stored or as it was sent."""
        if value is None or isinstance(value, (dict, list)):
            return []
        return [(name, str(value))]

    def display(self, field: Field, value: Any, context: FieldContext) -> str:
        """Return ``value`` for a reader, in ``context.language``; lines are separated by newlines."""
        return "" if value is None else str(value)

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return the JSON Schema of a stored answer."""
        return {"type": "string"}


class Answer(ma.Field[Any]):
    """A marshmallow field that leaves the decision to a :class:`FieldType`."""

    def __init__(self, field_type: FieldType, field: Field) -> None:
        certain = field.required and field.show_if is None and field.default is None
        super().__init__(required=certain, allow_none=True, metadata={"description": field.label.en})
        self.field_type = field_type
        self.field = field

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if self.field_type.is_empty(value):
            return None
        context = cast("FieldContext | None", Context.get(None))
        return self.field_type.clean(value, self.field, context or FieldContext())


def refuse(sentence: str) -> ValidationError:
    """Return the error that puts ``sentence`` beside the field."""
    return ValidationError(sentence)


def as_text(value: Any) -> str:
    """Return ``value`` if it is text.

    :raises ValidationError: for any other JSON type.
    """
    if not isinstance(value, str):
        raise refuse(_("Send this as text."))
    return value


def resolve(field: Field, core: Mapping[str, FieldType], plugin_types: Mapping[str, FieldType]) -> FieldType:
    """Return the type of ``field``: of the core, of a plugin, or the fallback while that plugin is off."""
    for name in (field.type, field.fallback):
        found = core.get(name) or plugin_types.get(name)
        if found is not None:
            return found
    return core["text"]
