"""Pages for the organisation's own words for states, and for the places of which people look after some only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Conflict, Problem, Refused, require_permission
from deskcore_it_assets import places, state_labels, words
from deskcore_it_assets.category_views import MANAGE
from deskcore_it_assets.choices import chosen, number
from deskcore_it_assets.desk_views import asset_page, errors_of, require_keeper

pages = Blueprint("it_assets_states", __name__)


@pages.get("/states")
def states() -> str:
    """Show the labels, and a form for a new one."""
    return _states()


@pages.post("/states")
def save() -> ResponseReturnValue:
    """Add a label, change one, or take one away."""
    require_permission(MANAGE)
    asked = number(request.form.get("label", ""))
    try:
        if request.form.get("action") == "remove":
            state_labels.remove(asked)
        else:
            state_labels.save(asked, request.form)
    except Refused as error:
        return make_response(_states(error.problems), 422)
    flash(_("Saved."), "toast")
    return redirect(url_for("it_assets_states.states"), 303)


@pages.post("/labelled/<path:tag>")
def put_on(tag: str) -> ResponseReturnValue:
    """Let an item carry a label, or none."""
    label, version = number(request.form.get("label", "")), number(request.form.get("version", ""))
    try:
        state_labels.put_on(tag, label, require_keeper(), version)
    except Refused as error:
        return make_response(asset_page(tag, error.problems), 422)
    except Conflict as error:
        return make_response(asset_page(tag, notice=error.message), 409)
    flash(_("Saved."), "toast")
    return redirect(url_for("it_assets_desk.asset", tag=tag), 303)


@pages.get("/places", endpoint="places")
def places_page() -> str:
    """Show the places as a tree, and a form for one."""
    return _places()


@pages.post("/places")
def save_place() -> ResponseReturnValue:
    """Add a place, or change what it is called, where it lies and who looks after it alone."""
    require_permission(MANAGE)
    people = request.form.get("people", "").replace(",", " ").split()
    asked = number(request.form.get("place", ""))
    try:
        places.save(asked, request.form.get("name", ""), request.form.get("parent", ""), people)
    except Refused as error:
        return make_response(_places(error.problems, request.form), 422)
    flash(_("Saved."), "toast")
    return redirect(url_for("it_assets_states.places"), 303)


def _states(problems: tuple[Problem, ...] = ()) -> str:
    require_permission(MANAGE)
    found, asked = state_labels.labels(), number(request.values.get("label", ""))
    label = next((each for each in found if each.id == asked), None)
    typed: Mapping[str, str] = request.form or (
        {"title_en": label.title_en, "title_pl": label.title_pl} if label else {}
    )
    choices = {key: word for key, (word, _tone, _icon) in words.STATES.items()}
    context: dict[str, Any] = {
        "labels": found,
        "label": label,
        "counts": state_labels.counts(),
        "state_words": words.STATES,
        "states": chosen(choices, typed.get("state", "stock")),
        "typed": typed,
    }
    return render_template("it_assets/states.html", **context, **errors_of(problems))


def _places(problems: tuple[Problem, ...] = (), typed: Mapping[str, str] | None = None) -> str:
    require_permission(MANAGE)
    found, asked = places.tree(), number(request.values.get("place", ""))
    names = {each.place.id: each.place.name for each in found}
    one = next((each for each in found if each.place.id == asked), None)
    stored = {
        "name": one.place.name, "parent": names.get(one.parent_id or 0, ""), "people": ", ".join(one.keepers)
    } if one else {}  # fmt: skip
    context: dict[str, Any] = {"rows": found, "one": one, "given": typed or stored}
    return render_template("it_assets/places.html", **context, **errors_of(problems))
