"""Pages that anybody may read, signed in or not: help, accessibility, privacy, the reference of the API."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _

from deskcore.api.reference import made_reference
from deskcore.runtime import runtime
from deskcore.web.portal.area import Menu, plugin_items
from deskcore.web.route_classes import classify
from deskcore.web.viewer import Link, signed_in_person

blueprint = Blueprint("information", __name__)
classify(blueprint, "public")


@blueprint.app_context_processor
def footer_context() -> dict[str, Any]:
    """Put these pages into the footer of every page."""
    links = (("help_page", _("Help")), ("accessibility", _("Accessibility")), ("privacy", _("Privacy")))
    added = plugin_items(lambda item: item.in_foot) if signed_in_person() is not None else []
    shown = [Link(label, url_for(f"information.{page}")) for page, label in links]
    return {"footer_links": shown + [Link(item.label, item.url) for item in added]}


@blueprint.context_processor
def menu_context() -> dict[str, Any]:
    """Give the pages the portal's menu when somebody is signed in."""
    return {"nav": Menu() if signed_in_person() else (), "area_name": _("Portal")}


@blueprint.get("/help")
def help_page() -> str:
    """Say how to get help and how to use the portal."""
    return render_template("portal/help.html", reopen_days=runtime().config.reopen_days)


@blueprint.get("/accessibility")
def accessibility() -> str:
    """Say how the pages can be used, and whom to tell when something stands in the way."""
    return render_template("portal/accessibility.html")


@blueprint.get("/privacy")
def privacy() -> str:
    """Say what is stored about people and who sees it."""
    return render_template("portal/privacy.html", days=max(1, runtime().config.session_hours // 24))


@blueprint.get("/api/docs")
def api_reference() -> str:
    """Show how programs use the helpdesk: public like the description it is made from, which names no plugin.

    Whoever is signed in reads what plugins add, too.
    """
    known = signed_in_person() is not None
    reference = made_reference(runtime().config.base_url.rstrip("/"), plugins=known)
    return render_template("portal/api_reference.html", reference=reference)
