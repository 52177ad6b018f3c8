"""A follow-up: what an agent asks for because of a ticket, of another desk or of the same one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.children import Elsewhere, keeps_to_itself, offers, open_ones
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket
from deskcore.tickets.pages import Linked
from deskcore.tickets.undo import offer_undo
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person, desk_roles, language
from deskcore.web.workspace.area import Item, blueprint, show
from deskcore.web.workspace.choices import by_desk
from deskcore.web.workspace.panels import LinkView, link_views
from deskcore.web.workspace.surroundings import surroundings
from deskcore.web.workspace.undoing import undo_url

#: Digits that no number of a message has.
_LONGEST = 10


@dataclass(frozen=True)
class Usual:
    """A request that usually follows."""

    url: str
    title: str
    desk: str
    icon: str


@blueprint.get("/tickets/<number>/follow-up")
def follow_up(number: str) -> ResponseReturnValue:
    """Offer what usually follows from a ticket, and everything else that can be asked for.

    ``?quote=`` names a message of the ticket, which the form then quotes.
    """
    parent, quote = find_ticket(number), quote_of(request.args.get("quote", ""))
    here = runtime().catalogue.desk_by_id(parent.desk_id)
    back = url_for("workspace.ticket", number=parent.number, **surroundings())
    return show(
        "workspace/follow_up.html",
        parent=parent,
        quote=quote,
        usual=[_usual(parent, offer.entry, quote) for offer in offers(parent)],
        services=by_desk(runtime().catalogue.offered()),
        secret=here.confidential or parent.visibility == "named",
        back=back,
        crumbs=[Item(parent.number, back), Item(_("Open a follow-up"))],
    )


def quote_of(text: str) -> int | None:
    """Return the number of a message from an address; nothing for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST else None


def _usual(parent: Ticket, entry: RequestTypeEntry, quote: int | None) -> Usual:
    url = url_for("workspace.new", parent=parent.number, service=entry.slug, quote=quote)
    desk = entry.desk.title.in_language(language())
    return Usual(url, entry.type.title.in_language(language()), desk, entry.type.icon)


def askers(parent: Ticket, entry: RequestTypeEntry) -> list[Person]:
    """Return in whose name an agent may ask, the usual one first.

    On the desks where one works oneself that is whoever asked in the first place; another desk one asks oneself.
    """
    me, asked = current_person().id, parent.requester_id
    ids = [me] if keeps_to_itself(parent, entry.desk) else [asked, me] if entry.desk.id in desk_roles() else [me, asked]
    options = (joinedload(Person.department), joinedload(Person.location), joinedload(Person.manager))
    people = {row.id: row for row in db.session.scalars(select(Person).where(Person.id.in_(ids)).options(*options))}
    return [people[each] for each in dict.fromkeys(ids) if people[each].active]


def open_it(parent: Ticket, new: NewTicket) -> ResponseReturnValue:
    """Open a follow-up, and lead back to the ticket that it follows from."""
    opened = services.open_child(parent.number, new)
    back = url_for("workspace.ticket", number=parent.number)
    toast(_("%(number)s was opened.", number=opened.number), undo_url(offer_undo([opened.change]), back))
    return redirect(back, 303)


def elsewhere_views(children: Sequence[Elsewhere]) -> list[LinkView]:
    """Return the children that the reader does not see in the workspace; of some only their desk is named."""
    return [
        LinkView(
            _("Follow-up"),
            child.number,
            child.subject or (child.desk.title.in_language(language()) if child.desk else ""),
            child.status_category,
            url_for("portal.request", number=child.number) if child.number else "",
        )
        for child in children
    ]


def open_parts(links: Sequence[Linked]) -> int:
    """Return how many open children of a ticket its reader sees."""
    return len(open_ones(links, ())[0])


def still_open(ticket: Ticket, links: Sequence[Linked], others: Sequence[Elsewhere]) -> list[LinkView]:
    """Return the children that are open although their ticket is finished."""
    if not ticket.finished:
        return []
    seen, elsewhere = open_ones(links, others)
    return [*link_views(seen), *elsewhere_views(elsewhere)]
