"""The catalogues of Deskcore and of each plugin, and what the code asks them for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "deskcore", *sorted(path.parent for path in ROOT.glob("plugins/*/deskcore_*/translations"))]

Forms = tuple[str, ...]


@dataclass(frozen=True)
class Package:
    """A package with texts of its own.

    :param asked: what its code and templates ask for: one text, or the singular and the plural.
    :param catalogue: its Polish texts.
    """

    name: str
    asked: frozenset[Forms]
    catalogue: Catalog

    def messages(self) -> list[Message]:
        return [message for message in self.catalogue if message.id]


def forms(text: object) -> Forms:
    """Return the one text of a message, or all its forms."""
    return (text,) if isinstance(text, str) else tuple(text)  # type: ignore[arg-type]


def _keywords() -> Mapping[str, object]:
    """Return the functions that `make messages` looks for."""
    named = re.findall(r"-k (\S+)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    return {**DEFAULT_KEYWORDS, **parse_keywords(named)}


@cache
def load(folder: Path) -> Package:
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(folder, methods, options, _keywords())
    asked = frozenset(forms(text) for _, _, text, _, _ in found if text)
    with (folder / "translations/pl/LC_MESSAGES/messages.po").open("rb") as file:
        return Package(folder.name, asked, read_po(file, locale="pl", abort_invalid=True))


@pytest.fixture(params=PACKAGES, ids=lambda path: path.name)
def package(request: pytest.FixtureRequest) -> Package:
    """Give Deskcore itself, then each plugin that has translations."""
    return load(request.param)
