"""What an import says about rows and files, kept in a form that can be read in either language later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from flask_babel import force_locale, get_locale

from deskcore.errors import Refused
from deskcore.hooks.sentences import Sentence


@dataclass(frozen=True)
class InBoth:
    """A text that was made in both languages, because those who make it translate it at once; ``str()`` gives one."""

    en: str
    pl: str

    def __str__(self) -> str:
        locale = get_locale()
        return self.pl if locale is not None and locale.language == "pl" else self.en

    def to_json(self) -> dict[str, Any]:
        """Return the form in which the text is stored."""
        return {"en": self.en, "pl": self.pl}


Said: TypeAlias = Sentence | InBoth


class BadValue(Exception):
    """A value of a row that cannot be used.

    :param said: why.
    """

    def __init__(self, said: Said) -> None:
        super().__init__(said)
        self.said = said


class Unusable(Refused):
    """A file, or how it is to be read, cannot be used at all.

    :param said: why.
    """

    def __init__(self, said: Said) -> None:
        super().__init__(str(said))
        self.said = said


def in_both(text: Callable[[], str]) -> InBoth:
    """Return what ``text`` gives in each language; it is called for each."""
    with force_locale("en"):
        english = text()
    with force_locale("pl"):
        return InBoth(english, text())


def storable(text: str) -> str:
    """Return ``text`` without the characters that no database takes: NUL, and bytes that were no text."""
    return "".join(char for char in text if char != "\0" and not "\ud800" <= char <= "\udfff")


def cleaned(said: Said) -> Said:
    """Return what was said without the characters that no database takes; it may quote what a file says."""
    if isinstance(said, InBoth):
        return InBoth(storable(said.en), storable(said.pl))
    return Sentence(said.msgid, {name: storable(value) for name, value in said.values.items()})


def read_said(stored: Mapping[str, Any]) -> Said | None:
    """Return what :func:`cleaned` gave and ``to_json`` stored; nothing for what an older version stored in English."""
    if "en" in stored:
        return InBoth(str(stored["en"]), str(stored.get("pl", "")))
    return Sentence.from_json(stored) if "msgid" in stored else None
