"""Fields of what callers send: of the right JSON type, or refused; and of what they get back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import RAISE, Schema, ValidationError
from marshmallow import fields as ma

#: Stands for the sentence about a field that does not exist; the parser adds its name.
UNKNOWN = "unknown field"
#: Items of a page, by default and at most.
PAGE = 25
MAX_PAGE = 100

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

_MISSING = _l("This is needed.")
_NULL = _l("This cannot be null.")


def about(text: str, **more: Any) -> dict[str, Any]:
    """Return what a field says of itself in the description, for its declaration.

    :param more: further keywords of JSON Schema.
    """
    return {"metadata": {**({"description": text} if text else {}), **more}}


class Sent(Schema):
    """Base of the schemas of what callers send; what they do not declare is refused."""

    error_messages: dict[str, Any] = {"unknown": UNKNOWN, "type": _l("Send a JSON object.")}

    class Meta:
        unknown = RAISE


class Prose(ma.String):
    """Text of any lines; a service cleans it.

    :param most: characters it may have.
    """

    default_error_messages: dict[str, Any] = {"invalid": _l("Send this as text."), "required": _MISSING, "null": _NULL}

    def __init__(self, most: int, **kwargs: Any) -> None:
        super().__init__(metadata={"maxLength": most, **kwargs.pop("metadata", {})}, **kwargs)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if len(value) > self.most:
            raise ValidationError(_("Use at most %(count)s characters.", count=self.most))
        return value


class Line(Prose):
    """A short text in one line, such as a key or an address, without characters that no database stores."""

    def __init__(self, most: int = 254, **kwargs: Any) -> None:
        super().__init__(most, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
            raise ValidationError(_("This holds characters that cannot be stored."))
        return text


class OneOf(ma.String):
    """One of a few words."""

    default_error_messages: dict[str, Any] = {"invalid": _l("Send this as text."), "required": _MISSING, "null": _NULL}

    def __init__(self, choices: Sequence[str], **kwargs: Any) -> None:
        super().__init__(metadata={"enum": list(choices), **kwargs.pop("metadata", {})}, **kwargs)
        self.choices = tuple(choices)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if value not in self.choices:
            raise ValidationError(_("Choose one of: %(choices)s.", choices=", ".join(self.choices)))
        return value


class Flag(ma.Boolean):
    """``true`` or ``false``, and nothing that merely looks like one."""

    default_error_messages: dict[str, Any] = {"invalid": _l("Send true or false."), "required": _MISSING, "null": _NULL}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Spelled(Flag):
    """``true`` or ``false`` in a query string or a form."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if value not in ("true", "false"):
            raise self.make_error("invalid")
        return bool(value == "true")


class Lines(ma.List[Any]):
    """A JSON array of short texts.

    :param most: texts it may have; ``longest``: characters of each.
    """

    default_error_messages: dict[str, Any] = {
        "invalid": _l("Send a list of texts."),
        "required": _MISSING,
        "null": _NULL,
    }

    def __init__(self, most: int, longest: int, **kwargs: Any) -> None:
        super().__init__(Line(most=longest), metadata={"maxItems": most, **kwargs.pop("metadata", {})}, **kwargs)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if len(value) > self.most:
            raise ValidationError(_("Send at most %(count)s of them.", count=self.most))
        return super()._deserialize(value, attr, data, **kwargs) or []


class Plain(ma.Dict):
    """A JSON object whose inside somebody else checks; NUL, which no database stores, is left out of it."""

    default_error_messages: dict[str, Any] = {"invalid": _l("Send a JSON object."), "required": _MISSING, "null": _NULL}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return _storable(super()._deserialize(value, attr, data, **kwargs))  # type: ignore[no-untyped-call]


class PageSize(ma.Integer):
    """How many items a page may have; a larger wish gets as many as there can be."""

    def __init__(self, default: int = PAGE) -> None:
        metadata = {"description": f"Items of a page; more than {MAX_PAGE} is taken for {MAX_PAGE}.", "minimum": 1}
        super().__init__(load_default=default, metadata=metadata)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        text = str(value)
        digits = text.isascii() and text.isdigit()
        if not digits or not text.strip("0"):
            raise ValidationError(_("Send a whole number from 1 to %(most)s.", most=MAX_PAGE))
        return MAX_PAGE if len(text.lstrip("0")) > 3 else min(int(text), MAX_PAGE)


class Since(ma.DateTime):
    """A moment in a query string, with its offset from UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        try:
            if not _RFC_3339.fullmatch(value):
                raise ValueError
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise ValidationError(_("Send a moment such as 2026-03-02T08:15:00Z.")) from error


class Moment(ma.DateTime):
    """A moment in UTC as RFC 3339 writes it: ``2026-03-02T08:15:00.123456Z``."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _storable(value: Any) -> Any:
    if isinstance(value, dict):
        return {_storable(key): _storable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    return value.replace("\0", "") if isinstance(value, str) else value
