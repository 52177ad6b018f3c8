"""A small organisation that answers can refer to, and fields of each type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deskcore.desks.fields import FieldContext, Found
from deskcore.hooks.contributions import Field, Option, Text

KNOWN = {
    "user": {
        "anna.kowalska@meridian.example": "Anna Kowalska",
        "anna.nowak@meridian.example": "Anna Nowak",
        "piotr.zielinski@meridian.example": "Piotr Zieliński",
    },
    "department": {"sales": "Sales", "it": "IT"},
    "location": {"krakow": "Kraków", "warsaw": "Warszawa"},
    "file": {"token-1": "screenshot.png", "token-2": "log.txt"},
}


class Meridian:
    """Finds by the exact value, else by a part of the label; a file only by its token."""

    def find(self, kind: str, text: str) -> Sequence[Found]:
        known = KNOWN.get(kind, {})
        if text.casefold() in known:
            return [Found(text.casefold(), known[text.casefold()])]
        if kind == "file":
            return []
        return [Found(value, label) for value, label in known.items() if text.casefold() in label.casefold()]

    def label(self, kind: str, value: str) -> str | None:
        return KNOWN.get(kind, {}).get(value)

    def choices(self, kind: str) -> Sequence[Found]:
        return [Found(value, label) for value, label in KNOWN.get(kind, {}).items()]


def bilingual(words: str) -> Text:
    return Text(words, f"{words} (pl)")


OPTIONS = tuple(Option(value, bilingual(value.title())) for value in ("mail", "network", "printer"))
COLUMNS = (
    Field("item", "text", bilingual("Item"), required=True),
    Field("qty", "int", bilingual("Quantity"), required=True, minimum=1),
    Field("price", "money", bilingual("Unit price")),
)


@pytest.fixture(scope="session")
def text() -> Callable[[str], Text]:
    return bilingual


@pytest.fixture(scope="session")
def field_of() -> Callable[..., Field]:
    """Makes one optional field called ``answer`` of the given type."""

    def make(type_name: str, key: str = "answer", **more: Any) -> Field:
        if type_name in ("select", "multiselect"):
            more.setdefault("options", OPTIONS)
        if type_name == "lines":
            more.setdefault("columns", COLUMNS)
        return Field(key, type_name, more.pop("label", bilingual("Your answer")), **more)

    return make


def _context(language: str) -> FieldContext:
    return FieldContext(
        language=language,
        time_zone=ZoneInfo("Europe/Warsaw"),
        lookup=Meridian(),
        person="anna.kowalska@meridian.example",
    )


@pytest.fixture(scope="session")
def anna() -> FieldContext:
    """Anna reads English."""
    return _context("en")


@pytest.fixture(scope="session")
def ania() -> FieldContext:
    """Ania is Anna in Polish."""
    return _context("pl")
