"""People as agents need them: how to reach them, and their tickets as far as the agent sees them."""

from __future__ import annotations

from dataclasses import replace

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from deskcore.errors import NotFound, Refused
from deskcore.extensions import db
from deskcore.people.directory import people_by_name
from deskcore.people.models import Person
from deskcore.people.services import normalise_email
from deskcore.tickets.cursors import make_cursor, read_cursor
from deskcore.tickets.lists import Page, list_tickets
from deskcore.tickets.loading import person_view
from deskcore.tickets.queries import TicketQuery
from deskcore.web.absences import plan_of
from deskcore.web.person_slots import person_panels
from deskcore.web.workspace.area import Item, blueprint, capped, queue_title, show, viewer_view
from deskcore.web.workspace.panels import Contact, contact
from deskcore.web.workspace.queue import rows

#: People on a page.
PEOPLE = 25
#: Which tickets of a person a page may show; the first is shown when the address names none.
STATES = ("open", "finished", "all")
_LONGEST = 200


@blueprint.get("/people")
def people() -> ResponseReturnValue:
    """Show the people of the organisation by name, a page at a time, or those whom words find."""
    words = " ".join(request.args.get("q", "").replace("\0", "").split())[:_LONGEST]
    bound, cursor = f"people {words}", request.args.get("after", "")
    try:
        name, email = read_cursor(bound, cursor) if cursor else ("", "")
        stale = False
    except Refused:
        name, email, stale = "", "", True
    found = people_by_name(words, limit=PEOPLE + 1, after=(name, email) if email else None)
    shown = found[:PEOPLE]
    following = make_cursor(bound, [shown[-1].name, shown[-1].email]) if len(found) > PEOPLE else ""
    return show(
        "workspace/people.html",
        words=words,
        people=shown,
        stale=stale,
        first_url=url_for("workspace.people", q=words or None) if email else "",
        next_url=url_for("workspace.people", q=words or None, after=following) if following else "",
    )


@blueprint.get("/people/<email>")
def person(email: str) -> ResponseReturnValue:
    """Show a person and their tickets, newest first; what the reader may not see is not counted either."""
    return person_page(email)


def person_page(email: str, refused: Refused | None = None) -> str:
    """Render the page about a person.

    :param refused: why an absence was not planned.
    """
    found, state = _person(email), request.args.get("state", STATES[0])
    absences = plan_of(found, refused, with_form=False)
    if state not in STATES:
        state = STATES[0]
    query = TicketQuery(queue=state, requester_id=found.id, sort="-created", after=request.args.get("after", ""))
    page = _page(query, found.id)
    detail = (found.job_title, found.location.name if found.location else "")
    counted = {name: TicketQuery(queue=name, requester_id=found.id) for name in STATES}
    return show(
        "workspace/person.html",
        counted=counted,
        tabs=lambda counts: _tabs(found.email, state, counts),
        person=found,
        detail=" · ".join(part for part in detail if part),
        contact=[*contact(found), *([Contact(_("Location"), found.location.name)] if found.location else [])],
        absences=absences,
        summary=absences.summary if absences else (),
        failed=refused is not None,
        panels=person_panels(person_view(found), viewer_view()),
        rows=rows(page),
        state=state,
        next_after=page.next,
        further=bool(query.after),
    )


def _tabs(email: str, state: str, counts: dict[str, int]) -> list[Item]:
    titles = {"open": _("Open"), "finished": queue_title("finished"), "all": _("All")}
    return [
        Item(
            titles[name],
            url_for("workspace.person", email=email, state=name if name != STATES[0] else None),
            current=name == state,
            count=capped(counts[name]),
        )
        for name in STATES
    ]


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
