"""Who reads a complaint: named people only, and never whom it is about or the managers above."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: Who reads complaints where the settings name nobody.
READERS = ("team:relations",)


@dataclass(frozen=True)
class Circle:
    """The people of a ticket, in the words of :class:`~deskcore.plugin.Changes`."""

    named: tuple[str, ...]
    never: tuple[str, ...]


def circle(request_type: str, answers: Mapping[str, Any], readers: str) -> Circle | None:
    """Return who may read a request and who never may, or ``None`` where all of HR may.

    :param readers: addresses as an administrator wrote them; empty for the team.
    """
    if request_type != "complaint":
        return None
    return Circle(addresses(readers) or READERS, tuple(f"line:{address}" for address in accused(answers)))


def accused(answers: Mapping[str, Any]) -> Iterator[str]:
    """Yield the address of everybody whom a complaint is about."""
    rows = answers.get("involved")
    for row in rows if isinstance(rows, list | tuple) else ():
        person = row.get("person") if isinstance(row, Mapping) else None
        if person and row.get("part", "accused") == "accused":
            yield str(person)


def addresses(text: str) -> tuple[str, ...]:
    """Return the addresses in a text, whatever separates them."""
    return tuple(dict.fromkeys(each.casefold() for each in re.split(r"[\s,;]+", text) if each))
