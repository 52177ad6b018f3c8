"""Sensitive answers, for a program that may have them shown and asks for each of them."""

from __future__ import annotations

from typing import Any

from deskcore.api.answers import RevealedItem
from deskcore.api.blueprint import blueprint
from deskcore.api.examples import REVEALED
from deskcore.api.parameters import Once
from deskcore.api.tickets import ticket_numbered
from deskcore.tickets.revealing import reveal


@blueprint.operation(
    "POST",
    "/tickets/<number>/answers/<field>/reveal",
    RevealedItem,
    tag="Tickets",
    scopes=["answers:reveal"],
    headers=Once,
    example=REVEALED,
    errors=(404,),
)
def reveal_answer(number: str, field: str, headers: dict[str, Any]) -> dict[str, Any]:
    """Read a sensitive answer.

    Only somebody who works on the ticket's desk, with a token that was made for it; the audit log names who read
    which answer of which ticket, each time. Nothing changes, so a repeat is shown the same again.
    """
    ticket = ticket_numbered(number)
    return {"field": field, "value": reveal(ticket.number, field)}
