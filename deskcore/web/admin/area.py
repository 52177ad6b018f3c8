"""The administration's blueprints and their menu."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from deskcore.runtime import runtime
from deskcore.web.admin.navigation import is_here, pages
from deskcore.web.templating import page_url
from deskcore.web.viewer import classify, language, signed_in_person

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
classify(blueprint, "admin")
#: The audit log, which auditors read who administrate nothing.
audit_blueprint = Blueprint("audit", __name__, url_prefix="/admin/audit")
classify(audit_blueprint, "audit")


@blueprint.context_processor
@audit_blueprint.context_processor
def _menu() -> dict[str, Any]:
    here, person = request.endpoint or "", signed_in_person()
    if person is None:
        # An error page, for a stranger or while the database is away.
        return {"nav": [], "area_name": _("Administration")}
    if not person.administrator:
        log = _entry(_("Audit log"), url_for("audit.entries"), "shield", here.startswith("audit."))
        return {"nav": [log], "area_name": _("Administration")}
    own = [_entry(page.label, page_url(page.endpoint), page.icon, is_here(page)) for page in pages()]
    offered = (item.value for item in runtime().plugins.nav_items)
    entries = [entry for entry in offered if entry.area == "admin" and not entry.permission]
    added = [
        _entry(entry.label.in_language(language()), url, entry.icon, request.endpoint == entry.endpoint)
        for entry in entries
        if (url := page_url(entry.endpoint))
    ]
    return {"nav": own + added, "area_name": _("Administration")}


def settings_pages() -> list[dict[str, Any]]:
    """Return the pages of the administration that the signed-in person may open, as entries of its menu."""
    person = signed_in_person()
    return list(_menu()["nav"]) if person and (person.administrator or person.auditor) else []


def _entry(label: str, url: str, icon: str, current: bool) -> dict[str, Any]:
    return {"label": label, "url": url, "icon": icon, "current": current, "count": None}
