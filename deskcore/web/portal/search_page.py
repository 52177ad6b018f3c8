"""One search over services and the reader's own requests."""

from __future__ import annotations

from flask import render_template, request

from deskcore.tickets.queries import TicketQuery, list_tickets
from deskcore.web.portal import offers
from deskcore.web.portal.area import blueprint
from deskcore.web.portal.my_requests import rows_of
from deskcore.web.viewer import current_person

#: Characters of a query that are looked at.
LONGEST = 300
REQUESTS = 10


@blueprint.get("/search")
def search() -> str:
    """Show the services and requests that fit a query."""
    query = " ".join(request.args.get("q", "").split())[:LONGEST]
    person = current_person()
    services = offers.matching(query) if query else offers.popular(8)
    rows = list_tickets(TicketQuery(queue="all", text=query, limit=REQUESTS), person.id).rows if query else []
    return render_template(
        "portal/search.html", query=query, services=services, requests=rows_of(rows, person), generic=offers.generic()
    )
