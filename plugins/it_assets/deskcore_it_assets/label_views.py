"""Pages that print labels: what is to stand on them and on which paper, and the labels themselves."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from deskcore.plugin import Problem, Refused, people
from deskcore_it_assets import finding, labels
from deskcore_it_assets.choices import chosen, number
from deskcore_it_assets.desk_views import errors_of, require_keeper
from deskcore_it_assets.models import MAX_NAME, Asset

pages = Blueprint("it_assets_labels", __name__)


@pages.get("/labels")
def form() -> str:
    """Ask what is to stand on the labels of the things of ``?tag=``, and on which paper."""
    return _form()


@pages.post("/labels")
def go_on() -> ResponseReturnValue:
    """Lead to the labels, or keep a layout for later."""
    require_keeper()
    given, tags = request.form, request.form.getlist("tag")
    if given.get("action") != "keep":
        asked: dict[str, Any] = {key: given.get(key) or None for key in ("sheet", "first", "words")}
        return redirect(url_for("it_assets_labels.sheet", field=given.getlist("field"), tag=tags, **asked), 303)
    try:
        made = labels.save_layout(given.get("name", ""), given.get("sheet", ""), _fields(given))
    except Refused as error:
        return make_response(_form(error.problems), 422)
    flash(_("Saved."), "toast")
    return redirect(url_for("it_assets_labels.form", layout=made.id, tag=tags), 303)


@pages.get("/labels/print")
def sheet() -> str:
    """Show the labels as they are printed."""
    paper = labels.SHEETS.get(request.args.get("sheet", ""), labels.SHEETS[labels.FIRST_SHEET])
    found = labels.labels_of(_things(), _fields(request.args) or labels.USUAL)
    taken = min(max(number(request.args.get("first", "")), 1), paper.count) - 1
    return render_template(
        "it_assets/label_sheet.html",
        paper=paper,
        sheets=labels.pages_of(found, paper, taken),
        count=len(found),
        back=f"{url_for('it_assets_labels.form')}?{request.query_string.decode(errors='replace')}",
    )


def _form(problems: tuple[Problem, ...] = ()) -> str:
    things, saved = _things(), labels.layouts()
    given, spoken = request.values, people.asking().language
    layout = next((each for each in saved if each.id == number(given.get("layout", ""))), None)
    fields = _fields(given) or (list(layout.fields) if layout else list(labels.USUAL))
    paper = given.get("sheet") or (layout.sheet if layout else labels.FIRST_SHEET)
    own = next((each.removeprefix(labels.OWN_WORDS) for each in fields if each.startswith(labels.OWN_WORDS)), "")
    return render_template(
        "it_assets/labels.html",
        things=things,
        layouts=saved,
        layout=layout,
        sheets=chosen({key: each.title.in_language(spoken) for key, each in labels.SHEETS.items()}, paper),
        fields=[(key, label, key in fields) for key, label in labels.choices().items()],
        own=own,
        first=given.get("first", "1"),
        most=labels.MOST_LINES,
        address=labels.address_of(things[0]) if things else "",
        name=given.get("name", layout.name if layout else ""),
        **errors_of(problems),
    )


def _things() -> list[Asset]:
    """Return the things that are asked for, with everything that is known of them."""
    return finding.chosen(request.values.getlist("tag"), require_keeper())


def _fields(given: MultiDict[str, str]) -> list[str]:
    """Return what is to stand on the labels, in the order in which it is offered."""
    asked = given.getlist("field")
    known = [key for key in labels.choices() if key in asked]
    words = " ".join(given.get("words", "").split())[:MAX_NAME]
    return [*known, *([f"{labels.OWN_WORDS}{words}"] if words else [])]
