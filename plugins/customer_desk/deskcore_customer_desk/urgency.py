"""How pressing a customer's request is, and the tags that agents filter by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: A fault by whom it hits.
OF_A_FAULT = {"one": "normal", "customer": "high", "all": "urgent"}
#: A wish by what depends on it.
OF_A_WISH = {"nice": "low", "important": "normal", "deal": "high"}


def priority_for(request_type: str, answers: Mapping[str, Any]) -> str | None:
    """Return the priority that the answers call for, or ``None`` where the request type's own stands."""
    if request_type == "customer_bug":
        return OF_A_FAULT.get(str(answers.get("affected")))
    if request_type == "customer_wish":
        return OF_A_WISH.get(str(answers.get("weight")))
    if request_type == "customer_login" and answers.get("everybody") is True:
        return "urgent"
    return "high" if wants_to_end(request_type, answers) else None


def tags_for(request_type: str, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tags of a new request; ``may-leave`` is for customers who want to end."""
    return ("may-leave",) if wants_to_end(request_type, answers) else ()


def wants_to_end(request_type: str, answers: Mapping[str, Any]) -> bool:
    """Tell whether a customer wants to end a subscription; a pause is none."""
    return request_type == "customer_subscription" and answers.get("change") == "cancel"
