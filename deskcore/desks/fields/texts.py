"""Answers that are text: lines, paragraphs, addresses and telephone numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.desks.fields.base import FieldContext, FieldType, as_text, refuse
from deskcore.desks.fields.cleaning import clean_line, clean_text

if TYPE_CHECKING:
    from deskcore.hooks.contributions import Field

_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\.]+")
_PHONE = re.compile(r"\+?[0-9 ()./-]+(?: ?(?:ext\.?|wew\.?) ?[0-9]{1,6})?")


class LineOfText(FieldType):
    """One line of text.

    :param limit: characters that fit where the field sets no limit of its own.
    """

    def __init__(self, limit: int = 500) -> None:
        self.limit = limit

    def limit_of(self, field: Field) -> int:
        """Return how many characters an answer to ``field`` may have."""
        return field.max_length or self.limit

    def clean(self, value: Any, field: Field, context: FieldContext) -> str:
        """Return the cleaned line; refuse what is longer than the limit."""
        return self.within_limit(clean_line(as_text(value)), field)

    def within_limit(self, text: str, field: Field) -> str:
        """Return ``text`` if it is not too long; the sentence otherwise names the limit."""
        limit = self.limit_of(field)
        if len(text) > limit:
            raise refuse(
                ngettext(
                    "Shorten this to %(num)s character; it has %(length)s.",
                    "Shorten this to %(num)s characters; it has %(length)s.",
                    limit,
                    length=len(text),
                )
            )
        return text

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return a string with its limit."""
        return {"type": "string", "maxLength": self.limit_of(field)}


class Paragraphs(LineOfText):
    """Text of several lines."""

    control = "longtext"

    def __init__(self) -> None:
        super().__init__(50_000)

    def clean(self, value: Any, field: Field, context: FieldContext) -> str:
        """Return the cleaned text with its line breaks."""
        return self.within_limit(clean_text(as_text(value)), field)


class EmailAddress(LineOfText):
    """The address of somebody who need not be a person of this organisation."""

    control = "email"

    def __init__(self) -> None:
        super().__init__(254)

    def clean(self, value: Any, field: Field, context: FieldContext) -> str:
        """Return the address as it was written; its name and domain must be there."""
        address = super().clean(value, field, context)
        if not _EMAIL.fullmatch(address):
            raise refuse(_("Write the e-mail address like name@example.com."))
        return address

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return a string in the ``email`` format."""
        return {**super().json_schema(field, language), "format": "email"}


class PhoneNumber(LineOfText):
    """A telephone number, kept as people write it."""

    control = "phone"

    def __init__(self) -> None:
        super().__init__(40)

    def clean(self, value: Any, field: Field, context: FieldContext) -> str:
        """Return the number; it needs three to twenty digits."""
        number = " ".join(super().clean(value, field, context).split())
        digits = sum(character.isdigit() for character in number)
        if not _PHONE.fullmatch(number) or not 3 <= digits <= 20:
            raise refuse(_("Write the phone number in digits, like +48 22 555 01 23."))
        return number


class WebAddress(LineOfText):
    """A link; only to the web, so that no answer can run anything when it is clicked."""

    control = "url"

    def __init__(self) -> None:
        super().__init__(2000)

    def clean(self, value: Any, field: Field, context: FieldContext) -> str:
        """Return the address; it begins with http:// or https:// and names a host and no user."""
        address = super().clean(value, field, context)
        if not _is_web_address(address):
            raise refuse(_("Write the whole web address, like https://example.com/page."))
        return address

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return a string in the ``uri`` format."""
        return {**super().json_schema(field, language), "format": "uri", "pattern": "^https?://"}


def _is_web_address(address: str) -> bool:
    if any(character.isspace() or character in '<>"\\' for character in address):
        return False
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and port != 0
