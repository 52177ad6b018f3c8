"""Fields that a category has of its own, with values in JSON: no table is changed for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from deskcore.plugin import Problem, Refused, Text
from deskcore_it_assets.models import MAX_NAME

#: What a field may hold.
TYPES = ("text", "number", "date", "yesno", "choice")
_YES, _NO = ("yes", "tak", "true", "1"), ("no", "nie", "false", "0")


@dataclass(frozen=True)
class OwnField:
    """A field of a category.

    :param options: what can be chosen, of a ``choice``.
    :param sensitive: it is a text that is kept sealed, and shown on a click alone.
    """

    key: str
    type: str
    title: Text
    required: bool = False
    options: tuple[str, ...] = ()
    sensitive: bool = False

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> OwnField:
        """Return a field as :meth:`as_json` wrote it."""
        title = Text(stored["en"], stored["pl"])
        sensitive = stored.get("sensitive", False)
        return cls(stored["key"], stored["type"], title, stored["required"], tuple(stored["options"]), sensitive)

    def as_json(self) -> dict[str, Any]:
        """Return the form in which a category stores it."""
        texts = {"en": self.title.en, "pl": self.title.pl}
        plain = {"key": self.key, "type": self.type, **texts, "required": self.required, "options": list(self.options)}
        return plain | ({"sensitive": True} if self.sensitive else {})

    def read(self, text: str) -> Any:
        """Return the value that a form or a file means.

        :raises ValueError: saying what to write instead.
        """
        if self.type == "number":
            return _number(text)
        if self.type == "date":
            return _day(text)
        if self.type == "yesno":
            return _yes_or_no(text)
        if self.type == "choice" and text not in self.options:
            raise ValueError(_("Choose one of these: %(options)s.", options=", ".join(self.options)))
        if len(text) > MAX_NAME:
            raise ValueError(_("Use at most %(count)s characters.", count=MAX_NAME))
        return text


def fields_of(stored: Sequence[Mapping[str, Any]]) -> list[OwnField]:
    """Return the fields that a category stores."""
    return [OwnField.from_json(each) for each in stored]


def read_fields(declared: Sequence[OwnField], given: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the values of a category's fields, and what is wrong with what was given.

    Sensitive ones are not among them: they are kept sealed, elsewhere.
    """
    values, problems = dict[str, Any](), list[Problem]()
    for field in (each for each in declared if not each.sensitive):
        text = given.get(field.key, "").strip()
        if not text:
            if field.required:
                problems.append(Problem(_("Fill this in."), f"fields.{field.key}"))
            continue
        try:
            values[field.key] = field.read(text)
        except ValueError as error:
            problems.append(Problem(str(error), f"fields.{field.key}"))
    return values, problems


def refuse_sensitive(declared: Sequence[OwnField], given: Mapping[str, str]) -> None:
    """Refuse a file that holds the values of sensitive fields.

    :raises Refused: naming the fields.
    """
    said = _("This field is sensitive: it is typed on the page of the item, and never taken from a file.")
    found = [Problem(said, f"fields.{field.key}") for field in declared if field.sensitive and given.get(field.key)]
    if found:
        raise Refused(found)


def _number(text: str) -> float | int:
    try:
        found = float(text.replace(",", ".").replace("\u00a0", "").replace(" ", ""))
    except ValueError:
        raise ValueError(_("Write a number.")) from None
    if not abs(found) < 1e15:
        raise ValueError(_("Write a smaller number."))
    return int(found) if found.is_integer() else found


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(_("Write the day like 2026-11-30.")) from None


def _yes_or_no(text: str) -> bool:
    if text.casefold() in _YES:
        return True
    if text.casefold() in _NO:
        return False
    raise ValueError(_("Write yes or no."))
