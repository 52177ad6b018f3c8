"""Desks: listed, made, named, turned on and off, and who works on them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select

from deskcore.desks.administration import (
    add_desk,
    edits_of,
    keep_edit,
    read_desk,
    rename_desk,
    switch_desk,
    take_back,
)
from deskcore.desks.models import DeskRow
from deskcore.desks.services import declared_desks
from deskcore.errors import Conflict, Refused
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.people.granting import change_member, read_rights
from deskcore.people.models import DeskGrant
from deskcore.people.services import get_person
from deskcore.runtime import runtime
from deskcore.tickets.status_moves import refuse_worn
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.desk_page import DeskForms, desk_page
from deskcore.web.admin.editing import Typed, conflict, differences, given, messages, typed_again
from deskcore.web.admin.person_page import role_labels
from deskcore.web.templating import toast
from deskcore.web.viewer import language
from deskcore.work import unit_of_work


@blueprint.get("/desks")
def desks() -> str:
    """List the desks."""
    rows = db.session.scalars(select(DeskRow).order_by(DeskRow.position, DeskRow.key)).all()
    counted = select(DeskGrant.desk_id, func.count()).group_by(DeskGrant.desk_id)
    people = dict(db.session.execute(counted).all())
    news = {row.id for row in rows if row.plugin and any(edit.moved for edit in edits_of(row))}
    taken = declared_desks(runtime().plugins, {row.key: row for row in rows})
    ignored = [item for item in runtime().plugins.desks if item.value.key not in taken]
    return render_template("admin/desks.html", desks=rows, spoken=language(), people=people, news=news, ignored=ignored)


@blueprint.get("/desks/new")
def desk_new() -> str:
    """Show the form for a new desk."""
    return _new_page(Typed({}))


@blueprint.post("/desks/new")
def desk_add() -> ResponseReturnValue:
    """Make a desk without a plugin."""
    values = given(("prefix", "title_en", "title_pl", "confidential"))
    title = {"en": values["title_en"], "pl": values["title_pl"]}
    try:
        key = add_desk(values["prefix"], title, confidential=values["confidential"] == "yes")
    except Refused as refused:
        return _new_page(typed_again(refused, values)), 422
    toast(_("The desk was made. Say next who works on it."))
    return redirect(desk_url(key, "members"), 303)


def _new_page(form: Typed) -> str:
    return render_template("admin/desk_new.html", form=form, summary=form.summary("d-"), failed=bool(form.errors))


@blueprint.get("/desks/<key>")
def desk(key: str) -> str:
    """Show one desk."""
    return desk_page(key)


@blueprint.post("/desks/<key>/title")
def desk_title(key: str) -> ResponseReturnValue:
    """Give a desk another title."""
    values = given(("en", "pl"))
    try:
        rename_desk(key, values, request.form.get("seen", ""))
    except Refused as refused:
        errors = {place.removeprefix("title_"): text for place, text in messages(refused.problems).items()}
        forms = DeskForms(title=Typed(values, errors), problems={f"title-{key}": text for key, text in errors.items()})
        return desk_page(key, forms), 422
    except Conflict as error:
        stored = read_desk(key).title
        rows = differences(_title_labels(), stored, values)
        return conflict(error.message, rows, fingerprint(stored), desk_url(key))
    return saved(key, _("Saved."), "title")


def _title_labels() -> dict[str, str]:
    return {"en": _("Title in English"), "pl": _("Title in Polish")}


@blueprint.post("/desks/<key>/switch")
def desk_switch(key: str) -> ResponseReturnValue:
    """Turn a desk on or off."""
    on = request.form.get("on") == "1"
    try:
        switch_desk(key, on=on)
    except Refused as refused:
        return desk_page(key, DeskForms(problems={"switch": refused.message})), 422
    said = _("The desk takes requests.") if on else _("The desk takes no new requests. Open tickets can be answered.")
    return saved(key, said, "switch")


@blueprint.post("/desks/<key>/take-back")
def desk_take_back(key: str) -> ResponseReturnValue:
    """Take an administrator's change back: the plugin's words are in force again."""
    edited = request.form.get("key", "")
    try:
        with unit_of_work():
            if edited == "statuses":
                row = read_desk(key)
                declared = next((edit.declared for edit in edits_of(row) if edit.key == edited), None) or []
                refuse_worn(row, _keys(row.statuses) - _keys(declared))
            take_back(key, edited)
    except Refused as refused:
        return desk_page(key, DeskForms(problems={"edits": refused.message})), 422
    return saved(key, _("What the plugin says is in force again."))


def _keys(statuses: list[dict[str, object]]) -> set[str]:
    return {str(status["key"]) for status in statuses}


@blueprint.post("/desks/<key>/keep")
def desk_keep(key: str) -> ResponseReturnValue:
    """Confirm a change although the plugin says something new."""
    keep_edit(key, request.form.get("key", ""))
    return saved(key, _("Your change stays."))


@blueprint.post("/desks/<key>/members")
def desk_member(key: str) -> ResponseReturnValue:
    """Give somebody a role on a desk, or take the person off it."""
    values = given(("email", "role"))
    try:
        change_member(key, values["email"], values["role"], request.form.get("seen", ""))
    except Refused as refused:
        typed = Typed(values, messages(refused.problems))
        return desk_page(key, DeskForms(member=typed, problems={"m-email": refused.message})), 422
    except Conflict as error:
        return _member_conflict(key, error, values)
    return saved(key, _("Saved."), "members")


def _member_conflict(key: str, error: Conflict, values: Mapping[str, str]) -> ResponseReturnValue:
    held = read_rights(get_person(values["email"]))["desks"].get(key, "")
    words = role_labels()
    rows = differences({"role": values["email"]}, {"role": words[held]}, {"role": words.get(values["role"], "")})
    return conflict(error.message, rows, fingerprint(held), desk_url(key))


def desk_url(key: str, section: str = "") -> str:
    """Return the address of a desk's page.

    :param section: that is open there.
    """
    return url_for("admin.desk", key=key, open=section or None, _anchor=section or None)


def saved(key: str, said: str, section: str = "") -> ResponseReturnValue:
    """Lead back to a desk's page and say what was done."""
    toast(said)
    return redirect(desk_url(key, section), 303)
