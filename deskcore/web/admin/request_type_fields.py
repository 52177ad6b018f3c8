"""The fields of a request type in the browser: add, edit, move, remove, and see what becomes of the form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.desks import editing
from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.fields import FIELD_TYPES
from deskcore.errors import Conflict, NotFound, Problem, Refused
from deskcore.hooks.contributions import Field, RequestType, Text
from deskcore.tickets.answered import count_answered
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.field_forms import (
    chosen_conditions,
    conditions,
    field_values,
    has_plain_default,
    read_field_form,
    row_count,
)
from deskcore.web.admin.field_words import TYPES
from deskcore.web.admin.request_type_forms import Parsed, read_details
from deskcore.web.admin.request_type_preview import preview
from deskcore.web.admin.request_types import (
    Crumb,
    conflict_page,
    crumbs,
    errors_of,
    find_entry,
    sent_revision,
    title_crumb,
)
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person, language

#: Types that a column of a table may have here: those whose answer fits into a cell and needs no list.
COLUMN_TYPES = ("text", "int", "money", "date", "bool", "email", "phone", "url", "user")
#: What the page must show so that its problems stand beside something.
_CONTROLS = ("options", "columns", "show_if")


def with_field(edited: RequestType, field: Field) -> RequestType:
    """Return a request type with a field in its place, or behind the others when it is new."""
    if all(other.key != field.key for other in edited.fields):
        return replace(edited, fields=(*edited.fields, field))
    return replace(edited, fields=tuple(field if other.key == field.key else other for other in edited.fields))


@blueprint.route("/services/<slug>/new-field", methods=["GET", "POST"])
def service_new_field(slug: str) -> ResponseReturnValue:
    """Add a field; its type is chosen first, because the rest of the form follows from it."""
    entry = find_entry(slug)
    kind = request.values.get("type", "")
    if kind not in FIELD_TYPES:
        way = crumbs(title_crumb(entry), Crumb(_("New field")))
        return render_template("admin/service_field_type.html", entry=entry, types=TYPES, crumbs=way)
    empty = Field("", kind, Text("", ""))
    if request.method == "GET":
        return field_page(entry, None, Parsed(empty, field_values(empty)), ())
    parsed = read_field_form(request.form, None, entry.type)
    if request.form.get("do") == "edit":
        return field_page(entry, None, parsed, ())
    problems = list(parsed.problems)
    if any(field.key == parsed.value.key for field in entry.type.fields):
        problems.append(Problem(_("Another field has this key. Choose another."), "key"))
    if problems:
        return field_page(entry, None, parsed, problems), 422
    return _store(entry, None, parsed)


@blueprint.get("/services/<slug>/fields/<key>")
def service_field(slug: str, key: str) -> str:
    """Show a field."""
    entry = find_entry(slug)
    field = _field(entry, key)
    return field_page(entry, field, Parsed(field, field_values(field)), ())


@blueprint.post("/services/<slug>/fields/<key>")
def service_field_save(slug: str, key: str) -> ResponseReturnValue:
    """Store a field, or show the form again with what was typed."""
    entry = find_entry(slug)
    before = next((field for field in entry.type.fields if field.key == key), None)
    parsed = read_field_form(request.form, before, entry.type)
    if before is None:
        # Somebody else removed it meanwhile: what was typed is kept, and may be added again.
        parsed = replace(parsed, value=replace(parsed.value, key=key))
    if request.form.get("do") == "edit":
        return field_page(entry, before, parsed, ())
    if parsed.problems:
        return field_page(entry, before, parsed, parsed.problems), 422
    return _store(entry, before, parsed)


@blueprint.post("/services/<slug>/fields/<key>/move")
def service_field_move(slug: str, key: str) -> ResponseReturnValue:
    """Move a field one place up or down."""
    entry = find_entry(slug)
    fields = list(entry.type.fields)
    place = fields.index(_field(entry, key))
    there = place + (-1 if request.form.get("to") == "up" else 1)
    if 0 <= there < len(fields):
        fields[place], fields[there] = fields[there], fields[place]
    return _changed(entry, replace(entry.type, fields=tuple(fields)), _("Moved."), f"field-{key}")


@blueprint.route("/services/<slug>/fields/<key>/remove", methods=["GET", "POST"])
def service_field_remove(slug: str, key: str) -> ResponseReturnValue:
    """Ask whether a field should go, saying how many tickets answer it, and remove it."""
    entry = find_entry(slug)
    field = _field(entry, key)
    if request.method == "POST":
        fields = tuple(other for other in entry.type.fields if other.key != key)
        return _changed(entry, replace(entry.type, fields=fields), _("Removed. Old tickets keep their answers."))
    count = None if entry.desk.confidential else count_answered(entry.id, key)
    return render_template(
        "admin/service_field_remove.html", entry=entry, field=field, count=count,
        crumbs=crumbs(title_crumb(entry), Crumb(field.label.in_language(language()))),
    )  # fmt: skip


@blueprint.post("/services/<slug>/preview")
def service_preview(slug: str) -> ResponseReturnValue:
    """Show the form as it would be with what was typed; nothing is stored."""
    entry = find_entry(slug)
    key = request.form.get("of_field")
    shown = preview(
        _typed(entry.type, key),
        "pl" if request.form.get("preview_language") == "pl" else "en",
        phone=request.form.get("preview_width") == "phone",
    )
    if request.form.get("fragment") == "1":
        return str(shown.markup)
    hidden = ("csrf_token", "do", "preview_language", "preview_width", "fragment")
    return render_template(
        "admin/service_preview.html",
        entry=entry,
        preview=shown,
        sent=[pair for pair in request.form.items(multi=True) if pair[0] not in hidden],
        back=_back(slug, key),
        crumbs=crumbs(title_crumb(entry), Crumb(_("Preview"))),
    )


def _typed(edited: RequestType, key: str | None) -> RequestType:
    if key is None:
        return read_details(request.form, edited).value  # type: ignore[no-any-return]
    before = next((field for field in edited.fields if field.key == key), None)
    field: Field = read_field_form(request.form, before, edited).value
    return with_field(edited, field if field.key else replace(field, key="new_field"))


def _back(slug: str, key: str | None) -> str:
    if key is None:
        return url_for("admin.service", slug=slug)
    return url_for("admin.service_field", slug=slug, key=key) if key else url_for("admin.service_new_field", slug=slug)


def _field(entry: RequestTypeEntry, key: str) -> Field:
    """Return a field of a request type.

    :raises NotFound: when there is none.
    """
    for field in entry.type.fields:
        if field.key == key:
            return field
    raise NotFound(_("The form has no such field."))


def _store(entry: RequestTypeEntry, before: Field | None, parsed: Parsed) -> ResponseReturnValue:
    edited = with_field(entry.type, parsed.value)
    try:
        editing.save(entry, edited, sent_revision(), current_person().email)
    except Refused as refused:
        return field_page(entry, before, parsed, refused.problems), 422
    except Conflict:
        return conflict_page(entry.slug, request.path, lambda now_is: _stored(now_is, parsed.value.key))
    toast(_("Saved."))
    return redirect(url_for("admin.service", slug=entry.slug, _anchor=f"field-{parsed.value.key}"), 303)


def _stored(entry: RequestTypeEntry, key: str) -> dict[str, str]:
    return next((field_values(field) for field in entry.type.fields if field.key == key), {})


def _changed(entry: RequestTypeEntry, edited: RequestType, done: str, anchor: str = "fields") -> ResponseReturnValue:
    """Store a change that was made with one button; what stands against it is said on the page of the type."""
    try:
        editing.save(entry, edited, sent_revision(), current_person().email)
    except Refused as refused:
        toast(refused.message)
    except Conflict:
        toast(_("Somebody else changed this request type meanwhile. Look at it again, then repeat what you did."))
    else:
        toast(done)
    return redirect(url_for("admin.service", slug=entry.slug, _anchor=anchor), 303)


def field_page(entry: RequestTypeEntry, before: Field | None, parsed: Parsed, problems: Sequence[Problem]) -> str:
    """Return the page of a field with this in its form."""
    field: Field = parsed.value
    beside, summary = errors_of(problems, {**parsed.values, **field_values(field), **dict.fromkeys(_CONTROLS)})
    chosen = request.form.getlist("show_if") if request.method == "POST" else chosen_conditions(before)
    return render_template(
        "admin/service_field.html",
        entry=entry,
        field=field,
        before=before,
        values=parsed.values,
        errors=beside,
        summary=summary,
        failed=bool(problems),
        conditions=conditions(entry.type, field.key if before else "", chosen),
        option_rows=row_count(parsed.values, "options"),
        column_rows=row_count(parsed.values, "columns"),
        column_types=COLUMN_TYPES,
        types=TYPES,
        plain_default=has_plain_default(field.type),
        preview=preview(with_field(entry.type, field if field.key else replace(field, key="new_field")), language()),
        crumbs=crumbs(title_crumb(entry), Crumb(field.label.in_language(language()) or _("New field"))),
    )
