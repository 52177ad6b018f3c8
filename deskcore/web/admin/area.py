"""The administration's blueprint and its menu."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from deskcore.runtime import runtime
from deskcore.web.templating import page_url
from deskcore.web.viewer import classify, language

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
classify(blueprint, "admin")


@blueprint.context_processor
def _menu() -> dict[str, Any]:
    own = [_entry(_("Plugins"), url_for("admin.plugins"), "box", (request.endpoint or "").startswith("admin.plugin"))]
    offered = (item.value for item in runtime().plugins.nav_items)
    entries = [entry for entry in offered if entry.area == "admin" and not entry.permission]
    added = [
        _entry(entry.label.in_language(language()), url, entry.icon, request.endpoint == entry.endpoint)
        for entry in entries
        if (url := page_url(entry.endpoint))
    ]
    return {"nav": own + added, "area_name": _("Administration")}


def _entry(label: str, url: str, icon: str, current: bool) -> dict[str, Any]:
    return {"label": label, "url": url, "icon": icon, "current": current, "count": None}
