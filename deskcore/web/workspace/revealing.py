"""Showing a sensitive answer once, in the answer to the click that asked for it."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from deskcore.errors import Problem
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.revealing import reveal
from deskcore.tickets.sensitive import Locked
from deskcore.web.workspace.area import blueprint
from deskcore.web.workspace.composer import Typed
from deskcore.web.workspace.surroundings import surroundings
from deskcore.web.workspace.ticket import Trouble, ticket_page


@blueprint.post("/tickets/<number>/answers/<field>")
def reveal_answer(number: str, field: str) -> ResponseReturnValue:
    """Show the ticket with one sensitive answer in clear; whoever loads the page again does not see it."""
    try:
        revealed = {field: reveal(number, field)}
    except Locked as locked:
        return ticket_page(number, Typed(), Trouble([Problem(locked.message)]))
    return ticket_page(number, Typed(), revealed=revealed)


@blueprint.get("/tickets/<number>/answers/<field>")
def revealed_answer(number: str, field: str) -> ResponseReturnValue:
    """Lead whoever loads the page of a shown answer again to the ticket, where it is hidden."""
    found = find_ticket(number)
    return redirect(url_for("workspace.ticket", number=found.number, **surroundings(), _anchor=f"answer-{field}"), 303)
