"""Reads a TOML table strictly: what is missing, misspelt or of the wrong kind is named with its remedy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from deskcore.errors import ConfigurationError
from deskcore.hooks.contributions import Text

#: Keys of fields and sections: they become control names, JSON keys and parts of paths.
KEY = re.compile(r"[a-z][a-z0-9_]*")


class DeclarationError(ConfigurationError):
    """A declaration that cannot be used; the text names the file, the place in it, and the remedy.

    :param file: the file that holds it.
    :param place: path inside the file, like ``fields[2].options``; empty for the whole.
    :param remedy: what to do about it.
    """

    def __init__(self, file: Path, place: str, remedy: str) -> None:
        super().__init__(f"{file}: {place}: {remedy}" if place else f"{file}: {remedy}")
        self.file = file
        self.place = place
        self.remedy = remedy


class Table:
    """One table of a TOML file; each value is taken once, and what nobody took is an error.

    :param place: where the table stands in the file, for messages.
    """

    def __init__(self, file: Path, place: str, data: Any) -> None:
        self.file = file
        self.place = place
        if not isinstance(data, dict):
            raise DeclarationError(file, place, 'write a table here, like { en = "…", pl = "…" }.')
        self._data: dict[str, Any] = dict(data)
        self._known: list[str] = []

    def error(self, key: str, remedy: str) -> DeclarationError:
        """Return an error at ``key`` of this table."""
        return DeclarationError(self.file, self.at(key), remedy)

    def at(self, key: str) -> str:
        """Return the path of ``key`` inside the file."""
        return ".".join(part for part in (self.place, key) if part)

    def take(self, key: str, default: Any = None) -> Any:
        """Return the value of ``key`` as it stands."""
        self._known.append(key)
        return self._data.pop(key, default)

    def text(self, key: str) -> Text:
        """Return the text in both languages that must stand at ``key``."""
        found = self.text_or_none(key)
        if found is None:
            raise self.error(key, 'write it in both languages, like { en = "…", pl = "…" }.')
        return found

    def text_or_none(self, key: str) -> Text | None:
        """Return the text in both languages at ``key``, if there is one."""
        value = self.take(key)
        if value is None:
            return None
        words = Table(self.file, self.at(key), value)
        text = Text(words.words("en"), words.words("pl"))
        words.finish()
        return text

    def words(self, key: str, default: str | None = None) -> str:
        """Return the string at ``key``; it may not be blank, and only a default makes it optional."""
        value = self.take(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, "write a text in quotes.")
        return value

    def one_of(self, key: str, allowed: Collection[str], default: str) -> str:
        """Return the string at ``key``, one of ``allowed``."""
        value = self.take(key, default)
        if not isinstance(value, str) or value not in allowed:
            raise self.error(key, f"write one of {', '.join(sorted(allowed))}{_nearest(value, allowed)}.")
        return value

    def whole(self, key: str, default: int | None, lowest: int | None = None) -> Any:
        """Return the whole number at ``key``, or ``default``."""
        value = self.take(key, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or (lowest is not None and value < lowest):
            raise self.error(key, "write a whole number" + (f" of {lowest} or more." if lowest is not None else "."))
        return value

    def flag(self, key: str) -> bool:
        """Return the truth value at ``key``; false when it is not there."""
        value = self.take(key, False)
        if not isinstance(value, bool):
            raise self.error(key, "write true or false.")
        return value

    def strings(self, key: str) -> tuple[str, ...]:
        """Return the list of strings at ``key``; empty when it is not there."""
        value = self.take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.error(key, 'write a list of texts, like ["mail", "outlook"].')
        return tuple(value)

    def tables(self, key: str) -> Iterator[Table]:
        """Yield the tables of the list at ``key``, in order."""
        value = self.take(key, [])
        if not isinstance(value, list):
            raise self.error(key, "write a list of tables.")
        for index, item in enumerate(value):
            yield Table(self.file, f"{self.at(key)}[{index}]", item)

    def table_or_none(self, key: str) -> Table | None:
        """Return the table at ``key``, if there is one."""
        value = self.take(key)
        return None if value is None else Table(self.file, self.at(key), value)

    def rest(self) -> Mapping[str, Any]:
        """Take all that is left."""
        left, self._data = self._data, {}
        return left

    def finish(self) -> None:
        """Refuse keys that nobody took."""
        for key in self._data:
            raise self.error(key, f"there is no such key{_nearest(key, self._known)}; remove it.")


def _nearest(value: Any, allowed: Collection[str]) -> str:
    near = difflib.get_close_matches(str(value)[:80], list(allowed), n=1)
    return f" (did you mean {near[0]}?)" if near else ""
