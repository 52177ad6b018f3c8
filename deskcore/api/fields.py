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

#: NUL and halves of surrogate pairs.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

_MISSING = _l("This is needed.")
_NULL = _l("This cannot be null.")


class Sent(Schema):
    """Base of the schemas of what callers send; what they do not declare is refused."""

    error_messages: dict[str, Any] = {"unknown": UNKNOWN, "type": _l("Send a JSON object.")}

    class Meta:
        unknown = RAISE


class Prose(ma.String):
    """Text of any length and any lines; a service cleans it and says how long it may be."""

    default_error_messages: dict[str, Any] = {"invalid": _l("Send this as text."), "required": _MISSING, "null": _NULL}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        return value


class Line(Prose):
    """A short text in one line, such as a key or an address, without characters that no database stores.

    :param most: characters it may have.
    """

    def __init__(self, most: int = 254, **kwargs: Any) -> None:
        metadata = {"maxLength": most, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if len(text) > self.most:
            raise ValidationError(_("Use at most %(count)s characters.", count=self.most))
        if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
            raise ValidationError(_("This holds characters that cannot be stored."))
        return text


class OneOf(Prose):
    """One of a few words."""

    def __init__(self, choices: Sequence[str], **kwargs: Any) -> None:
        super().__init__(metadata={"enum": list(choices), **kwargs.pop("metadata", {})}, **kwargs)
        self.choices = tuple(choices)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text not in self.choices:
            raise ValidationError(_("Choose one of: %(choices)s.", choices=", ".join(self.choices)))
        return text


class Flag(ma.Boolean):
    """``true`` or ``false``, and nothing that merely looks like one."""

    default_error_messages: dict[str, Any] = {"invalid": _l("Send true or false."), "required": _MISSING, "null": _NULL}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Lines(ma.List[Any]):
    """A JSON array of short texts."""

    default_error_messages: dict[str, Any] = {
        "invalid": _l("Send a list of texts."),
        "required": _MISSING,
        "null": _NULL,
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Line(), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs) or []


class Plain(ma.Dict):
    """A JSON object whose inside somebody else checks; characters that no database stores are left out of it."""

    default_error_messages: dict[str, Any] = {"invalid": _l("Send a JSON object."), "required": _MISSING, "null": _NULL}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return _storable(super()._deserialize(value, attr, data, **kwargs))  # type: ignore[no-untyped-call]


class PageSize(ma.Integer):
    """How many items a page may have; a larger wish gets as many as there can be."""

    def __init__(self, default: int = PAGE) -> None:
        metadata = {"description": "Items of a page.", "minimum": 1, "maximum": MAX_PAGE}
        super().__init__(load_default=default, metadata=metadata)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        text = str(value)
        digits = text.isascii() and text.isdigit()
        if not digits or not text.strip("0"):
            raise ValidationError(_("Send a whole number from 1 to %(most)s.", most=MAX_PAGE))
        return MAX_PAGE if len(text.lstrip("0")) > 3 else min(int(text), MAX_PAGE)


class Moment(ma.DateTime):
    """A moment in UTC as RFC 3339 writes it: ``2026-03-02T08:15:00.123456Z``."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _storable(value: Any) -> Any:
    if isinstance(value, dict):
        return {_storable(key): _storable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    return _UNSTORABLE.sub("", value) if isinstance(value, str) else value
