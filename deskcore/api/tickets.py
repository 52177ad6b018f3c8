"""Tickets: list, open, read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from deskcore.api.answers import TicketItem, TicketPage
from deskcore.api.authentication import caller
from deskcore.api.blueprint import blueprint, path_of
from deskcore.api.bodies import NewTicketBody
from deskcore.api.catalogue import desk_named
from deskcore.api.examples import MAIL_IS_DOWN, MAIL_IS_DOWN_BODY, page
from deskcore.api.opening import new_ticket
from deskcore.api.parameters import IfNoneMatch, Once, TicketsWanted
from deskcore.api.representations import ticket_item, ticket_items
from deskcore.api.versions import etag, is_known
from deskcore.errors import NotFound, Problem, Refused
from deskcore.extensions import db
from deskcore.people.services import find_person
from deskcore.tickets.lists import list_tickets as page_of_tickets
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.tickets.noting import note_read, note_reads
from deskcore.tickets.opening import open_ticket
from deskcore.tickets.queries import TicketQuery
from deskcore.tickets.workflow import priority_number

_NUMBER = re.compile(r"[A-Za-z]{2,5}-[0-9A-Za-z]{1,14}")
#: The id of no person.
_NOBODY = 0


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


def unless_known(ticket: Ticket, headers: dict[str, Any], answer: Callable[[Ticket], dict[str, Any]]) -> Any:
    """Return an answer about a ticket with its entity tag, or only that the caller has it already.

    :param answer: makes it; not asked when the caller's version is the present one.
    """
    tag = {"ETag": etag(ticket.number, ticket.version)}
    if is_known(headers.get("known", ""), ticket.number, ticket.version):
        return Response(status=304, headers=tag)
    note_read(ticket)
    return answer(ticket), tag


@blueprint.operation(
    "GET",
    "/tickets",
    TicketPage,
    tag="Tickets",
    scopes=["tickets:read"],
    query=TicketsWanted,
    example=page(MAIL_IS_DOWN),
)
def list_tickets(query: dict[str, Any]) -> dict[str, Any]:
    """List tickets.

    A portal token sees the tickets its person takes part in, a workspace token those of the desks its person
    works on; the newest change comes first.
    """
    found = page_of_tickets(_wanted(query), caller().person.id)
    return {"items": ticket_items(_in_full([row.id for row in found.rows])), "next": found.next or None}


def _wanted(query: dict[str, Any]) -> TicketQuery:
    if "tag" in query and caller().area == "portal":
        raise Refused(Problem(_("Only an agent sees tags. Leave this out."), "tag"))
    return TicketQuery(
        queue=query["queue"],
        desk_id=desk_named(query["desk"]).id if "desk" in query else None,
        category=query.get("status_category", ""),
        priority=priority_number(query["priority"]) if "priority" in query else None,
        tag=query.get("tag", ""),
        requester_id=_requester_id(query["requester"]) if "requester" in query else None,
        updated_since=query.get("updated_since"),
        text=query.get("q", ""),
        sort=query["sort"],
        limit=query["limit"],
        after=query.get("after", ""),
    )


def _requester_id(email: str) -> int:
    """Return whose tickets are wanted; an address that nobody has is answered like one without tickets."""
    person = find_person(email)
    return person.id if person else _NOBODY


def _in_full(ids: list[int]) -> list[Ticket]:
    """Return whole tickets in the order of ``ids``, in one statement."""
    people = joinedload(Ticket.requester), joinedload(Ticket.assignee)
    wanted = select(Ticket).where(Ticket.id.in_(ids)).options(*people)
    found = {ticket.id: ticket for ticket in db.session.scalars(wanted)} if ids else {}
    note_reads(found.values())
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
    gives=("Location", "ETag"),
    sends=MAIL_IS_DOWN_BODY,
)
def open_a_ticket(body: dict[str, Any], headers: dict[str, Any]) -> Any:
    """Open a ticket.

    Subject and description are made from the answers where they are left out, and the answer that becomes the
    description may be sent as `description` alone. A ticket that only named people may see, and the caller is
    none of them, is answered with its number alone.
    """
    number = open_ticket(new_ticket(body, headers.get("key", "")))
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
    gives=("ETag",),
    example=MAIL_IS_DOWN,
    errors=(304, 404),
)
def get_ticket(number: str, headers: dict[str, Any]) -> Any:
    """Read a ticket."""
    return unless_known(ticket_numbered(number), headers, ticket_item)
