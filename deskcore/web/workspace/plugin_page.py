"""Pages that plugins have about a ticket: the core's frame around the plugin's template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from deskcore.errors import NotFound
from deskcore.hooks import answers
from deskcore.hooks.freezing import frozen
from deskcore.hooks.page_parts import TicketPage
from deskcore.runtime import runtime
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.tickets.models import Ticket
from deskcore.tickets.snapshots import TicketView, ViewerView
from deskcore.web.asking import ask
from deskcore.web.viewer import language
from deskcore.web.workspace.area import Item, blueprint, show, viewer_view
from deskcore.web.workspace.surroundings import crumbs, marked_list, surroundings


@dataclass(frozen=True)
class PageView:
    """A plugin's page about a ticket, as it is shown.

    :param body: its markup; empty where it ``failed``.
    """

    plugin: str
    title: str
    body: str = ""
    failed: bool = False


@blueprint.get("/tickets/<number>/<page>")
def plugin_page(number: str, page: str) -> ResponseReturnValue:
    """Show what a plugin has to say about a ticket on a page of its own."""
    row = find_ticket(number)
    if row.number != number.upper():
        return redirect(url_for("workspace.plugin_page", number=row.number, page=page), 301)
    found = ticket_page(page, ticket_view(row), viewer_view())
    if found is None:
        raise NotFound(_("There is no such page."))
    way = _way_back(row, found.title)
    return show("workspace/plugin_page.html", here=marked_list(row), ticket=row, page=found, crumbs=way)


def ticket_page(key: str, ticket: TicketView, viewer: ViewerView) -> PageView | None:
    """Return a plugin's page about a ticket; nothing when no active plugin has it, or not for this ticket."""
    for item in runtime().plugins.ticket_pages:
        page: TicketPage = item.value
        if page.key == key and (not page.desks or ticket.desk in page.desks):
            return _filled(item.plugin, page, ticket, viewer)
    return None


def _filled(plugin: str, page: TicketPage, ticket: TicketView, viewer: ViewerView) -> PageView | None:
    seconds = runtime().plugins.breaker.limits.deadline
    outcome = ask(plugin, f"ticket page {page.key}", _data_of(page, ticket, viewer), seconds)
    title = page.title.in_language(language())
    if outcome.failed:
        return PageView(plugin, title, failed=True)
    if outcome.value is None:
        return None
    body = _rendered(plugin, page, {**outcome.value, "ticket": ticket})
    return PageView(plugin, title, body or "", failed=body is None)


def _data_of(page: TicketPage, ticket: TicketView, viewer: ViewerView) -> Callable[[], Mapping[str, Any] | None]:
    given, reader = frozen(ticket), frozen(viewer)

    def call() -> Mapping[str, Any] | None:
        value: Any = page.data(given, reader)
        if value is not None and not (isinstance(value, Mapping) and all(type(name) is str for name in value)):
            raise answers.unusable(value)
        return value

    return call


def _rendered(plugin: str, page: TicketPage, context: Mapping[str, Any]) -> Markup | None:
    """Return the template filled in, or nothing when it failed, which is counted like any other failure."""
    callers, slot = runtime().callers, f"ticket page {page.key}"
    try:
        with callers.watching(plugin, slot, runtime().plugins.breaker.limits.deadline):
            return Markup(render_template(page.template, **context))  # noqa: S704  (a template escapes what it is given)
    except Exception as error:
        callers.failed(plugin, slot, error)
        return None


def _way_back(row: Ticket, title: str) -> list[Item]:
    way = crumbs(row, runtime().catalogue.desk_by_id(row.desk_id))
    return [way[0], Item(row.number, url_for("workspace.ticket", number=row.number, **surroundings())), Item(title)]
