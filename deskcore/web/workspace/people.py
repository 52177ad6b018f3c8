"""A person as agents need one: how to reach them, and their tickets as far as the agent sees them."""

from __future__ import annotations

from dataclasses import replace

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from deskcore.errors import NotFound, Refused
from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.people.services import normalise_email
from deskcore.tickets.queries import Page, TicketQuery, list_tickets
from deskcore.web.workspace.area import blueprint, show
from deskcore.web.workspace.panels import contact
from deskcore.web.workspace.queue import rows


@blueprint.get("/people/<email>")
def person(email: str) -> ResponseReturnValue:
    """Show a person and their tickets, newest first."""
    found = _person(email)
    query = TicketQuery(queue="all", requester_id=found.id, sort="-created", after=request.args.get("after", ""))
    page = _page(query, found.id)
    counted = {name: TicketQuery(queue=name, requester_id=found.id) for name in ("open", "finished")}
    detail = (found.job_title, found.location.name if found.location else "")
    return show(
        "workspace/person.html",
        counted=counted,
        person=found,
        detail=" · ".join(part for part in detail if part),
        contact=contact(found),
        rows=rows(page),
        next_after=page.next,
    )


def _person(email: str) -> Person:
    try:
        address = normalise_email(email)
    except Refused as refusal:
        raise NotFound(_("We know nobody with this address.")) from refusal
    options = (joinedload(Person.department), joinedload(Person.location), joinedload(Person.manager))
    found = db.session.scalar(select(Person).where(Person.email == address).options(*options))
    if found is None:
        raise NotFound(_("We know nobody with this address."))
    return found


def _page(query: TicketQuery, person_id: int) -> Page:
    try:
        return list_tickets(query, person_id)
    except Refused:
        return list_tickets(replace(query, after=""), person_id)
