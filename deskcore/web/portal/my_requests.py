"""The list of my requests, each with what happens next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deskcore.errors import Refused
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.lists import count_tickets, list_tickets
from deskcore.tickets.managers import leads
from deskcore.tickets.merged import destinations
from deskcore.tickets.pages import approvers_of
from deskcore.tickets.queries import TicketQuery
from deskcore.web.portal.area import Item, blueprint, capped
from deskcore.web.portal.next_step import Facts, facts_of_row, next_step
from deskcore.web.templating import portal_word
from deskcore.web.viewer import current_person, language

STATES = ("open", "waiting", "finished", "team", "followed")
#: Tabs without a number: what is in them is no work of the reader.
_UNCOUNTED = ("team", "followed")


@dataclass(frozen=True)
class Row:
    """A request in a list.

    :param mine: whether the reader is the person it is for.
    :param word: what the desk calls its status on the portal; empty for the usual word.
    :param requester: name of the person it is for, where that is somebody else.
    """

    number: str
    subject: str
    service: str
    category: str
    next: str
    updated_at: datetime
    mine: bool
    word: str = ""
    requester: str = ""


def rows_of(rows: Iterable[Any], reader: Person) -> list[Row]:
    """Return rows of :func:`deskcore.tickets.lists.list_tickets` as the portal shows them."""
    found = list(rows)
    approvers = approvers_of([row.id for row in found if row.status_category == "waiting_approval"])
    gone = destinations([row.id for row in found if row.status_category == "closed"])
    return [_row(row, facts_of_row(row, reader, approvers.get(row.id, ()), gone.get(row.id))) for row in found]


def _row(row: Any, facts: Facts) -> Row:
    catalogue = runtime().catalogue
    entry = catalogue.type_by_id(row.request_type_id)
    service = entry.type.title if entry else catalogue.desk_by_id(row.desk_id).title
    return Row(
        number=row.number,
        subject=row.subject,
        service=service.in_language(language()),
        category=row.status_category,
        word=portal_word(row.desk_id, row.status),
        next=next_step(facts),
        updated_at=row.updated_at,
        mine=facts.mine,
        requester="" if facts.mine else facts.requester,
    )


@blueprint.get("/requests")
def requests() -> str | Response:
    """Show one tab of the reader's requests, a page at a time."""
    state = request.args.get("state", "open")
    state = state if state in STATES else "open"
    words = " ".join(request.args.get("q", "").split())[:200]
    person = current_person()
    query = replace(_queries(person)[state], text=words)
    after, before = request.args.get("after", ""), request.args.get("before", "")
    try:
        page = list_tickets(replace(query, after=after, before=before), person.id)
    except Refused:  # an old or shortened link: the list itself is still right
        return redirect(_url(state, words))
    return render_template(
        "portal/requests.html",
        state=state,
        words=words,
        tabs=_tabs(state, person),
        rows=rows_of(page.rows, person),
        next_url=_url(state, words, after=page.next) if page.next else "",
        previous_url=_url(state, words, before=page.previous) if page.previous else "",
        elsewhere=bool(after or before),
    )


def _queries(person: Person) -> dict[str, TicketQuery]:
    return {
        "open": TicketQuery(queue="open", requester_id=person.id),
        "waiting": TicketQuery(queue="waiting", requester_id=person.id),
        "finished": TicketQuery(queue="finished", requester_id=person.id),
        "team": TicketQuery(queue="team"),
        "followed": TicketQuery(queue="followed"),
    }


def _tabs(state: str, person: Person) -> list[Item]:
    counted = {key: query for key, query in _queries(person).items() if key not in _UNCOUNTED}
    counts = count_tickets(counted, person.id)
    labels = {
        "open": _("Open"),
        "waiting": _("Waiting for me"),
        "finished": _("Finished"),
        "team": _("My team"),
        "followed": _("Followed"),
    }
    if state != "team" and not leads(person):
        del labels["team"]  # there is none
    return [
        Item(label, _url(key, ""), key == state, capped(counts[key]) if key in counts else None)
        for key, label in labels.items()
    ]


def _url(state: str, words: str, after: str = "", before: str = "") -> str:
    chosen = None if state == "open" else state
    return url_for("portal.requests", state=chosen, q=words or None, after=after or None, before=before or None)
