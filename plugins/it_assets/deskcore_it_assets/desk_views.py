"""Pages of those who look after equipment: the list, a thing with its history, and what is done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Conflict, NotAllowed, Problem, Refused, has_permission, people, tickets, unit_of_work
from deskcore_it_assets import (
    catalogue,
    custody,
    ends,
    exporting,
    finding,
    history,
    state_labels,
    ties,
    whereabouts,
    words,
)
from deskcore_it_assets.asset_more import more_of
from deskcore_it_assets.choices import Choice, chosen, number
from deskcore_it_assets.models import Asset
from deskcore_it_assets.own_fields import fields_of
from deskcore_it_assets.rights import Keeper, keeper
from deskcore_it_assets.sections import sections
from deskcore_it_assets.states import FOR_HAND_OVER, FOR_RESERVING, steps_from
from deskcore_it_assets.worth import worth_of
from deskcore_it_assets.writing import day as written

pages = Blueprint("it_assets_desk", __name__)

_LONGEST = 200


@pages.get("/assets")
def assets() -> str:
    """List the equipment that the reader looks after."""
    who, wanted = keeper(), asked_filter(request.args)
    found = finding.listed(wanted, who)
    return render_template(
        "it_assets/assets.html",
        wanted=wanted,
        rows=found[: finding.PAGE],
        next_tag=found[finding.PAGE - 1].asset.tag if len(found) > finding.PAGE else "",
        ways=words.VIEWS,
        look_of=state_labels.looks_of([row.asset for row in found]),
        sections=sections(who),
        categories=chosen({0: _("All"), **_titles()}, wanted.category),
        places=chosen({0: _("All"), **{each.id: each.name for each in catalogue.locations()}}, wanted.location),
        keeps=bool(who.desks),
        manages=has_permission("it_assets.manage"),
        day=written,
    )


@pages.get("/assets.csv")
def export() -> Response:
    """Send what the list shows as a table for spreadsheets."""
    text = "".join(exporting.as_csv(replace(asked_filter(request.args), after=""), require_keeper()))
    response = Response("\ufeff" + text, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="equipment.csv")
    return response


@pages.get("/assets/<path:tag>")
def asset(tag: str) -> str:
    """Show a thing with everything that is known of it."""
    return asset_page(tag)


@pages.post("/assets/<path:tag>")
def step(tag: str) -> ResponseReturnValue:
    """Take a step, put it aside, or note which ticket it is about."""
    who, action, note = keeper(), request.form.get("action", ""), request.form.get("note", "")
    try:
        if action == "reserve":
            custody.reserve(tag, request.form.get("person", "").strip(), who, note, _seen())
            said = _("It is reserved.")
        elif action in ("tie", "untie"):
            (ties.tie_by_tag if action == "tie" else ties.untie)(tag, request.form.get("ticket", "").strip(), who)
            said = _("Noted.")
        elif action == "seen":
            whereabouts.seen(tag, who, note, _seen())
            said = _("Noted as seen today.")
        elif action in words.STEPS:
            custody.step(tag, action, who, note, _seen())
            said = str(words.STEPS[action][2])
        else:
            raise Refused(_("Choose what to do."))
    except Refused as error:
        return asset_page(tag, error.problems), 422
    except Conflict as error:
        return asset_page(tag, notice=error.message), 409
    flash(said, "toast")
    return redirect(url_for("it_assets_desk.asset", tag=tag), 303)


@pages.get("/hand-over")
def hand_over() -> str:
    """Ask to whom or what things are handed: those of ``?tag=``, for the ticket of ``?ticket=``."""
    person, ticket = request.args.get("person", ""), request.args.get("ticket", "")
    return _hand_over_form(request.args.getlist("tag"), {"person": person, "ticket": ticket})


@pages.post("/hand-over")
def give() -> ResponseReturnValue:
    """Hand things over."""
    given = {key: request.form.get(key, "") for key in _HAND_OVER}
    # What was ticked in the list, and what was typed or scanned into the form.
    tags = [*request.form.getlist("tag"), *given["tags"].replace(",", " ").split()]
    kind = given["kind"] or "person"
    try:
        terms = custody.Terms(
            day(given["due_on"], "due_on"), given["condition"], given["note"], given["ticket"].strip()
        )
        to = custody.Holder(kind, given.get(kind, ""))
        # Plugins are asked before the lock whether the ticket may be resolved; then both happen, or neither.
        resolves = terms.ticket and request.form.get("resolve") == "yes"
        move = tickets.agreed_move(terms.ticket, "resolved") if resolves else None
        with unit_of_work():
            made = custody.hand_over(tags, to, keeper(), terms)
            if move is not None:
                move()
    except Refused as error:
        return make_response(_hand_over_form(request.form.getlist("tag"), given, error.problems), 422)
    waiting = any(each.answer == "waiting" for each in made)
    flash(_("Handed over. Confirming the arrival was asked for.") if waiting else _("Handed over."), "toast")
    if len(tags) == 1:
        return redirect(url_for("it_assets_desk.asset", tag=tags[0]), 303)
    return redirect(url_for("it_assets_desk.assets", show="assigned"), 303)


@pages.get("/take-back/<path:tag>")
def take_back(tag: str) -> str:
    """Ask in what condition a thing comes back, and where it goes."""
    return _take_back_form(tag, {})


@pages.post("/take-back/<path:tag>")
def take(tag: str) -> ResponseReturnValue:
    """Take a thing back."""
    given = {key: request.form.get(key, "") for key in ("condition", "note", "location", "to", "ticket")}
    try:
        terms = custody.Terms(None, given["condition"], given["note"], given["ticket"].strip())
        custody.take_back(tag, keeper(), terms, location=given["location"], to=given["to"] or "stock", version=_seen())
    except Refused as error:
        return make_response(_take_back_form(tag, given, error.problems), 422)
    except Conflict as error:
        return asset_page(tag, notice=error.message), 409
    flash(_("Taken back."), "toast")
    return redirect(url_for("it_assets_desk.asset", tag=tag), 303)


_HAND_OVER = ("tags", "kind", "person", "location", "asset", "due_on", "condition", "note", "ticket", "resolve")


def day(text: str, field: str) -> Any:
    """Return a day as a form sends it; nothing for an empty text.

    :raises Refused: when it is none.
    """
    from datetime import date

    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused(Problem(_("Write the day like 2026-11-30."), field)) from None


def errors_of(problems: tuple[Problem, ...]) -> dict[str, Any]:
    """Return what a page with a form says about what is to be corrected."""
    summary = [{"id": f"a-{each.field}" if each.field else "", "message": each.message} for each in problems]
    return {"errors": {each.field: each.message for each in problems}, "summary": summary, "failed": bool(problems)}


def require_keeper() -> Keeper:
    """Return whoever asks, who works on a desk.

    :raises NotAllowed: for somebody who works on none.
    """
    who = keeper()
    if not who.desks:
        raise NotAllowed(_("Only people who work on a desk look after equipment."))
    return who


def _hand_over_form(tags: list[str], given: Mapping[str, str], problems: tuple[Problem, ...] = ()) -> str:
    who = require_keeper()
    found = [finding.find(tag, who) for tag in tags[: custody.MOST_AT_ONCE]]
    kinds = {"person": _("A person"), "location": _("A place"), "asset": _("Another item")}
    return render_template(
        "it_assets/hand_over.html",
        things=found,
        given=given,
        kinds=[Choice(key, label, key == (given.get("kind") or "person")) for key, label in kinds.items()],
        places=catalogue.locations(),
        **errors_of(problems),
    )


def _take_back_form(tag: str, given: Mapping[str, str], problems: tuple[Problem, ...] = ()) -> str:
    found = finding.find(tag, keeper())
    targets = {"stock": _("Into stock"), "service": _("To repair")}
    return render_template(
        "it_assets/take_back.html",
        thing=found,
        held=finding.held_now(found),
        given=given,
        targets=chosen(targets, given.get("to", "stock")),
        places=catalogue.locations(),
        **errors_of(problems),
    )


def asset_page(
    tag: str,
    problems: tuple[Problem, ...] = (),
    notice: str = "",
    revealed: Mapping[str, str] | None = None,
) -> str:
    """Render the page of a thing, whichever of its forms came back.

    :param revealed: values of its sensitive fields that are shown this once.
    """
    who = keeper()
    found = finding.find(tag, who)
    moves = history.history_of(found)
    held, inside = finding.around(found)
    about, reasons = ties.tickets_of(found, moves)
    category = found.product.category if found.product else None
    return render_template(
        "it_assets/asset.html",
        thing=found,
        **more_of(found, who, revealed or {}),
        held=held,
        inside=inside,
        moves=moves,
        move_words=words.MOVES,
        field_words=_field_words(found),
        tickets=about,
        reasons=reasons,
        desk=people.desks().get(found.desk),
        own=[
            (field.title, found.fields[field.key]) for field in fields_of(category.fields) if field.key in found.fields
        ]
        if category
        else [],
        worth=worth_of(found),
        warranty_ends=finding.warranty_ends(found),
        given_back=any(move.kind == "taken_back" for move in moves),
        day=written,
        ending=ends.ending(found),
        can_hand_over=found.state in (*FOR_HAND_OVER, "assigned"),
        can_reserve=found.state in FOR_RESERVING,
        steps=[(name, *words.STEPS[name][:2]) for name in steps_from(found.state)],
        notice=notice,
        **errors_of(problems),
    )


def _field_words(asset: Asset) -> dict[str, Any]:
    """Return what is known of a thing is called, the fields of its category among it."""
    category = asset.product.category if asset.product else None
    own = {f"fields.{field.key}": field.title for field in fields_of(category.fields)} if category else {}
    return {**words.FIELDS, **own}


def asked_filter(given: Mapping[str, str]) -> finding.Filter:
    """Return what of the list is asked for in an address or a form."""
    view = given.get("show", "here")
    return finding.Filter(
        view=view if view in words.VIEWS else "here",
        words=" ".join(given.get("q", "").split())[:_LONGEST],
        category=number(given.get("category", "")),
        location=number(given.get("place", "")),
        after=given.get("after", "")[:_LONGEST],
    )


def _titles() -> dict[int, str]:
    spoken = people.asking().language
    return {each.id: each.title.in_language(spoken) for each in catalogue.categories()}


def _seen() -> int:
    """Return the version that was on the page."""
    return number(request.form.get("version", ""))
