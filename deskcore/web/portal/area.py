"""The portal's blueprint, its menu, and who reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from deskcore.desks.fields import FieldContext
from deskcore.desks.permissions import is_offered
from deskcore.hooks.page_parts import NavItem
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.lists import COUNT_CAP, count_tickets
from deskcore.tickets.organisation import Organisation
from deskcore.tickets.queries import TicketQuery
from deskcore.web.bar import BarEntries
from deskcore.web.route_classes import classify
from deskcore.web.templating import page_url
from deskcore.web.viewer import current_person, language, signed_in_person, time_zone

blueprint = Blueprint("portal", __name__)
classify(blueprint, "portal")

#: Endpoints that belong to a menu entry besides its own.
_BELONG = {
    "portal.services": ("portal.door", "portal.other", "portal.service_form", "portal.keep_form"),
    "portal.requests": ("portal.request", "portal.sent", "portal.reply", "portal.add_person", "portal.keep_answer"),
}


@dataclass(frozen=True)
class Item:
    """A labelled link of a menu, of tabs or of breadcrumbs.

    :param count: shown behind the label; ``None`` for no count.
    """

    label: str
    url: str = ""
    current: bool = False
    count: str | None = None
    icon: str = "file"


class Menu:
    """The portal's menu, made when a page really shows it: an error page must not count requests first."""

    def __init__(self) -> None:
        self._items: list[Item] | None = None

    def __iter__(self) -> Iterator[Item]:
        if self._items is None:
            self._items = [*_own_items(), *_plugin_items()]
        return iter(self._items)


def _own_items() -> list[Item]:
    here = request.endpoint or ""
    entries = (
        ("portal.home", _("Home"), "home"),
        ("portal.services", _("Services"), "box"),
        ("portal.requests", _("My requests"), "inbox"),
    )
    return [
        Item(
            label,
            url_for(endpoint),
            current=here == endpoint or here in _BELONG.get(endpoint, ()),
            count=_open_count() if endpoint == "portal.requests" else None,
            icon=icon,
        )
        for endpoint, label, icon in entries
    ]


def _open_count() -> str | None:
    person = current_person()
    count = count_tickets({"open": TicketQuery(requester_id=person.id)}, person.id)["open"]
    return capped(count) if count else None


def _plugin_items() -> list[Item]:
    return plugin_items(lambda item: not item.in_bar and not item.in_foot)


def plugin_items(chosen: Callable[[NavItem], bool]) -> list[Item]:
    """Return the entries of plugins in the portal of which something is true."""
    items = [it.value for it in runtime().plugins.nav_items if it.value.area == "portal" and chosen(it.value)]
    return [
        Item(item.label.in_language(language()), url, request.endpoint == item.endpoint, icon=item.icon)
        for item in items
        if is_offered(item.permission) and (url := page_url(item.endpoint))
    ]


def capped(count: int) -> str:
    """Return a count as people read it: exact up to a thousand, then ``1000+``."""
    return f"{COUNT_CAP}+" if count > COUNT_CAP else str(count)


@blueprint.context_processor
def portal_context() -> dict[str, Any]:
    """Give the portal's pages their menu."""
    person = signed_in_person()
    bar = BarEntries("portal", person) if person else ()
    return {"nav": Menu() if person else (), "bar": bar, "area_name": _("Portal")}


def field_context(person: Person, lookup: Organisation | None = None) -> FieldContext:
    """Return who answers a form and how that person writes dates and names."""
    return FieldContext(
        language=language(),
        time_zone=time_zone(),
        lookup=lookup or Organisation(person),
        person=person.email,
    )


def form_key() -> str:
    """Return a fresh idempotency key: one per rendered form."""
    return uuid4().hex
