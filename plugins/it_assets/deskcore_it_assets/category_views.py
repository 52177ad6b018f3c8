"""Pages for what kinds of equipment there are: which are confirmed on arrival, written off, or described further."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.plugin import NotFound, Problem, Refused, Text, people, require_permission, session, unit_of_work
from deskcore_it_assets import catalogue, secrets, words
from deskcore_it_assets.choices import chosen, number
from deskcore_it_assets.desk_views import errors_of
from deskcore_it_assets.models import MAX_NAME, Category
from deskcore_it_assets.own_fields import TYPES, OwnField, fields_of
from deskcore_it_assets.spelling import folded, spelled

pages = Blueprint("it_assets_categories", __name__)

#: The right to change them.
MANAGE = "it_assets.manage"
_MOST_MONTHS, _MOST_FIELDS = 600, 30


@pages.get("/categories")
def categories() -> str:
    """Show the categories, and a form for a new one."""
    return _page()


@pages.post("/categories")
def save() -> ResponseReturnValue:
    """Add a category, or change one."""
    require_permission(MANAGE)
    try:
        _save(_category())
    except Refused as error:
        return make_response(_page(error.problems), 422)
    flash(_("Saved."), "toast")
    return redirect(url_for("it_assets_categories.categories"), 303)


@pages.post("/categories/fields")
def change_fields() -> ResponseReturnValue:
    """Add a field to a category, or take one off."""
    require_permission(MANAGE)
    try:
        with unit_of_work() as work:
            category = _category()
            if category is None:
                raise NotFound(_("There is no such category."))
            taken_off = request.form.get("remove", "")
            kept = [field for field in fields_of(category.fields) if field.key != taken_off]
            added = [] if taken_off else [_field(kept)]
            category.fields = [field.as_json() for field in (*kept, *added)]
            if taken_off:
                secrets.forget_field(work, category, taken_off)
            for field in (each for each in added if each.sensitive):
                secrets.seal_clear(work, category, field.key)
    except Refused as error:
        return make_response(_page(error.problems), 422)
    flash(_("Saved."), "toast")
    return redirect(url_for("it_assets_categories.categories", category=request.form.get("category")), 303)


def _category() -> Category | None:
    """Return the category that the form is about; nothing for a new one."""
    asked = number(request.values.get("category", ""))
    return session().scalar(select(Category).where(Category.id == asked)) if asked else None


def _titles() -> tuple[str, str]:
    """Return the titles in both languages.

    :raises Refused: when one is missing or too long.
    """
    titles = {key: " ".join(request.form.get(key, "").split()) for key in ("title_en", "title_pl")}
    problems = [Problem(_("Write the name in both languages."), key) for key, text in titles.items() if not text]
    problems += [
        Problem(_("Use at most %(count)s characters.", count=MAX_NAME), key)
        for key, text in titles.items()
        if len(text) > MAX_NAME
    ]
    if problems:
        raise Refused(problems)
    return titles["title_en"], titles["title_pl"]


def _save(category: Category | None) -> None:
    english, polish = _titles()
    months = {key: request.form.get(key, "").strip() for key in ("months", "audit_months")}
    said = _("Write a number of months, at most %(most)s.", most=_MOST_MONTHS)
    wrong = [key for key, text in months.items() if text and not 0 < number(text) <= _MOST_MONTHS]
    if wrong:
        raise Refused([Problem(said, key) for key in wrong])
    with unit_of_work() as work:
        stored = work.get(Category, category.id) if category else None
        same = work.scalar(select(Category.id).where(Category.key == spelled(english)))
        if same is not None and (stored is None or same != stored.id):
            raise Refused(Problem(_("There is a category of this name already."), "title_en"))
        stored = stored or Category(fields=[])
        stored.key, stored.title_en, stored.title_pl = spelled(english), english, polish
        stored.accepted = request.form.get("accepted") == "yes"
        stored.months, stored.audit_months = (number(months[key]) or None for key in ("months", "audit_months"))
        work.add(stored)


def _field(others: list[OwnField]) -> OwnField:
    """Return the field that the form describes.

    :raises Refused: naming what to correct.
    """
    english, polish = _titles()
    kind, options = request.form.get("type", ""), request.form.get("options", "")
    choices = tuple(dict.fromkeys(filter(None, (" ".join(line.split())[:MAX_NAME] for line in options.splitlines()))))
    key = "_".join(folded(english).split())[:60]
    if kind not in TYPES:
        raise Refused(Problem(_("Choose what it holds."), "type"))
    if kind == "choice" and len(choices) < 2:
        raise Refused(Problem(_("Write at least two choices, each on a line of its own."), "options"))
    if key in (field.key for field in others) or len(others) >= _MOST_FIELDS:
        raise Refused(Problem(_("The category has this field already, or too many."), "title_en"))
    sensitive = request.form.get("sensitive") == "yes"
    if sensitive and kind != "text":
        raise Refused(Problem(_("Only a text can be sensitive."), "type"))
    return OwnField(key, kind, Text(english, polish), request.form.get("required") == "yes", choices, sensitive)


def _page(problems: tuple[Problem, ...] = ()) -> str:
    require_permission(MANAGE)
    category, typed = _category(), request.form
    return render_template(
        "it_assets/categories.html",
        categories=catalogue.categories(),
        category=category,
        own=fields_of(category.fields) if category else [],
        types=words.TYPES,
        kinds=chosen(words.TYPES, typed.get("type", "text")),
        typed=typed,
        spoken=people.asking().language,
        **errors_of(problems),
    )
