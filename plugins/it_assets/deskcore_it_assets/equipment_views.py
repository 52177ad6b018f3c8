"""Pages at ``/equipment``: what the reader has, and the answer to whether it arrived."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.plugin import Refused, people, setting
from deskcore_it_assets import equipment
from deskcore_it_assets.models import Asset
from deskcore_it_assets.words import look_of

pages = Blueprint("it_assets", __name__)


@pages.get("", endpoint="equipment")
def mine() -> str:
    """Show what the reader has."""
    return _page()


@pages.post("")
def answer() -> ResponseReturnValue:
    """Note that things arrived, or that one did not."""
    accepts, token = request.form.get("action") != "decline", request.form.get("token", "")
    try:
        if not accepts and not token:
            raise Refused(_("Choose what did not arrive."))
        count = equipment.answer(people.asking(), accepts, token, request.form.get("reason", ""))
    except Refused as error:
        return make_response(_page(error.message), 422)
    if not accepts:
        flash(_("Thank you. It is no longer in your name, and those who look after it know."), "toast")
    else:
        said = ngettext("Thank you. %(num)s item is confirmed.", "Thank you. %(num)s items are confirmed.", count)
        flash(said, "toast")
    return redirect(url_for("it_assets.equipment"), 303)


def _page(problem: str = "") -> str:
    held = equipment.mine(people.asking())
    return render_template(
        "it_assets/equipment.html",
        held=held,
        waiting=sum(each.answer == "waiting" for each in held),
        look_of=look_of,
        report_url=report_url,
        problem=problem,
        failed=bool(problem),
    )


def report_url(asset: Asset) -> str:
    """Return where a problem with a thing is reported: the service of the setting, with the thing filled in."""
    slug, _colon, field = str(setting("it_assets", "problem_service")).partition(":")
    # Where its desk is not in use, a link to the service would lead nowhere.
    if field and any(slug.startswith(desk.replace("_", "-") + "-") for desk in people.desks()):
        given: Any = {f"answers.{field}": asset.tag}
        return url_for("portal.service_form", slug=slug, **given)
    return url_for("portal.other", words=f"{asset.title} {asset.tag}")
