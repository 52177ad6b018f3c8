"""Pages at ``/equipment``: what the reader has, and the answer to whether it arrived."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.plugin import Refused, people, session, setting
from deskcore_it_assets import equipment, licences, stock
from deskcore_it_assets.models import MAX_TAG, Asset
from deskcore_it_assets.rights import keeper_of
from deskcore_it_assets.scanning import thing_of
from deskcore_it_assets.spelling import spelled
from deskcore_it_assets.words import look_of
from deskcore_it_assets.writing import day

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


@pages.get("/<path:tag>")
def device(tag: str) -> ResponseReturnValue:
    """Lead from the code on a label to the thing: to its page, or to reporting a problem with it.

    Whoever neither looks after it nor has it learns nothing, not even whether there is one.
    """
    asking, tag = people.asking(), " ".join(tag.split())[:MAX_TAG]
    who = keeper_of(replace(asking, area="workspace"))
    found = thing_of(session(), tag, who) if who.desks else None
    if found is not None:
        return redirect(url_for("it_assets_desk.asset", tag=found.tag), 303)
    mine = [held.asset for held in equipment.mine(asking) if held.asset.tag_key == spelled(tag)]
    thing = mine[0] if mine else None
    url = report_url(thing) if thing else report_url_of(tag, tag)
    return render_template("it_assets/device.html", tag=tag, thing=thing, report_url=url)


def _page(problem: str = "") -> str:
    asking = people.asking()
    held, addresses = equipment.mine(asking), people.addresses_of(asking.email)
    return render_template(
        "it_assets/equipment.html",
        held=held,
        waiting=sum(each.answer == "waiting" for each in held),
        look_of=look_of,
        report_url=report_url,
        day=day,
        lent=stock.lent_to(addresses),
        seats=licences.mine(addresses),
        problem=problem,
        failed=bool(problem),
    )


def report_url(asset: Asset) -> str:
    """Return where a problem with a thing is reported."""
    return report_url_of(asset.tag, f"{asset.title} {asset.tag}")


def report_url_of(tag: str, described: str) -> str:
    """Return where a problem is reported: the service of the setting, with the tag filled in."""
    slug, _colon, field = str(setting("it_assets", "problem_service")).partition(":")
    # Where its desk is not in use, a link to the service would lead nowhere.
    if field and any(slug.startswith(desk.replace("_", "-") + "-") for desk in people.desks()):
        given: Any = {f"answers.{field}": tag}
        return url_for("portal.service_form", slug=slug, **given)
    return url_for("portal.other", words=described)
