"""Pages about licences: the list, one with who uses it, its form, its key, and giving seats out and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Conflict, Problem, Refused, people, setting
from deskcore_it_assets import catalogue, entries, licences, secrets
from deskcore_it_assets import more_words as words
from deskcore_it_assets.choices import chosen, number
from deskcore_it_assets.desk_views import errors_of, require_keeper
from deskcore_it_assets.licence_models import Licence
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.sections import sections
from deskcore_it_assets.writing import day, money

pages = Blueprint("it_assets_licences", __name__)

_LONGEST = 200
_TYPED = (
    "name", "publisher", "desk", "kind", "months", "seats", "reassigned", "supplier", "order_number", "bought_on",
    "price", "currency", "per", "ends_on", "closed", "notes", "key", "no_key",
)  # fmt: skip


@pages.get("/licences", endpoint="licences")
def licences_page() -> str:
    """List the licences that the reader looks after."""
    who = require_keeper()
    asked = " ".join(request.args.get("q", "").split())[:_LONGEST]
    closed = request.args.get("show") == "closed"
    found = licences.listed(who, asked, closed=closed, after=request.args.get("after", "")[: 2 * _LONGEST])
    return render_template(
        "it_assets/licences.html",
        day=day,
        money=money,
        sections=sections(who),
        rows=found[: licences.PAGE],
        next_after=licences.place_of(found[licences.PAGE - 1]) if len(found) > licences.PAGE else "",
        words=asked,
        closed=closed,
        after=request.args.get("after", ""),
        yearly=licences.yearly,
        kinds=words.LICENCE_KINDS,
    )


@pages.get("/licences/new")
def new() -> str:
    """Ask for a new licence."""
    who = require_keeper()
    usual = {"desk": next(iter(sorted(who.desks))), "currency": str(setting("it_assets", "currency"))}
    return _form(who, {**usual, "kind": "subscription", "per": "seat", "months": "12", "reassigned": "yes"})


@pages.post("/licences/new")
def add() -> ResponseReturnValue:
    """Write a new licence down."""
    who, given = require_keeper(), _given()
    try:
        made = licences.save("", given, who)
    except Refused as error:
        return make_response(_form(who, given, problems=error.problems), error.status)
    flash(_("Written down."), "toast")
    return redirect(url_for("it_assets_licences.licence", licence_token=made.token), 303)


@pages.get("/licences/<licence_token>")
def licence(licence_token: str) -> str:
    """Show a licence with who uses it and what happened to it."""
    return _page(licence_token)


@pages.get("/licences/<licence_token>/edit")
def edit(licence_token: str) -> str:
    """Show what is known of a licence, to be changed."""
    who = require_keeper()
    found = licences.find(licence_token, who)
    return _form(who, licences.shown(found), found)


@pages.post("/licences/<licence_token>/edit")
def change(licence_token: str) -> ResponseReturnValue:
    """Change what is known of a licence."""
    who, given = require_keeper(), _given()
    try:
        licences.save(licence_token, given, who, number(request.form.get("version", "")))
    except Refused as error:
        return make_response(_form(who, given, licences.find(licence_token, who), error.problems), error.status)
    except Conflict as error:
        return make_response(_form(who, given, licences.find(licence_token, who), notice=error.message), 409)
    flash(_("Saved."), "toast")
    return redirect(url_for("it_assets_licences.licence", licence_token=licence_token), 303)


@pages.post("/licences/<licence_token>")
def use(licence_token: str) -> ResponseReturnValue:
    """Give a seat to a person or an item, or take one back."""
    who = require_keeper()
    try:
        if request.form.get("action") == "give_back":
            licences.give_back(request.form.get("seat", ""), who)
            said = _("Taken back.")
        else:
            to = licences.Holder(request.form.get("person", ""), request.form.get("asset", ""))
            licences.assign(licence_token, to, who)
            said = _("The seat is assigned.")
    except Refused as error:
        return make_response(_page(licence_token, error.problems, request.form), error.status)
    flash(said, "toast")
    return redirect(url_for("it_assets_licences.licence", licence_token=licence_token), 303)


@pages.post("/licences/<licence_token>/key")
def reveal(licence_token: str) -> ResponseReturnValue:
    """Show the key of a licence once, in the answer to the click that asked for it."""
    found = licences.find(licence_token, require_keeper())
    try:
        key = secrets.reveal({"licence_id": found.id}, licences.KEY, f"{found.name}: licence key")
    except Refused as error:
        return make_response(_page(licence_token, error.problems), error.status)
    return _page(licence_token, key=key)


@pages.get("/licences/<licence_token>/key")
def revealed(licence_token: str) -> str:
    """Show whoever loads the page of a shown key again the licence, where it is hidden."""
    return _page(licence_token)


def _given() -> dict[str, str]:
    return {key: request.form.get(key, "") for key in _TYPED}


def _page(
    licence_token: str,
    problems: tuple[Problem, ...] = (),
    typed: Mapping[str, str] | None = None,
    key: str | None = None,
) -> str:
    who = require_keeper()
    found = licences.find(licence_token, who)
    return render_template(
        "it_assets/licence.html",
        day=day,
        money=money,
        it=found,
        seats=licences.seats_of(found),
        history=entries.entries_of(found),
        has_key=licences.KEY in secrets.fields_of({"licence_id": found.id}),
        key=key,
        yearly=licences.yearly(found),
        kinds=words.LICENCE_KINDS,
        desk=people.desks().get(found.desk),
        typed=typed or {"person": request.args.get("person", ""), "asset": request.args.get("tag", "")},
        move_words=words.ENTRIES,
        field_words=words.LICENCE_FIELDS,
        **errors_of(problems),
    )


def _form(
    who: Keeper,
    given: Mapping[str, str],
    it: Licence | None = None,
    problems: tuple[Problem, ...] = (),
    notice: str = "",
) -> str:
    spoken = people.asking().language
    desks = {key: title.in_language(spoken) for key, title in people.desks().items() if key in who.desks}
    context: dict[str, Any] = {
        "it": it,
        "given": {**given, "key": ""},
        "has_key": it is not None and licences.KEY in secrets.fields_of({"licence_id": it.id}),
        "desks": chosen(desks, given.get("desk", "")),
        "kinds": chosen(words.LICENCE_KINDS, given.get("kind", "")),
        "per": chosen(words.LICENCE_PER, given.get("per", "")),
        "suppliers": catalogue.suppliers(),
        "field_words": words.LICENCE_FIELDS,
        "notice": notice,
    }
    return render_template("it_assets/licence_form.html", **context, **errors_of(problems))
