"""Request types as files, in the form in which plugins ship them: sent out, looked at, and taken in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.desks import editing
from deskcore.desks.catalogue import DeskEntry, RequestTypeEntry
from deskcore.desks.declarations import DeclarationError, read_text
from deskcore.desks.documents import as_toml, document_of
from deskcore.errors import Conflict, NotFound, Problem, Refused
from deskcore.hooks.contributions import RequestType
from deskcore.runtime import runtime
from deskcore.tickets.attachments import clean_file_name
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.request_type_forms import icons
from deskcore.web.admin.request_type_versions import differences
from deskcore.web.admin.request_types import Crumb, crumbs, errors_of, find_entry, sent_revision, slug_of
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person

#: Bytes that the file of a request type may have.
LARGEST = 200_000


@blueprint.get("/services/<slug>/export")
def service_export(slug: str) -> Response:
    """Send a request type as a file."""
    entry = find_entry(slug)
    answer = Response(as_toml(document_of(entry.type)), mimetype="application/toml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{entry.type.key}.toml"'
    return answer


@blueprint.get("/services/import")
def service_import() -> str:
    """Ask for a file and the desk that gets it."""
    return _ask()


@blueprint.post("/services/import")
def service_import_look() -> ResponseReturnValue:
    """Say what a file would change, or why it is refused; store it when that was confirmed."""
    desk = runtime().catalogue.desks.get(request.form.get("desk", ""))
    if desk is None:
        raise NotFound(_("There is no such desk."))
    try:
        name, text = _sent()
        imported = _read(name, text, desk)
        if request.form.get("confirmed") == "1":
            return _take(desk, imported)
        return _look(desk, name, text, imported)
    except Refused as refused:
        return _ask(refused.problems), 422
    except Conflict:
        toast(_("Somebody else changed this request type meanwhile. Choose the file again."))
        return redirect(url_for("admin.service_import"), 303)


def _look(desk: DeskEntry, name: str, text: str, imported: RequestType) -> str:
    entry = runtime().catalogue.types.get((desk.key, imported.key))
    if entry is None:
        _check_sections(imported)
        editing.check(imported)
    return render_template(
        "admin/service_import_look.html",
        desk=desk,
        imported=imported,
        entry=entry,
        name=name,
        text=text,
        differences=differences(entry.type, _fitted(entry, imported)) if entry else [],
        crumbs=crumbs(Crumb(_("Import a file"), url_for("admin.service_import")), Crumb(name)),
    )


def _ask(problems: tuple[Problem, ...] = ()) -> str:
    beside, summary = errors_of(problems, {"file": ""})
    return render_template(
        "admin/service_import.html",
        desks=list(runtime().catalogue.desks.values()),
        chosen=request.form.get("desk", ""),
        errors=beside,
        summary=summary,
        failed=bool(problems),
        crumbs=crumbs(Crumb(_("Import a file"))),
    )


def _sent() -> tuple[str, str]:
    """Return name and text of the file, chosen now or looked at before.

    :raises Refused: when there is none, or it is no text.
    """
    file = request.files.get("file")
    if file is None or not file.filename:
        text = request.form.get("text", "")
        if text:
            return clean_file_name(request.form.get("name", "")), text
        raise Refused(Problem(_("Choose a file."), "file"))
    content = file.stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Refused(Problem(_("The file of a request type has at most %(count)s kB.", count=LARGEST // 1000), "file"))
    try:
        return clean_file_name(file.filename), content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(Problem(_("The file is no text in UTF-8. Save it as UTF-8."), "file")) from error


def _read(name: str, text: str, desk: DeskEntry) -> RequestType:
    """Return what the file declares.

    :raises Refused: naming the place in the file, in one sentence.
    """
    try:
        imported = read_text(Path(name), text, desk.key, icons=icons())
    except DeclarationError as error:
        place = error.place or _("the file as a whole")
        said = _("%(name)s, at %(place)s: %(remedy)s", name=name, place=place, remedy=error.remedy)
        raise Refused(Problem(said, "file")) from error
    if imported.team and desk.team(imported.team) is None:
        raise Refused(Problem(_("The desk has no team “%(team)s”.", team=imported.team), "file"))
    return imported


def _take(desk: DeskEntry, imported: RequestType) -> ResponseReturnValue:
    entry = runtime().catalogue.types.get((desk.key, imported.key))
    by = current_person().email
    if entry is None:
        _check_sections(imported)
        editing.create(imported, by)
        toast(_("The request type is there."))
    else:
        changed = editing.save(entry, _fitted(entry, imported), sent_revision(), by)
        toast(_("Saved.") if changed else _("Nothing has changed."))
    return redirect(url_for("admin.service", slug=slug_of(imported)), 303)


def _check_sections(imported: RequestType) -> None:
    """Refuse sections of a new type that no plugin would read, or that cannot be stored.

    :raises Refused: naming the section.
    """
    plugins = runtime().plugins
    for name, section in imported.sections.items():
        if not plugins.active(name):
            said = _("No plugin that is on reads the section “%(name)s”. Take it out of the file.", name=name)
            raise Refused(Problem(said, "file"))
        try:
            json.dumps(section, allow_nan=False)
        except (TypeError, ValueError) as error:
            said = _("The section “%(name)s” holds a date, “nan” or “inf”. Write it in quotation marks.", name=name)
            raise Refused(Problem(said, "file")) from error


def _fitted(entry: RequestTypeEntry, imported: RequestType) -> RequestType:
    """Return the file's type as an edit of the one that is there.

    :raises Refused: when it changes what belongs to other plugins.
    """
    there, here = document_of(imported), document_of(entry.type)
    if there.get("sections") != here.get("sections"):
        raise Refused(Problem(_("The file changes a section of a plugin; that cannot be edited here."), "file"))
    if there.get("follow_ups") != here.get("follow_ups"):
        raise Refused(Problem(_("The file changes what follows from it; that cannot be edited here."), "file"))
    return replace(imported, desk=entry.desk.key)
