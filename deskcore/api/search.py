"""Search by words, within what the caller sees."""

from __future__ import annotations

from typing import Any

from deskcore import search as searching
from deskcore.api.answers import HitPage
from deskcore.api.blueprint import blueprint
from deskcore.api.examples import HIT, page
from deskcore.api.parameters import SearchWanted, kinds
from deskcore.errors import Problem, Refused
from deskcore.runtime import runtime


@blueprint.operation(
    "GET", "/search", HitPage, tag="Search", scopes=["tickets:read"], query=SearchWanted, example=page(HIT)
)
def search(query: dict[str, Any]) -> dict[str, Any]:
    """Search.

    Finds tickets by their number or by words, services, and what plugins have, as far as the token's area shows them;
    what fits best comes first. There is one page: narrow the words to find what is not on it.
    """
    wanted = query["kind"]
    if wanted and wanted not in kinds():
        raise Refused(Problem(f"Choose one of: {', '.join(kinds())}.", "kind"))
    hits = searching.find(query["q"], kinds=[wanted] if wanted else (), limit=query["limit"])
    return {"items": [_hit(each) for each in hits], "next": None}


def _hit(found: searching.Hit) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "title": found.title,
        "url": runtime().config.base_url.rstrip("/") + found.url,
        "snippet": found.snippet,
        "score": found.score,
    }
