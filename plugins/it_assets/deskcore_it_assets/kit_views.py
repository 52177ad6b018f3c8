"""Pages about kits: the list, one with its lines, and handing it over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Problem, Refused, people
from deskcore_it_assets import catalogue, entries, kits, licences, stock
from deskcore_it_assets import more_words as words
from deskcore_it_assets.choices import Choice, chosen, number
from deskcore_it_assets.custody import Terms
from deskcore_it_assets.desk_views import errors_of, require_keeper
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.sections import sections

pages = Blueprint("it_assets_kits", __name__)

#: Models that are offered while one is typed.
_OFFERED = 200
_TYPED = ("name", "desk", "notes", "closed")


@pages.get("/kits", endpoint="kits")
def kits_page() -> str:
    """List the kits that the reader hands over."""
    who, closed = require_keeper(), request.args.get("show") == "closed"
    return render_template(
        "it_assets/kits.html", sections=sections(who), rows=kits.listed(who, closed=closed), closed=closed
    )


@pages.get("/kits/new")
def new() -> str:
    """Ask for a new kit."""
    who = require_keeper()
    return _new(who, {"desk": next(iter(sorted(who.desks)))})


@pages.post("/kits/new")
def add() -> ResponseReturnValue:
    """Write a new kit down."""
    who, given = require_keeper(), {key: request.form.get(key, "") for key in _TYPED}
    try:
        made = kits.save("", given, who)
    except Refused as error:
        return make_response(_new(who, given, error.problems), 422)
    flash(_("Written down. Now say what belongs to it."), "toast")
    return redirect(url_for("it_assets_kits.kit", kit_token=made.token), 303)


@pages.get("/kits/<kit_token>")
def kit(kit_token: str) -> str:
    """Show a kit with its lines, and forms to change them."""
    return _page(kit_token)


@pages.post("/kits/<kit_token>")
def change(kit_token: str) -> ResponseReturnValue:
    """Change what a kit is called, or what belongs to it."""
    who, action = require_keeper(), request.form.get("action", "")
    try:
        if action == "add":
            kits.add_line(kit_token, request.form, who)
        elif action == "drop":
            kits.drop_line(kit_token, number(request.form.get("number", "")), who)
        else:
            kits.save(kit_token, {key: request.form.get(key, "") for key in _TYPED}, who)
    except Refused as error:
        return make_response(_page(kit_token, error.problems, request.form), 422)
    flash(_("Saved."), "toast")
    return redirect(url_for("it_assets_kits.kit", kit_token=kit_token), 303)


@pages.get("/kits/<kit_token>/hand-over")
def hand_over(kit_token: str) -> str:
    """Ask to whom a kit is handed, and show what there is of it."""
    return _hand_over(kit_token, {key: request.args.get(key, "") for key in ("person", "ticket")})


@pages.post("/kits/<kit_token>/hand-over")
def give(kit_token: str) -> ResponseReturnValue:
    """Hand a kit over: all of it, or nothing."""
    given = {key: request.form.get(key, "") for key in ("person", "condition", "note", "ticket")}
    chosen_tags = {
        number(key.removeprefix("line-")): request.form.getlist(key) for key in request.form if key.startswith("line-")
    }
    try:
        terms = Terms(None, given["condition"], given["note"], given["ticket"].strip())
        kits.hand_over(kit_token, given["person"], chosen_tags, require_keeper(), terms)
    except Refused as error:
        return make_response(_hand_over(kit_token, given, error.problems), 422)
    flash(_("The kit is handed over."), "toast")
    return redirect(url_for("workspace.person", email=given["person"].strip().lower()), 303)


def _new(who: Keeper, given: Mapping[str, str], problems: tuple[Problem, ...] = ()) -> str:
    return render_template("it_assets/kit_form.html", given=given, desks=_desks(who, given), **errors_of(problems))


def _desks(who: Keeper, given: Mapping[str, str]) -> list[Choice]:
    spoken = people.asking().language
    desks = {key: title.in_language(spoken) for key, title in people.desks().items() if key in who.desks}
    return chosen(desks, given.get("desk", ""))


def _page(kit_token: str, problems: tuple[Problem, ...] = (), typed: Mapping[str, str] | None = None) -> str:
    who = require_keeper()
    found, typed = kits.find(kit_token, who), typed or {}
    given = kits.shown(found) if "line" in typed or not typed else dict(typed)
    offered = [
        *(each.name for each in catalogue.products(_OFFERED)),
        *(each.title.in_language(people.asking().language) for each in catalogue.categories()),
        *(row.item.name for row in stock.listed(who)),
        *(each.name for each in licences.listed(who)),
    ]
    context: dict[str, Any] = {
        "it": found,
        "lines": kits.lines_of(found),
        "given": given,
        "typed": typed,
        "what": chosen(words.KIT_LINES, typed.get("what", "category")),
        "what_words": words.KIT_LINES,
        "offered": dict.fromkeys(offered),
        "history": entries.entries_of(found),
        "desks": _desks(who, given),
        "title_of": kits.title_of,
        "move_words": words.ENTRIES,
        "field_words": words.KIT_FIELDS,
    }
    return render_template("it_assets/kit.html", **context, **errors_of(problems))


def _hand_over(kit_token: str, given: Mapping[str, str], problems: tuple[Problem, ...] = ()) -> str:
    who = require_keeper()
    found = kits.find(kit_token, who)
    person = people.get(given.get("person", "").strip()) if given.get("person") else None
    offers = kits.offers_of(found, who, person.email if person else "")
    taken: set[str] = set()
    rows = [(offer, _slots(offer, taken)) for offer in offers]
    ready = bool(offers) and all(offer.is_enough for offer in offers)
    return render_template(
        "it_assets/kit_hand_over.html",
        it=found, rows=rows, given=given, ready=ready, title_of=kits.title_of, **errors_of(problems),
    )  # fmt: skip


def _slots(offer: kits.Offer, taken: set[str]) -> list[list[Choice]]:
    """Return a list of choices for each thing of a line, each beginning with another one that is free."""
    slots = []
    for _number in range(offer.line.quantity if offer.assets else 0):
        first = next((asset.tag for asset in offer.assets if asset.tag not in taken), "")
        taken.add(first)
        slots.append([Choice(each.tag, f"{each.tag} · {each.title}", each.tag == first) for each in offer.assets])
    return slots
