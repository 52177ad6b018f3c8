"""Search by words, within what the caller sees."""

from __future__ import annotations

from typing import Any

from flask import url_for

from deskcore.api.answers import HitPage
from deskcore.api.authentication import caller
from deskcore.api.blueprint import blueprint
from deskcore.api.examples import HIT, page
from deskcore.api.parameters import SearchWanted
from deskcore.runtime import runtime
from deskcore.tickets.queries import TicketQuery, list_tickets

#: Scores of what has this very number, and of what has the words in its subject.
_EXACT, _WORDS = 1.0, 0.5


@blueprint.operation(
    "GET", "/search", HitPage, tag="Search", scopes=["tickets:read"], query=SearchWanted, example=page(HIT)
)
def search(query: dict[str, Any]) -> dict[str, Any]:
    """Search.

    Finds tickets by their number or by words of their subject, within what the token's area shows; the newest change
    comes first. There is one page: narrow the words to find what is not on it.
    """
    wanted = TicketQuery(queue="all", text=query["q"], limit=query["limit"])
    found = list_tickets(wanted, caller().person.id) if query["q"].strip() else None
    return {"items": [_hit(row, query["q"]) for row in (found.rows if found else ())], "next": None}


def _hit(row: Any, words: str) -> dict[str, Any]:
    place = "workspace.ticket" if caller().area == "workspace" else "portal.request"
    return {
        "kind": "ticket",
        "title": row.subject,
        "url": runtime().config.base_url.rstrip("/") + url_for(place, number=row.number),
        "snippet": " ".join(row.excerpt.split()),
        "score": _EXACT if row.number == words.strip().upper() else _WORDS,
    }
