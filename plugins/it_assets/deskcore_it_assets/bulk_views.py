"""Pages that do one thing with many things: choose it, look at what would become of each, then do it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.plugin import Conflict, Problem, Refused
from deskcore_it_assets import bulk, campaigns, catalogue, finding, words
from deskcore_it_assets.choices import chosen, number
from deskcore_it_assets.desk_views import asked_filter, day, errors_of, require_keeper

pages = Blueprint("it_assets_bulk", __name__)

#: The fields of an order, and for which actions each is asked.
FIELDS = {
    "person": ("hand_over",),
    "location": ("hand_over", "take_back", "move"),
    "due_on": ("hand_over",),
    "condition": ("hand_over", "take_back"),
    "campaign": ("count",),
}


@pages.get("/bulk")
def choose() -> ResponseReturnValue:
    """Ask what is to be done with the things of ``?tag=``, or with all that a filter finds."""
    tags = _tags()
    if request.args.get("do") == "labels":
        return redirect(url_for("it_assets_labels.form", tag=tags), 303)
    if request.args.get("do") == "protocol":
        return redirect(url_for("it_assets_protocol.protocol", tag=tags), 303)
    return _page(tags)


@pages.post("/bulk")
def act() -> ResponseReturnValue:
    """Show what would become of each thing, or do it."""
    given, who, tags = request.form, require_keeper(), request.form.getlist("tag")
    try:
        order = _order()
        if given.get("action") != "do":
            return _page(tags, rows=bulk.tried(order, tags, who))
        count = bulk.done(order, dict(zip(tags, map(number, given.getlist("version")), strict=False)), who)
    except Refused as error:
        return make_response(_page(tags, error.problems), 422)
    except Conflict as error:
        return make_response(_page(tags, notice=error.message), 409)
    flash(ngettext("Done with %(num)s item.", "Done with %(num)s items.", count), "toast")
    if order.action == "hand_over" and order.person:
        return redirect(url_for("it_assets_protocol.protocol", tag=tags), 303)
    if order.action == "count":
        return redirect(url_for("it_assets_audits.show", campaign=order.campaign), 303)
    return redirect(url_for("it_assets_desk.assets"), 303)


def _order() -> bulk.Order:
    given = request.form
    texts = {key: given.get(key, "") for key in ("person", "location", "condition", "note", "campaign")}
    return bulk.Order(given.get("do", ""), due_on=day(given.get("due_on", ""), "due_on"), **texts)


def _tags() -> list[str]:
    """Return the tags that are asked for; those of a whole filter where that is asked for."""
    if request.args.get("all") != "yes":
        return request.args.getlist("tag")
    return finding.tags_of(asked_filter(request.args), require_keeper(), finding.MOST_CHOSEN)


def _page(
    tags: list[str], problems: tuple[Problem, ...] = (), notice: str = "", rows: list[bulk.Row] | None = None
) -> str:
    who, given = require_keeper(), request.values
    action = given.get("do", "")
    fine = [row for row in rows or () if not row.problem]
    return render_template(
        "it_assets/bulk.html",
        things=[] if rows else finding.chosen(tags, who),
        rows=rows,
        fine=fine,
        refused=len(rows or ()) - len(fine),
        action=action,
        actions=_titles(),
        asked=[key for key, actions in FIELDS.items() if action in actions],
        given=given,
        places=catalogue.locations(),
        campaigns=chosen({each.token: each.title for each in campaigns.open_ones(who)}, given.get("campaign", "")),
        notice=notice,
        **errors_of(problems),
    )


def _titles() -> dict[str, Any]:
    """Return what can be done, by key."""
    own = {
        "hand_over": _("Hand over"),
        "take_back": _("Take back"),
        "move": _("Put somewhere else"),
        "count": _("Add to a campaign"),
    }
    return own | {name: label for name, (label, _icon, _said) in words.STEPS.items()}
