"""Answers that refer to somebody or something the organisation knows: a person, a place, an uploaded file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.desks.fields.base import FieldContext, FieldType, Pairs, as_text, refuse
from deskcore.desks.fields.cleaning import clean_line, is_blank

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from deskcore.hooks.contributions import Field

#: Files that one answer may hold, where the field sets no ``maximum``.
FILES = 20
_IN_BRACKETS = re.compile(r".*<([^<>]+)>")
_TRAILING_NOTE = re.compile(r"(.+?)\s*\((?:me|ja)\)")


class Reference(FieldType):
    """Something that the lookup of the context finds by value or by words.

    :param kind: what the lookup is asked for.
    """

    control = "select"

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def clean(self, value: Any, field: Field, context: FieldContext) -> str:
        """Return the value of the one thing that is meant."""
        text = self.meant(clean_line(as_text(value)), context)
        if len(text) > 254:
            raise refuse(self.not_found())
        found = context.lookup.find(self.kind, text)
        if len(found) > 1:
            raise refuse(_("This could mean several. Choose one of those listed."))
        if not found:
            raise refuse(self.not_found())
        return found[0].value

    def meant(self, text: str, context: FieldContext) -> str:
        """Return what to look for when ``text`` was written."""
        return text

    def not_found(self) -> str:
        """Return the sentence for something nobody knows."""
        return str(_("We don't know this one. Choose from the list."))

    def display(self, field: Field, value: Any, context: FieldContext) -> str:
        """Return its label; what was stored once it is gone."""
        label = context.lookup.label(self.kind, value) if isinstance(value, str) else None
        return label or super().display(field, value, context)


class Person(Reference):
    """A person of the organisation, stored by e-mail address; written as a name, an address, or ``me``."""

    control = "person"

    def __init__(self) -> None:
        super().__init__("user")

    def meant(self, text: str, context: FieldContext) -> str:
        """Return the address inside ``Name <address>``, and the person's own for ``me``."""
        if text.casefold() in ("me", "ja") and context.person:
            return context.person
        note = _TRAILING_NOTE.fullmatch(text)
        brackets = _IN_BRACKETS.fullmatch(text)
        return brackets[1].strip() if brackets else note[1] if note else text

    def not_found(self) -> str:
        """Return what to write instead."""
        return str(_("We found nobody by that name. Write the name or e-mail address of a person who works here."))

    def to_form(self, name: str, value: Any, field: Field, context: FieldContext) -> Pairs:
        """Return name and address, so that the person is recognised and nobody else is meant."""
        if not isinstance(value, str):
            return []
        address = self.meant(value, context)
        label = context.lookup.label(self.kind, address)
        return [(name, f"{label} <{address}>" if label else value)]

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return a string in the ``email`` format."""
        return {"type": "string", "format": "email"}


class Files(FieldType):
    """Uploaded files, stored as a list of their upload tokens."""

    control = "file"

    def is_empty(self, value: Any) -> bool:
        """Count an empty list as no answer."""
        return value == [] or super().is_empty(value)

    def from_text(self, text: str, field: Field, context: FieldContext) -> Any:
        """Read tokens that are separated by spaces."""
        return text.split()

    def from_form(self, form: MultiDict[str, str], name: str, field: Field, context: FieldContext) -> Any:
        """Read the tokens under ``name``, without those ticked for removal under ``name.remove``."""
        if name not in form:
            return None
        removed = set(form.getlist(f"{name}.remove"))
        return [token for token in form.getlist(name) if not is_blank(token) and token not in removed]

    def clean(self, value: Any, field: Field, context: FieldContext) -> list[str]:
        """Return the tokens, each once; one that the lookup does not know for this person is refused."""
        if not isinstance(value, list) or not all(isinstance(token, str) for token in value):
            raise refuse(_("Send a list of uploaded files."))
        tokens = list(dict.fromkeys(value))
        limit = field.maximum or FILES
        if len(tokens) > limit:
            raise refuse(ngettext("Add at most %(num)s file.", "Add at most %(num)s files.", limit))
        for token in tokens:
            if len(token) > 200 or len(context.lookup.find("file", token)) != 1:
                raise refuse(_("One of the files is not here any more. Add it again."))
        return tokens

    def to_form(self, name: str, value: Any, field: Field, context: FieldContext) -> Pairs:
        """Return one pair for each token."""
        return [(name, token) for token in value if isinstance(token, str)] if isinstance(value, list) else []

    def display(self, field: Field, value: Any, context: FieldContext) -> str:
        """Return the names of the files, separated by commas."""
        if not isinstance(value, list):
            return super().display(field, value, context)
        return ", ".join(context.lookup.label("file", str(token)) or str(token) for token in value)

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return an array of upload tokens."""
        return {"type": "array", "items": {"type": "string"}, "maxItems": field.maximum or FILES, "uniqueItems": True}
