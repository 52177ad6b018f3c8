"""The administration's blueprints and their menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from deskcore.desks.permissions import is_offered
from deskcore.runtime import runtime
from deskcore.web.admin.navigation import is_here, pages
from deskcore.web.route_classes import classify
from deskcore.web.templating import page_url
from deskcore.web.viewer import language, signed_in_person

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
classify(blueprint, "admin")
#: The audit log, which auditors read who administrate nothing.
audit_blueprint = Blueprint("audit", __name__, url_prefix="/admin/audit")
classify(audit_blueprint, "audit")
#: Pages that tell more about it themselves.
_OF_PLUGINS = frozenset({"admin.plugins", "admin.plugin"})


@blueprint.context_processor
@audit_blueprint.context_processor
def admin_context() -> dict[str, Any]:
    """Give the pages of the administration their menu."""
    here, person = request.endpoint or "", signed_in_person()
    if person is None:
        # An error page, for a stranger or while the database is away.
        return {"nav": [], "area_name": _("Administration")}
    if not person.administrator:
        log = _entry(_("Audit log"), url_for("audit.entries"), "shield", here.startswith("audit."))
        return {"nav": [log], "area_name": _("Administration")}
    own = [_entry(page.label, page_url(page.endpoint), page.icon, is_here(page)) for page in pages()]
    offered = (item.value for item in runtime().plugins.nav_items)
    entries = [entry for entry in offered if entry.area == "admin" and is_offered(entry.permission)]
    added = [
        _entry(entry.label.in_language(language()), url, entry.icon, request.endpoint == entry.endpoint)
        for entry in entries
        if (url := page_url(entry.endpoint))
    ]
    stopped = () if here in _OF_PLUGINS else stopped_plugins()
    return {"nav": own + added, "area_name": _("Administration"), "stopped_plugins": stopped}


@dataclass(frozen=True)
class Stopped:
    """A plugin that is paused, as every page of the administration says it."""

    name: str
    reason: str


def stopped_plugins() -> list[Stopped]:
    """Return the plugins that failed too often and are called no more, each with what went wrong last."""
    registry = runtime().plugins
    paused = ((name, row) for name, row in sorted(registry.states.items()) if registry.paused(name))
    return [Stopped(name, str(row.reason) if row.reason else "") for name, row in paused]


def settings_pages() -> list[dict[str, Any]]:
    """Return the pages of the administration that the signed-in person may open, as entries of its menu."""
    person = signed_in_person()
    return list(admin_context()["nav"]) if person and (person.administrator or person.auditor) else []


def _entry(label: str, url: str, icon: str, current: bool) -> dict[str, Any]:
    return {"label": label, "url": url, "icon": icon, "current": current, "count": None}
