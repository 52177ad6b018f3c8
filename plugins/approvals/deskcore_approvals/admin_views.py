"""The page of the administration on which cost centres get their owners."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Refused
from deskcore_approvals import cost_centres as stored
from deskcore_approvals.views import Sent

pages = Blueprint("approvals_admin", __name__)


@pages.get("/cost-centres")
def cost_centres() -> str:
    """Show all cost centres."""
    return _page(Sent())


@pages.post("/cost-centres")
def save() -> ResponseReturnValue:
    """Add a cost centre, or change one."""
    values = {key: request.form.get(key, "") for key in ("code", "name", "owner")}
    try:
        stored.save(**values)
    except Refused as error:
        return _page(Sent(values, error.problems)), 422
    flash(_("Saved."), "toast")
    return redirect(url_for("approvals_admin.cost_centres"), 303)


@pages.post("/cost-centres/remove")
def remove() -> ResponseReturnValue:
    """Remove a cost centre."""
    stored.remove(request.form.get("code", ""))
    flash(_("Removed."), "toast")
    return redirect(url_for("approvals_admin.cost_centres"), 303)


def _page(sent: Sent) -> str:
    rows = stored.cost_centres()
    return render_template("approvals/cost_centres.html", rows=rows, sent=sent, failed=bool(sent.problems))
