"""Sentences that are kept in the database and read later, in whatever language the reader has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, has_app_context
from flask_babel import gettext


@dataclass(frozen=True)
class Sentence:
    """An English sentence with named values; ``str()`` gives it in the reader's language.

    :param msgid: the English text with ``%(name)s`` places; the key of its translation.
    :param values: what stands in the places.
    """

    msgid: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        translated = _translated(self.msgid)
        return translated % dict(self.values) if self.values else translated

    def to_json(self) -> dict[str, Any]:
        """Return the form in which the sentence is stored."""
        return {"msgid": self.msgid, "values": dict(self.values)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Sentence | None:
        """Return the sentence that :meth:`to_json` stored, or ``None`` for nothing."""
        if not stored:
            return None
        return cls(str(stored.get("msgid", "")), {str(k): str(v) for k, v in stored.get("values", {}).items()})


def sentence(msgid: str, **values: object) -> Sentence:
    """Return the :class:`Sentence` for ``msgid``; message extraction looks for calls of this name."""
    return Sentence(msgid, {name: str(value) for name, value in values.items()})


def _translated(msgid: str) -> str:
    """Return ``msgid`` in the current language; the command line without an app reads English."""
    if not has_app_context() or "babel" not in current_app.extensions:
        return msgid
    return gettext(msgid)
