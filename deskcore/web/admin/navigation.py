"""The pages of the administration: what the menu lists, and what a search over settings finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _

from deskcore.runtime import runtime
from deskcore.web.templating import page_url
from deskcore.web.viewer import language


@dataclass(frozen=True)
class AdminPage:
    """A page of the administration.

    :param belongs: beginning of the endpoints that belong to its menu entry.
    :param about: words under which a search finds it.
    """

    endpoint: str
    label: str
    icon: str
    belongs: str
    about: str = ""


@dataclass(frozen=True)
class Found:
    """Something that a search over settings found."""

    label: str
    about: str
    url: str
    icon: str


def pages() -> list[AdminPage]:
    """Return the core's pages of the administration in the order of the menu; those that are not there are left out."""
    found = [
        AdminPage("admin.home", _("Start"), "home", "admin.home", _("health, setup checklist")),
        AdminPage(
            "admin.desks",
            _("Desks"),
            "desk",
            "admin.desk",
            _("prefix, members, teams, business hours, holidays, time zone, statuses, words on the portal"),
        ),
        AdminPage(
            "admin.services",
            _("Request types"),
            "list",
            "admin.service",
            _("forms, fields, conditions, texts, audience, import and export"),
        ),
        AdminPage(
            "admin.people",
            _("People"),
            "users",
            "admin.pe",
            _("add a person, rights, administrator, auditor, password link, API tokens, see as this person"),
        ),
        AdminPage(
            "admin.look", _("Look"), "image", "admin.look", _("organisation name, logo, colour, footer contact, notice")
        ),
        AdminPage("admin.plugins", _("Plugins"), "box", "admin.plugin", _("turn on, turn off, settings, errors")),
        AdminPage(
            "admin.deliveries", _("Background work"), "refresh", "admin.deliver", _("jobs, deliveries, workers, retry")
        ),
        AdminPage("admin.data", _("Import and export"), "download", "admin.data", _("CSV, mapping, dry run")),
        AdminPage(
            "portal.emergency", _("Emergency access"), "key", "portal.emergency", _("see a ticket, reason, confirm")
        ),
        AdminPage("audit.entries", _("Audit log"), "shield", "audit.", _("who changed what, CSV")),
    ]
    return [page for page in found if page_url(page.endpoint)]


def is_here(page: AdminPage) -> bool:
    """Tell whether the page that is shown belongs to a menu entry."""
    return (request.endpoint or "").startswith(page.belongs)


def search(text: str) -> list[Found]:
    """Return pages, desks, request types and settings of plugins in which every word stands."""
    words = text.casefold().split()[:5]
    if not words:
        return []
    found = []
    for one in _everything():
        where = f"{one.label} {one.about}".casefold()
        if all(word in where for word in words):
            found.append(one)
    return found[:30]


def _everything() -> Iterator[Found]:
    for page in pages():
        yield Found(page.label, page.about, page_url(page.endpoint), page.icon)
    spoken, catalogue = language(), runtime().catalogue
    for desk in catalogue.desks.values():
        statuses = ", ".join(status.title.in_language(spoken) for status in desk.statuses)
        about = _("Desk %(prefix)s", prefix=desk.prefix) + f" · {statuses}"
        yield Found(desk.title.in_language(spoken), about, page_url("admin.desk", key=desk.key), "desk")
    services = page_url("admin.services")
    for entry in catalogue.types.values():
        url = page_url("admin.service", slug=entry.slug) or services
        if url:
            about = _("Request type of %(desk)s", desk=entry.desk.title.in_language(spoken))
            yield Found(entry.type.title.in_language(spoken), about, url, entry.type.icon)
    for item in runtime().plugins.settings:
        url = page_url("admin.plugin", name=item.plugin) or page_url("admin.plugins")
        yield Found(item.value.label.in_language(spoken), _("Setting of %(plugin)s", plugin=item.plugin), url, "gear")
