"""The form about a thing: a new one, or one that is changed; everything that was typed is kept."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Conflict, Problem, Refused, people, setting
from deskcore_it_assets import catalogue, finding, records, words
from deskcore_it_assets.choices import Choice, chosen, number
from deskcore_it_assets.desk_views import errors_of, require_keeper
from deskcore_it_assets.models import Asset
from deskcore_it_assets.own_fields import OwnField
from deskcore_it_assets.particulars import Wanted, plain_of

pages = Blueprint("it_assets_editor", __name__)

#: Models that are offered while one is typed.
_OFFERED = 200
_OWN = "fields."


@pages.get("/new")
def new() -> str:
    """Ask for a new thing."""
    who = require_keeper()
    currency = str(setting("it_assets", "currency"))
    return _form({"desk": next(iter(sorted(who.desks))), "currency": currency, "state": "stock"})


@pages.post("/new")
def add() -> ResponseReturnValue:
    """Write a new thing down."""
    who, given = require_keeper(), _given()
    try:
        asset = records.add(_wanted(given), who)
    except Refused as error:
        return make_response(_form(given, problems=error.problems), 422)
    flash(_("Written down."), "toast")
    return redirect(url_for("it_assets_desk.asset", tag=asset.tag), 303)


@pages.get("/edit/<path:tag>")
def edit(tag: str) -> str:
    """Show what is known of a thing, to be changed."""
    asset = finding.find(tag, require_keeper())
    return _form(records.shown(asset), asset)


@pages.post("/edit/<path:tag>")
def change(tag: str) -> ResponseReturnValue:
    """Change what is known of a thing."""
    who, given = require_keeper(), _given()
    asset = finding.find(tag, who)
    try:
        stored = records.save(tag, _wanted(given), who, number(request.form.get("version", "")))
    except Refused as error:
        return make_response(_form(given, finding.find(tag, who), error.problems), 422)
    except Conflict as error:
        return make_response(_form(given, finding.find(asset.tag, who), notice=error.message), 409)
    flash(_("Saved."), "toast")
    return redirect(url_for("it_assets_desk.asset", tag=stored.tag), 303)


def _given() -> dict[str, str]:
    own = {key: text for key, text in request.form.items() if key.startswith(_OWN)}
    return {key: request.form.get(key, "") for key in (*words.FIELDS, "state")} | own


def _wanted(given: dict[str, str]) -> Wanted:
    own = {key.removeprefix(_OWN): text for key, text in given.items() if key.startswith(_OWN)}
    # What is there already gets its state by steps alone: its form has no choice.
    return Wanted(**plain_of({**given, "state": given["state"] or "stock"}), fields=own)


def _form(
    given: dict[str, str], asset: Asset | None = None, problems: tuple[Problem, ...] = (), notice: str = ""
) -> str:
    who, spoken = require_keeper(), people.asking().language
    desks = {key: title.in_language(spoken) for key, title in people.desks().items() if key in who.desks}
    context: dict[str, Any] = {
        "thing": asset,
        "given": given,
        "field_words": words.FIELDS,
        "own": catalogue.own_fields_of(given.get("category", "")),
        "desks": chosen(desks, given.get("desk", "")),
        "states": chosen(words.FIRST, given.get("state", "stock")),
        "categories": catalogue.categories(),
        "places": catalogue.locations(),
        "products": catalogue.products(_OFFERED),
        "notice": notice,
        "choices_of": lambda field: _choices_of(field, given.get(_OWN + field.key, "")),
    }
    return render_template("it_assets/form.html", **context, **errors_of(problems))


def _choices_of(field: OwnField, value: str) -> list[Choice]:
    return chosen({"": "", **{option: option for option in field.options}}, value)
