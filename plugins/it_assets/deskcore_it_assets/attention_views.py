"""The page of what needs attention."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.plugin import now
from deskcore_it_assets import attention
from deskcore_it_assets import more_words as words
from deskcore_it_assets.attention import PAGE, Filter
from deskcore_it_assets.care_models import ALERTS, Alert
from deskcore_it_assets.choices import number
from deskcore_it_assets.desk_views import require_keeper
from deskcore_it_assets.sections import sections
from deskcore_it_assets.writing import day as written

pages = Blueprint("it_assets_attention", __name__)


@pages.get("/attention")
def alerts() -> str:
    """List what needs the reader's attention, the most urgent first."""
    who, wanted = require_keeper(), _filter()
    found = attention.listed(wanted, who)
    return render_template(
        "it_assets/attention.html",
        day=written,
        sections=sections(who),
        rows=found[:PAGE],
        next_after=f"{found[PAGE - 1].due_on}_{found[PAGE - 1].id}" if len(found) > PAGE else "",
        wanted=wanted,
        kinds=words.ALERTS,
        today=now().date(),
        url_of=_url_of,
        title_of=_title_of,
    )


@pages.get("/attention.csv")
def export() -> Response:
    """Send what the list shows as a table for spreadsheets."""
    wanted = _filter()
    text = "".join(attention.as_csv(Filter(wanted.kind, wanted.seen), require_keeper()))
    response = Response("\ufeff" + text, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="attention.csv")
    return response


@pages.post("/attention")
def take_care() -> ResponseReturnValue:
    """Note that the reader takes care of what is ticked."""
    ids = [number(each) for each in request.form.getlist("alert")[: 2 * PAGE]]
    count = attention.take_care(ids, require_keeper())
    if count:
        flash(ngettext("%(num)s line is taken care of.", "%(num)s lines are taken care of.", count), "toast")
    else:
        flash(_("Tick what you take care of."), "toast")
    kind = request.form.get("kind", "")
    return redirect(url_for("it_assets_attention.alerts", kind=kind if kind in ALERTS else None), 303)


def _filter() -> Filter:
    kind, seen = request.args.get("kind", ""), request.args.get("show") == "seen"
    day, _line, last = request.args.get("after", "").partition("_")
    try:
        after = (date.fromisoformat(day), number(last)) if last else None
    except ValueError:  # an old or shortened link: the list begins at its beginning
        after = None
    return Filter(kind if kind in ALERTS else "", seen, after)


def _url_of(alert: Alert) -> str:
    if alert.licence is not None:
        return url_for("it_assets_licences.licence", licence_token=alert.licence.token)
    if alert.item is not None:
        return url_for("it_assets_stock.item", item_token=alert.item.token)
    return url_for("it_assets_desk.asset", tag=alert.asset.tag if alert.asset is not None else "")


def _title_of(alert: Alert) -> dict[str, Any]:
    """Return what a line is about: its ``title``, and its ``tag`` if it has one."""
    about = alert.licence or alert.item
    if about is not None:
        return {"title": about.name, "tag": ""}
    return {"title": alert.asset.title, "tag": alert.asset.tag} if alert.asset is not None else {"title": "", "tag": ""}
