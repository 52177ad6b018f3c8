"""Answers from a closed list, enforced here and not only in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from deskcore.desks.fields.base import FieldContext, FieldType, Pairs, refuse
from deskcore.desks.fields.cleaning import is_blank

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from deskcore.hooks.contributions import Field

#: Up to so many required choices are shown as cards side by side instead of a list to open.
CARDS = 5


class Choice(FieldType):
    """One of the declared options."""

    control = "select"

    def control_for(self, field: Field) -> str:
        """Return ``radio`` for a few options of which one must be taken: a radio cannot be taken back."""
        return "radio" if field.required and len(field.options) <= CARDS else "select"

    def clean(self, value: Any, field: Field, context: FieldContext) -> str:
        """Return the option's value."""
        if isinstance(value, str):
            wanted = value.strip()
            for option in field.options:
                if option.value == wanted:
                    return option.value
        raise refuse(_("Choose one of the options listed."))

    def display(self, field: Field, value: Any, context: FieldContext) -> str:
        """Return the option's label; the value itself once the option is gone."""
        for option in field.options:
            if option.value == value:
                return option.label.in_language(context.language)
        return super().display(field, value, context)

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return the options with their labels."""
        return {"type": "string", "oneOf": _options(field, language)}


class Choices(FieldType):
    """Any number of the declared options, stored in their declared order."""

    control = "checkboxes"

    def is_empty(self, value: Any) -> bool:
        """Count an empty list as no answer."""
        return value == [] or super().is_empty(value)

    def from_text(self, text: str, field: Field, context: FieldContext) -> Any:
        """Read values that are separated by commas or semicolons."""
        return [part.strip() for part in text.replace(";", ",").split(",") if not is_blank(part)]

    def from_form(self, form: MultiDict[str, str], name: str, field: Field, context: FieldContext) -> Any:
        """Read all values posted under ``name``."""
        return [value for value in form.getlist(name) if not is_blank(value)] if name in form else None

    def clean(self, value: Any, field: Field, context: FieldContext) -> list[str]:
        """Return the chosen values, each once."""
        declared = [option.value for option in field.options]
        if not isinstance(value, list) or not all(isinstance(item, str) and item in declared for item in value):
            raise refuse(_("Choose only from the options listed."))
        return [item for item in declared if item in value]

    def to_form(self, name: str, value: Any, field: Field, context: FieldContext) -> Pairs:
        """Return one pair for each chosen value."""
        return [(name, item) for item in value if isinstance(item, str)] if isinstance(value, list) else []

    def display(self, field: Field, value: Any, context: FieldContext) -> str:
        """Return the labels, separated by commas."""
        if not isinstance(value, list):
            return super().display(field, value, context)
        labels = {option.value: option.label.in_language(context.language) for option in field.options}
        return ", ".join(labels.get(str(item), str(item)) for item in value)

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return an array of distinct options."""
        return {"type": "array", "uniqueItems": True, "items": {"type": "string", "oneOf": _options(field, language)}}


def _options(field: Field, language: str) -> list[dict[str, str]]:
    return [{"const": option.value, "title": option.label.in_language(language)} for option in field.options]
