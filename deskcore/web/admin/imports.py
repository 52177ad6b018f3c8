"""Import of people and tickets in the browser: a file, what its columns mean, a look at every row, and the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.errors import NotFound, Problem, Refused
from deskcore.importing import people_rows, runs, ticket_rows
from deskcore.importing.messages import read_said
from deskcore.importing.models import ImportRun
from deskcore.runtime import runtime
from deskcore.tickets.attachments import store_upload
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.request_types import Crumb, errors_of
from deskcore.web.viewer import current_person, language

KINDS = ("people", "tickets")
#: How dates can be written, besides ISO.
DATES = ("iso", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d %H:%M:%S")
ENCODINGS = ("utf-8-sig", "cp1250", "iso8859-2", "cp1252", "utf-16")


@blueprint.get("/data")
def data() -> str:
    """Ask for a file, and list the latest imports."""
    return _ask()


@blueprint.post("/data")
def data_send() -> ResponseReturnValue:
    """Take a file."""
    kind, file = request.form.get("kind", ""), request.files.get("file")
    if kind not in KINDS:
        raise NotFound(_("There is no such import."))
    if file is None or not file.filename:
        return _ask([Problem(_("Choose a file."), "file")]), 422
    try:
        token = store_upload(file.stream, file.filename)
        runs.begin(token, current_person().id, kind)
    except Refused as refused:
        return _ask([Problem(problem.message, "file") for problem in refused.problems]), refused.status
    return redirect(url_for("admin.data_run", run_token=token), 303)


@blueprint.get("/data/<run_token>")
def data_run(run_token: str) -> str:
    """Show an import: the form for its columns, its progress, or its result."""
    run = _run(run_token)
    if run.state == "mapping" or (request.args.get("change") and run.state in ("done", "refused")):
        return _mapping(run, run.settings, ())
    return render_template("admin/data_run.html", run=run, read_said=read_said, crumbs=_crumbs(Crumb(run.name)))


@blueprint.post("/data/<run_token>")
def data_check(run_token: str) -> ResponseReturnValue:
    """Let every row be looked at, with the columns that were chosen; nothing is stored."""
    run = _run(run_token)
    settings = _settings(run)
    if settings["encoding"] != run.settings.get("encoding", ENCODINGS[0]):
        # Read so, the columns may have other names: they are chosen again.
        runs.remember(run_token, {name: value for name, value in settings.items() if name != "map"})
        return redirect(url_for("admin.data_run", run_token=run_token), 303)
    if problems := _problems(run, settings):
        return _mapping(run, settings, problems), 422
    runs.start(run_token, settings, dry=True)
    return redirect(url_for("admin.data_run", run_token=run_token), 303)


@blueprint.post("/data/<run_token>/run")
def data_store(run_token: str) -> ResponseReturnValue:
    """Store the rows that were looked at; with bad ones among them only if leaving these out was chosen."""
    run = _run(run_token)
    if run.state != "done" or not run.dry:
        raise Refused(_("Look at the rows first."))
    if run.report.get("bad_rows") and request.form.get("leave_out") != "yes":
        raise Refused(_("Some rows cannot be imported. Correct the file, or choose to leave them out."))
    runs.start(run_token, run.settings, dry=False)
    return redirect(url_for("admin.data_run", run_token=run_token), 303)


def _run(token: str) -> ImportRun:
    run = runs.find_run(token, current_person().id)
    if run is None:
        raise NotFound(_("There is no such import."))
    return run


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(_("Import"), url_for("admin.data")), *more]


def _ask(problems: Sequence[Problem] = ()) -> str:
    beside, summary = errors_of(problems, {"file": ""})
    return render_template(
        "admin/data.html",
        errors=beside,
        summary=summary,
        failed=bool(problems),
        kind=request.form.get("kind", "people"),
        runs=runs.runs_of(current_person().id),
    )


def _settings(run: ImportRun) -> dict[str, Any]:
    """Return what the form says about a file; only what this kind of import knows."""
    form = request.form
    chosen = {target: form.get(f"map.{target}", "") for target in _targets(run)}
    settings: dict[str, Any] = {"map": {target: column for target, column in chosen.items() if column}}
    encoding = form.get("encoding", "")
    settings["encoding"] = encoding if encoding in ENCODINGS else ENCODINGS[0]
    if run.kind == "people":
        return settings | {"allow_look_alikes": form.get("allow_look_alikes") == "yes"}
    for name in ("desk", "request_type", "requester", "date_format"):
        settings[name] = form.get(name, "").strip()[:254]
    return settings


def _targets(run: ImportRun) -> list[str]:
    if run.kind == "people":
        return list(people_rows.TARGETS)
    return [target for target in ticket_rows.TARGETS if not target.endswith("*")]


def _problems(run: ImportRun, settings: Mapping[str, Any]) -> list[Problem]:
    """Return what is missing before any row need be looked at."""
    chosen = settings["map"]
    if run.kind == "people":
        return [] if "email" in chosen else [Problem(_("Say which column holds the e-mail address."), "map.email")]
    found = []
    if settings["desk"] not in runtime().catalogue.desks:
        found.append(Problem(_("Choose the desk that gets the tickets."), "desk"))
    if not {"subject", "description"} & chosen.keys():
        found.append(Problem(_("Say which column holds the subject."), "map.subject"))
    if {"created_at", "resolved_at"} & chosen.keys() and settings["date_format"] not in DATES:
        found.append(Problem(_("Say how dates are written."), "date_format"))
    return found


def _mapping(run: ImportRun, settings: Mapping[str, Any], problems: Sequence[Problem]) -> str:
    try:
        columns, message = runs.columns_of(run), ""
    except Refused as refused:
        columns, message = (), refused.message
    targets = _targets(run)
    chosen = settings.get("map")
    if chosen is None:
        by_name = {column.lower().replace(" ", "_"): column for column in columns}
        chosen = {target: by_name[target] for target in targets if target in by_name}
    names = {**{f"map.{target}": "" for target in targets}, "desk": "", "date_format": ""}
    beside, summary = errors_of(problems, names)
    desks = runtime().catalogue.desks.values()
    return render_template(
        "admin/data_mapping.html",
        run=run,
        columns=[(column, column) for column in columns],
        message=message,
        targets=[(target, _words()[target]) for target in targets],
        chosen=chosen,
        values=settings,
        errors=beside,
        summary=summary,
        failed=bool(problems),
        desks=[(desk.key, desk.title.in_language(language())) for desk in desks],
        types=_types(),
        dates=[("", _("There are no dates"))] + [(form, form) for form in DATES],
        encodings=[(name, name) for name in ENCODINGS],
        crumbs=_crumbs(Crumb(run.name)),
    )


def _types() -> list[tuple[str, str]]:
    entries = runtime().catalogue.types.values()
    return [(each.type.key, f"{each.desk.key}: {each.type.title.in_language(language())}") for each in entries]


def _words() -> dict[str, str]:
    return {
        "email": _("E-mail address"),
        "name": _("Name"),
        "department": _("Department"),
        "location": _("Location"),
        "manager": _("Manager"),
        "title": _("Job title"),
        "phone": _("Phone"),
        "language": _("Language"),
        "external_id": _("External id"),
        "id": _("Number in the old system"),
        "subject": _("Subject"),
        "description": _("Description"),
        "request_type": _("Request type"),
        "priority": _("Priority"),
        "status": _("Status"),
        "team": _("Team"),
        "tags": _("Tags"),
        "requester": _("Requester"),
        "requester_name": _("Name of the requester"),
        "assignee": _("Assigned to"),
        "created_at": _("Opened"),
        "resolved_at": _("Solved"),
    }
