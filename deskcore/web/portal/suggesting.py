"""Answers that may spare a request, offered while it is written; and those about one that was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from deskcore import search
from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.search.finding import titles

#: Answers that are offered, and characters of what was written that are looked at.
MOST, LONGEST = 3, 300
#: How well an answer has to fit, compared with the best one: what only shares a word or two helps nobody.
_NEAR = 0.4


@dataclass(frozen=True)
class Suggestion:
    """An answer, and where it is; its page knows which form the reader comes from."""

    title: str
    url: str


def suggested(entry: RequestTypeEntry, raw: Mapping[str, Any]) -> list[Suggestion]:
    """Return what plugins have about what somebody wrote so far.

    :param raw: answers as they were posted; sensitive ones are not looked at.
    """
    fields = [field for field in entry.type.fields if field.type in ("text", "longtext") and not field.sensitive]
    texts = (raw.get(field.key) for field in fields)
    came_from = urlencode({"instead": entry.slug})
    hits = _fitting("\n".join(text for text in texts if isinstance(text, str) and text.strip()))
    return [Suggestion(hit.title, f"{hit.url}?{came_from}") for hit in hits]


def related(subject: str, description: str) -> list[Suggestion]:
    """Return what plugins have about a request that was sent."""
    return [Suggestion(hit.title, hit.url) for hit in _fitting(f"{subject}\n{description}")]


def _fitting(text: str) -> list[search.Hit]:
    words, kinds = text.strip()[:LONGEST], tuple(titles())
    hits = search.find(words, kinds=kinds, limit=MOST) if words and kinds else ()
    return [hit for hit in hits if hit.score >= _NEAR * hits[0].score > 0]
