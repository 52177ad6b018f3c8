"""The list of services: in groups, from A to Z, behind a door, and for what fits nowhere."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deskcore.web.portal import offers
from deskcore.web.portal.area import Item, blueprint
from deskcore.web.portal.home import doors
from deskcore.web.viewer import language


@blueprint.get("/services")
def services() -> str:
    """Show all services: in groups, or from A to Z with ``?sort=az``."""
    entries = offers.offered()
    in_order = request.args.get("sort") == "az"
    tabs = [
        Item(_("By topic"), url_for("portal.services"), current=not in_order),
        Item(_("All from A to Z"), url_for("portal.services", sort="az"), current=in_order, count=str(len(entries))),
    ]
    return render_template(
        "portal/services.html",
        tabs=tabs,
        groups=() if in_order else offers.in_groups(entries),
        entries=offers.by_name(entries, language()) if in_order else (),
        generic=offers.generic(),
    )


@blueprint.get("/services/door/<door>")
def door(door: str) -> str:
    """Show the services behind one door of the home page."""
    entries = offers.behind(door)
    here = url_for("portal.door", door=door)
    found = next((each for each in doors() if each.url == here), None)
    return render_template("portal/door.html", door=found, entries=entries, generic=offers.generic())


@blueprint.get("/services/other")
def other() -> str | Response:
    """Lead to the form for what fits nowhere else; where several desks have one, let the person choose."""
    words = request.args.get("words", "")
    entries = offers.generic()
    if len(entries) == 1:
        return redirect(url_for("portal.service_form", slug=entries[0].slug, words=words or None))
    return render_template("portal/other.html", entries=entries, words=words)
