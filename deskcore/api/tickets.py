"""Tickets: list, open, read."""

from __future__ import annotations

import re
from typing import Any

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from deskcore.api.authentication import caller
from deskcore.api.blueprint import blueprint, path_of
from deskcore.api.catalogue import desk_named
from deskcore.api.examples import MAIL_IS_DOWN, MAIL_IS_DOWN_BODY
from deskcore.api.opening import new_ticket
from deskcore.api.representations import ticket_item, ticket_items
from deskcore.api.schemas import IfNoneMatch, NewTicketBody, Once, TicketItem, TicketPage, TicketsWanted
from deskcore.api.versions import etag, is_known
from deskcore.errors import NotFound
from deskcore.extensions import db
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import open_ticket
from deskcore.tickets.queries import TicketQuery
from deskcore.tickets.queries import list_tickets as page_of_tickets

_NUMBER = re.compile(r"[A-Za-z]{2,5}-[0-9A-Za-z]{1,14}")


def ticket_numbered(number: str) -> Ticket:
    """Return the ticket that an address names, as far as the caller sees it.

    :raises NotFound: when there is none, or the caller may not know that there is one.
    """
    if not _NUMBER.fullmatch(number):
        raise NotFound(_("There is no ticket %(number)s.", number=number[:20]))
    return find_ticket(number)


def answer_with(ticket: Ticket) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a ticket with its entity tag."""
    return ticket_item(ticket), {"ETag": etag(ticket.number, ticket.version)}


@blueprint.operation(
    "GET",
    "/tickets",
    TicketPage,
    tag="Tickets",
    scopes=["tickets:read"],
    query=TicketsWanted,
    example={"items": [MAIL_IS_DOWN], "next": None},
)
def list_tickets(query: dict[str, Any]) -> dict[str, Any]:
    """List the tickets that the token's area shows, newest change first.

    A portal token sees the tickets its person takes part in, a workspace token those of the desks its person
    works on. Follow `next` until it is null; it belongs to the same filters and the same order.
    """
    wanted = TicketQuery(
        queue=query["queue"],
        desk_id=desk_named(query["desk"]).id if "desk" in query else None,
        category=query.get("status_category", ""),
        text=query.get("q", ""),
        sort=query["sort"],
        limit=query["limit"],
        after=query.get("after", ""),
    )
    page = page_of_tickets(wanted, caller().person.id)
    return {"items": ticket_items(_in_full([row.id for row in page.rows])), "next": page.next or None}


def _in_full(ids: list[int]) -> list[Ticket]:
    """Return whole tickets in the order of ``ids``, in one statement."""
    people = joinedload(Ticket.requester), joinedload(Ticket.assignee)
    wanted = select(Ticket).where(Ticket.id.in_(ids)).options(*people)
    found = {ticket.id: ticket for ticket in db.session.scalars(wanted)} if ids else {}
    return [found[one] for one in ids if one in found]


@blueprint.operation(
    "POST",
    "/tickets",
    TicketItem,
    tag="Tickets",
    scopes=["tickets:write"],
    status=201,
    body=NewTicketBody,
    headers=Once,
    example=MAIL_IS_DOWN,
    sends=MAIL_IS_DOWN_BODY,
    errors=(400, 413, 415),
)
def open_a_ticket(body: dict[str, Any], headers: dict[str, Any]) -> Any:
    """Open a ticket.

    Subject and description are made from the answers where they are left out, and the answer that becomes the
    description may be sent as `description` alone. A ticket that only named people may see, and the caller is
    none of them, is answered with its number alone.
    """
    number = open_ticket(new_ticket(body, headers["key"]))
    location = {"Location": path_of("tickets", number)}
    try:
        item, tag = answer_with(find_ticket(number))
    except NotFound:
        return {"number": number}, location
    return item, location | tag


@blueprint.operation(
    "GET",
    "/tickets/<number>",
    TicketItem,
    tag="Tickets",
    scopes=["tickets:read"],
    headers=IfNoneMatch,
    example=MAIL_IS_DOWN,
    errors=(304, 404),
)
def get_ticket(number: str, headers: dict[str, Any]) -> Any:
    """Read a ticket; send the ETag you have as `If-None-Match` to hear only whether it changed."""
    ticket = ticket_numbered(number)
    if is_known(headers["known"], ticket.number, ticket.version):
        return Response(status=304, headers={"ETag": etag(ticket.number, ticket.version)})
    return answer_with(ticket)
