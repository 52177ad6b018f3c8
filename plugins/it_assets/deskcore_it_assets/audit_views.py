"""Pages of campaigns: which there are, what one still looks for, its scanner, its differences and its end."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Problem, Refused, people
from deskcore_it_assets import campaigns, catalogue, differences, words
from deskcore_it_assets.audit_models import Campaign, CampaignItem
from deskcore_it_assets.choices import chosen, number
from deskcore_it_assets.desk_views import asked_filter, day, errors_of, require_keeper
from deskcore_it_assets.scan_views import with_camera
from deskcore_it_assets.writing import day as written

pages = Blueprint("it_assets_audits", __name__)


@pages.get("/audits")
def audits() -> str:
    """List the campaigns, and ask for a new one about what ``?show=``, ``?q=`` and so on find."""
    return _list()


@pages.post("/audits")
def begin() -> ResponseReturnValue:
    """Begin a campaign."""
    given = request.form
    try:
        due = day(given.get("due_on", ""), "due_on")
        made = campaigns.begin(
            given.get("title", ""), given.get("desk", ""), asked_filter(given), require_keeper(), due
        )
    except Refused as error:
        return make_response(_list(error.problems), 422)
    flash(_("It can be counted now."), "toast")
    return redirect(url_for("it_assets_audits.show", campaign=made.token), 303)


@pages.get("/audits/<campaign>")
def show(campaign: str) -> Response:
    """Show how far a campaign is, with its scanner."""
    return _page(campaign)


@pages.post("/audits/<campaign>")
def act(campaign: str) -> ResponseReturnValue:
    """Note what was scanned, or close the campaign."""
    who, given = require_keeper(), request.form
    place = " ".join(given.get("place", "").split())
    try:
        if given.get("action") == "close":
            differences.close(campaign, who, put_right=given.get("put_right") == "yes")
            flash(_("The campaign is closed."), "toast")
            return redirect(url_for("it_assets_audits.show", campaign=campaign), 303)
        item, again = campaigns.scan(campaign, given.get("code", ""), place, who)
    except Refused as error:
        return make_response(_page(campaign, error.problems), 422)
    more: dict[str, Any] = {"place": place or None, "camera": given.get("camera") or None, "seen": item.id}
    return redirect(url_for("it_assets_audits.show", campaign=campaign, again="1" if again else None, **more), 303)


@pages.get("/audits/<campaign>.csv")
def export(campaign: str) -> Response:
    """Send everything that a campaign listed or found as a table for spreadsheets."""
    found = campaigns.find(campaign, require_keeper())
    response = Response("\ufeff" + "".join(differences.as_csv(found)), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="campaign.csv")
    return response


def _list(problems: tuple[Problem, ...] = ()) -> str:
    who, desks = require_keeper(), people.desks()
    given = request.values
    wanted = asked_filter(given)
    return render_template(
        "it_assets/audits.html",
        found=campaigns.all_of(who),
        wanted=wanted,
        given=given,
        view=words.VIEWS.get(wanted.view, ""),
        category=next((each.title for each in catalogue.categories() if each.id == wanted.category), None),
        place=next((each.name for each in catalogue.locations() if each.id == wanted.location), ""),
        desks=chosen(
            {key: title.in_language(people.asking().language) for key, title in desks.items() if key in who.desks},
            given.get("desk", ""),
        ),
        desk_titles=desks,
        day=written,
        **errors_of(problems),
    )


def _page(token: str, problems: tuple[Problem, ...] = ()) -> Response:
    who = require_keeper()
    found = campaigns.find(token, who)
    counts = differences.counts(found)
    asked = request.args.get("show", "")
    shown = asked if asked in campaigns.OUTCOMES else next((key for key in campaigns.OUTCOMES if counts[key]), "found")
    rows = differences.lines(found, shown, number(request.args.get("after", "")))
    text = render_template(
        "it_assets/campaign.html",
        campaign=found,
        counts=counts,
        expected=counts["found"] + counts["wrong_place"] + counts["missing"],
        seen=counts["found"] + counts["wrong_place"],
        shown=shown,
        rows=rows,
        next_after=rows[-1].id if len(rows) == campaigns.PAGE else 0,
        outcomes=words.OUTCOMES if found.closed_at else {**words.OUTCOMES, "missing": words.NOT_SEEN},
        last=_last(found),
        again=request.args.get("again") == "1",
        outcome_of=campaigns.outcome_of,
        place=request.values.get("place", ""),
        places=catalogue.locations(),
        camera=request.args.get("camera") == "1",
        day=written,
        **errors_of(problems),
    )
    return with_camera(make_response(text))


def _last(found: Campaign) -> CampaignItem | None:
    """Return the line of what was scanned last, to be said."""
    asked = number(request.args.get("seen", ""))
    rows = differences.lines(found, "", asked - 1, 1) if asked else []
    return rows[0] if rows and rows[0].id == asked else None
