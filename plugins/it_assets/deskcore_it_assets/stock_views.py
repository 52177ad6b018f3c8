"""Pages about stock: the list, an item with where it lies and what was moved, its form, and every movement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Conflict, Problem, Refused, people, setting
from deskcore_it_assets import catalogue, entries, stock, stocking
from deskcore_it_assets import more_words as words
from deskcore_it_assets.choices import chosen, number
from deskcore_it_assets.desk_views import errors_of, require_keeper
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.sections import sections
from deskcore_it_assets.stock_models import StockItem
from deskcore_it_assets.typed import Typed
from deskcore_it_assets.writing import day, money

pages = Blueprint("it_assets_stock", __name__)

_LONGEST = 200
_TYPED = ("name", "number", "desk", "category", "returnable", "minimum", "price", "currency", "notes", "closed")
_MOVED = ("action", "quantity", "place", "to", "person", "ticket", "note")


@pages.get("/stock", endpoint="items")
def items_page() -> str:
    """List what the reader looks after, with how much there is of it."""
    who, show = require_keeper(), request.args.get("show", "")
    asked = " ".join(request.args.get("q", "").split())[:_LONGEST]
    after = request.args.get("after", "")[: 2 * _LONGEST]
    found = stock.listed(who, asked, low=show == "low", closed=show == "closed", after=after)
    return render_template(
        "it_assets/stock.html",
        day=day,
        money=money,
        sections=sections(who),
        rows=found[: stock.PAGE],
        next_after=stock.place_of(found[stock.PAGE - 1].item) if len(found) > stock.PAGE else "",
        words=asked,
        show=show if show in words.STOCK_VIEWS else "",
        ways=words.STOCK_VIEWS,
        after=after,
    )


@pages.get("/stock/new")
def new() -> str:
    """Ask for a new item."""
    who = require_keeper()
    return _form(who, {"desk": next(iter(sorted(who.desks))), "currency": str(setting("it_assets", "currency"))})


@pages.post("/stock/new")
def add() -> ResponseReturnValue:
    """Write a new item down."""
    who, given = require_keeper(), {key: request.form.get(key, "") for key in _TYPED}
    try:
        made = stock.save("", given, who)
    except Refused as error:
        return make_response(_form(who, given, problems=error.problems), 422)
    flash(_("Written down."), "toast")
    return redirect(url_for("it_assets_stock.item", item_token=made.token), 303)


@pages.get("/stock/<item_token>")
def item(item_token: str) -> str:
    """Show an item with where it lies and what was moved."""
    return _page(item_token)


@pages.post("/stock/<item_token>")
def move(item_token: str) -> ResponseReturnValue:
    """Note what was bought, given out, brought back, carried elsewhere or counted."""
    who, given = require_keeper(), {key: request.form.get(key, "").strip() for key in _MOVED}
    try:
        _moved(item_token, given, who)
    except Refused as error:
        return make_response(_page(item_token, error.problems, given), 422)
    flash(_("Noted."), "toast")
    return redirect(url_for("it_assets_stock.item", item_token=item_token), 303)


def _moved(item_token: str, given: Mapping[str, str], who: Keeper) -> None:
    typed, action = Typed(given), given["action"]
    quantity = typed.whole("quantity", least=0 if action == "correction" else 1, required=True) or 0
    typed.require()
    wanted = stocking.Wanted(quantity, given["place"], given["person"], given["ticket"], given["note"])
    if action == "correction":
        stocking.correct(item_token, quantity, given["place"], given["note"], who)
    elif action == "moved":
        stocking.move(item_token, quantity, given["place"], given["to"], who)
    elif action in _WAYS:
        _WAYS[action](item_token, wanted, who)
    else:
        raise Refused(_("Choose what to do."))


_WAYS = {"in": stocking.put_in, "out": stocking.take_out, "back": stocking.bring_back}


@pages.get("/stock/<item_token>/edit")
def edit(item_token: str) -> str:
    """Show what is known of an item, to be changed."""
    who = require_keeper()
    found = stock.find(item_token, who)
    return _form(who, stock.shown(found), found)


@pages.post("/stock/<item_token>/edit")
def change(item_token: str) -> ResponseReturnValue:
    """Change what is known of an item."""
    who, given = require_keeper(), {key: request.form.get(key, "") for key in _TYPED}
    try:
        stock.save(item_token, given, who, number(request.form.get("version", "")))
    except Refused as error:
        return make_response(_form(who, given, stock.find(item_token, who), error.problems), 422)
    except Conflict as error:
        return make_response(_form(who, given, stock.find(item_token, who), notice=error.message), 409)
    flash(_("Saved."), "toast")
    return redirect(url_for("it_assets_stock.item", item_token=item_token), 303)


def _page(item_token: str, problems: tuple[Problem, ...] = (), typed: Mapping[str, str] | None = None) -> str:
    found = stock.find(item_token, require_keeper())
    shelves, moved = stock.shelves_of(found), stock.movements_of(found)
    asked = {"person": request.args.get("person", ""), "ticket": request.args.get("ticket", "")}
    actions = {key: label for key, label in words.STOCK_ACTIONS.items() if key != "back" or found.returnable}
    given = dict(typed or asked)
    return render_template(
        "it_assets/stock_item.html",
        day=day,
        money=money,
        it=found,
        shelves=shelves,
        total=sum(each.quantity for each in shelves),
        lent=stock.lent_of(found) if found.returnable else (),
        moved=moved,
        reasons=stock.reasons_of(moved),
        history=entries.entries_of(found),
        actions=chosen(actions, given.get("action") or "out"),
        places=catalogue.locations(),
        desk=people.desks().get(found.desk),
        typed=given,
        movement_words=words.MOVEMENTS,
        move_words=words.ENTRIES,
        field_words=words.STOCK_FIELDS,
        **errors_of(problems),
    )


def _form(
    who: Keeper,
    given: Mapping[str, str],
    it: StockItem | None = None,
    problems: tuple[Problem, ...] = (),
    notice: str = "",
) -> str:
    spoken = people.asking().language
    desks = {key: title.in_language(spoken) for key, title in people.desks().items() if key in who.desks}
    context: dict[str, Any] = {
        "it": it,
        "given": given,
        "desks": chosen(desks, given.get("desk", "")),
        "categories": catalogue.categories(),
        "field_words": words.STOCK_FIELDS,
        "notice": notice,
    }
    return render_template("it_assets/stock_form.html", **context, **errors_of(problems))
