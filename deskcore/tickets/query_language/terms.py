"""The terms of a query, and how they are written: the canonical text from which the same terms are read again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

#: What may stand without quotes behind a key, and as a word of its own.
_PLAIN_VALUE = re.compile(r'[^\s",<>=][^\s",]*')
_PLAIN_WORD = re.compile(r'[^\s":-][^\s":]*')
#: The key of a word that is looked for; it is not written.
TEXT = "text"

Reason = Literal["quote", "key", "empty", "value", "sign", "long", "many"]


@dataclass(frozen=True)
class Term:
    """One thing that a list is asked for.

    :param key: a canonical name such as ``status``, or :data:`TEXT`.
    :param values: canonical values, any of which will do.
    :param sign: ``<``, ``<=``, ``>`` or ``>=`` before the value of a key that has an order.
    :param negated: the opposite is wanted.
    """

    key: str
    values: tuple[str, ...]
    sign: str = ""
    negated: bool = False

    def __str__(self) -> str:
        minus = "-" if self.negated else ""
        if self.key == TEXT:
            return minus + _quoted(self.values[0], _PLAIN_WORD)
        return f"{minus}{self.key}:{self.sign}" + ",".join(_quoted(value, _PLAIN_VALUE) for value in self.values)


@dataclass(frozen=True)
class Bad:
    """A piece of a query that means nothing; it narrows nothing and is shown where it stands.

    :param raw: as it was written.
    :param start: place of its first character in the text that was read; ``end`` is the one behind its last.
    """

    raw: str
    reason: Reason
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return self.raw

    @property
    def kept(self) -> bool:
        """Whether it stays in the text; what goes beyond a limit does not."""
        return self.reason not in ("long", "many")


Item: TypeAlias = Term | Bad


def written(items: Iterable[Item]) -> str:
    """Return the canonical text of a query: :func:`.reading.parse` reads the same items from it."""
    return " ".join(str(item) for item in items if isinstance(item, Term) or item.kept)


def _quoted(value: str, plain: re.Pattern[str]) -> str:
    if plain.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
