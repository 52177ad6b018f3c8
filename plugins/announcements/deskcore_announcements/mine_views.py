"""What readers say to notices: that one affects them, too, and whether they want to hear of new ones."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Refused, people
from deskcore_announcements import affecting

pages = Blueprint("announcements_mine", __name__)


@pages.post("/notices/<token>/affects")
def affects(token: str) -> ResponseReturnValue:
    """Count the reader with those whom a notice affects, or no longer."""
    does = request.args.get("does") != "no"
    try:
        affecting.affects(token, people.asking(), does=does)
    except Refused as error:
        flash(error.message, "error")
    else:
        counted = _("You are counted. We tell you how it goes on; you need not send a request.")
        flash(counted if does else _("You are no longer counted."), "toast")
    back = "portal.home" if request.args.get("back") == "home" else ""
    return redirect(url_for(back) if back else url_for("announcements.notice", token=token), 303)


@pages.post("/subscription")
def subscription() -> ResponseReturnValue:
    """Note whether the reader wants to hear of new notices."""
    wants = request.form.get("wants") == "yes"
    affecting.subscribe(people.asking(), wants=wants)
    flash(_("We tell you of new notices.") if wants else _("We no longer tell you of new notices."), "toast")
    return redirect(url_for("announcements.status"), 303)
