"""How pressing an operations request is, and the tags that agents filter by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: By how much stands still.
PRIORITIES = {"station": "normal", "line": "high", "site": "urgent"}


def priority_for(request_type: str, answers: Mapping[str, Any]) -> str | None:
    """Return the priority that the answers call for, or ``None`` where the request type's own stands."""
    return PRIORITIES.get(str(answers.get("extent"))) if request_type == "work_stopped" else None


def tags_for(request_type: str, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tags of a new request; ``claim`` is for what a carrier or supplier has to make good."""
    claimed = answers.get("kind") in ("wrong", "damaged", "missing")
    return ("claim",) if request_type == "delivery_problem" and claimed else ()
