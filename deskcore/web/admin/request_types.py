"""Request types in the browser: the list, a new one, and the texts and rules of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.desks import editing
from deskcore.desks.catalogue import DeskEntry, RequestTypeEntry
from deskcore.desks.form_checks import too_many_mandatory
from deskcore.desks.form_views import ErrorView
from deskcore.desks.sections import closed_because, faults
from deskcore.desks.services import refresh
from deskcore.errors import Conflict, NotFound, Problem, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import PRIORITIES, RequestType, Text
from deskcore.runtime import runtime
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.field_words import TYPES
from deskcore.web.admin.request_type_forms import Parsed, icons, read_details, values_of
from deskcore.web.admin.request_type_preview import preview
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person, language
from deskcore.web.vocabulary import priority_look


@dataclass(frozen=True)
class Crumb:
    """A step on the way to a page."""

    label: str
    url: str = ""


@dataclass(frozen=True)
class Group:
    """Request types of one desk under one heading."""

    desk: DeskEntry
    title: Text
    entries: tuple[RequestTypeEntry, ...]


def find_entry(slug: str) -> RequestTypeEntry:
    """Return a request type by its address, also one that is not offered.

    :raises NotFound: when there is none.
    """
    for entry in runtime().catalogue.types.values():
        if entry.slug == slug:
            return entry
    raise NotFound(_("There is no such request type."))


def slug_of(made: RequestType) -> str:
    """Return the address of a request type that was just made."""
    return f"{made.desk}-{made.key}".replace("_", "-")


def crumbs(*more: Crumb) -> list[Crumb]:
    """Return the way to a page below the list of request types."""
    return [Crumb(_("Request types"), url_for("admin.services")), *more]


def title_crumb(entry: RequestTypeEntry) -> Crumb:
    """Return the step that leads to a request type."""
    return Crumb(entry.type.title.in_language(language()), url_for("admin.service", slug=entry.slug))


def sent_revision() -> int:
    """Return which version of a type the administrator looked at."""
    typed = request.form.get("revision", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else -1


def errors_of(problems: Sequence[Problem], names: Mapping[str, Any]) -> tuple[dict[str, str], list[ErrorView]]:
    """Return the sentence beside each control, and the lines of the summary.

    :param names: controls that the page shows.
    """
    beside: dict[str, str] = {}
    summary = []
    for problem in problems:
        name = problem.field.removeprefix("field.")
        known = name in names
        if known:
            beside.setdefault(name, problem.message)
        summary.append(ErrorView(problem.message, control_id(name) if known else ""))
    return beside, summary


def control_id(name: str) -> str:
    """Return the id of the control called ``name``."""
    return "e-" + name.replace(".", "-")


@blueprint.get("/services")
def services() -> str:
    """List the request types of all desks, by group."""
    entries = list(runtime().catalogue.types.values())
    moved = {entry.slug for entry in entries if editing.edits_to_look_at(db.session(), entry)}
    return render_template("admin/services.html", groups=_groups(entries), moved=moved, desks=_desks())


@blueprint.route("/services/new", methods=["GET", "POST"])
def service_new() -> ResponseReturnValue:
    """Make a request type: empty, or as a copy of another one."""
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        made = _made()
        try:
            editing.create(made, current_person().email, offered=False)
        except Refused as refused:
            problems = refused.problems
        else:
            toast(_("The request type is there. It is not offered yet: add its fields first."))
            return redirect(url_for("admin.service", slug=slug_of(made)), 303)
    names = ("desk", "key", "title.en", "title.pl", "summary.en", "summary.pl")
    beside, summary = errors_of(problems, dict.fromkeys(names))
    page = render_template(
        "admin/service_new.html", values=request.form, errors=beside, summary=summary, failed=bool(problems),
        desks=_desks(), entries=list(runtime().catalogue.types.values()), crumbs=crumbs(Crumb(_("New"))),
    )  # fmt: skip
    return page, 422 if problems else 200


@blueprint.get("/services/<slug>")
def service(slug: str) -> str:
    """Show everything about a request type."""
    entry = find_entry(slug)
    return details_page(entry, Parsed(entry.type, values_of(entry.type)), ())


@blueprint.post("/services/<slug>")
def service_save(slug: str) -> ResponseReturnValue:
    """Store texts and rules, or show the form again with what was typed."""
    entry = find_entry(slug)
    parsed = read_details(request.form, entry.type)
    if request.form.get("do") == "edit":
        return details_page(entry, parsed, ())
    if parsed.problems:
        return details_page(entry, parsed, parsed.problems), 422
    try:
        changed = editing.save(entry, parsed.value, sent_revision(), current_person().email)
    except Refused as refused:
        return details_page(entry, parsed, refused.problems), 422
    except Conflict:
        return conflict_page(slug, request.path, lambda now_is: values_of(now_is.type))
    toast(_("Saved.") if changed else _("Nothing has changed."))
    return redirect(url_for("admin.service", slug=slug), 303)


@blueprint.post("/services/<slug>/offered")
def service_offered(slug: str) -> ResponseReturnValue:
    """Offer a request type on the portal, or take it off."""
    entry = find_entry(slug)
    offered = request.form.get("on") == "1"
    editing.offer(entry, offered=offered)
    toast(_("It is offered now.") if offered else _("It is not offered any more. Its tickets go on as they were."))
    return redirect(url_for("admin.service", slug=slug), 303)


def details_page(entry: RequestTypeEntry, parsed: Parsed, problems: Sequence[Problem]) -> str:
    """Return the page of a request type with this in its form."""
    beside, summary = errors_of(problems, parsed.values)
    return render_template(
        "admin/service.html",
        closed=closed_because(entry) if entry.offered and entry.desk.enabled else "",
        faults=faults(entry),
        entry=entry,
        values=parsed.values,
        errors=beside,
        summary=summary,
        failed=bool(problems),
        **_choices(entry),
        types=TYPES,
        warnings=warnings_of(entry.type),
        moved=editing.edits_to_look_at(db.session(), entry),
        preview=preview(parsed.value, language()),
        crumbs=crumbs(Crumb(entry.type.title.in_language(language()))),
    )


def _choices(entry: RequestTypeEntry) -> dict[str, list[tuple[str, str]]]:
    """Return what each list of the form offers."""
    spoken = language()
    audiences = {"everyone": _("everyone"), "agents": _("agents")}
    texts = [field for field in entry.type.fields if field.type in ("text", "longtext") and not field.sensitive]
    return {
        "described": [(field.key, field.label.in_language(spoken)) for field in texts],
        "teams": [(team.key, team.title.in_language(spoken)) for team in entry.desk.teams],
        "audiences": [(key, audiences.get(key, key)) for key in dict.fromkeys((*audiences, entry.type.audience))],
        "priorities": [(key, str(priority_look(key).word)) for key in PRIORITIES],
        "icons": [(name, name) for name in icons()],
    }


def warnings_of(edited: RequestType) -> list[str]:
    """Return what is allowed and still no good idea."""
    found = []
    if count := too_many_mandatory(edited):
        found.append(
            ngettext(
                "%(num)s field must be filled in. People put up with seven: make some optional.",
                "%(num)s fields must be filled in. People put up with seven: make some optional.",
                count,
            )
        )
    if not edited.fields:
        found.append(_("This form has no fields yet: people could only send it empty."))
    return found


def conflict_page(slug: str, action: str, values: Any) -> ResponseReturnValue:
    """Return both texts of a form that somebody else stored meanwhile, and the way to either.

    :param values: gives what the form's controls hold for the type that is stored now.
    """
    refresh()
    entry = find_entry(slug)
    stored: Mapping[str, str] = values(entry)
    yours = {name: ", ".join(request.form.getlist(name)) for name in request.form}
    hidden = ("csrf_token", "revision", "do")
    rows = [
        (name, yours.get(name, ""), stored.get(name, ""))
        for name in sorted({*stored, *yours} - {*hidden, "show_if"})
        if yours.get(name, "") != stored.get(name, "")
    ]
    sent = [pair for pair in request.form.items(multi=True) if pair[0] not in hidden]
    page = render_template(
        "admin/service_conflict.html",
        entry=entry,
        rows=rows,
        sent=sent,
        action=action,
        crumbs=crumbs(title_crumb(entry)),
    )
    return page, 409


def _made() -> RequestType:
    """Return the type that the form for a new one describes."""
    form = request.form
    copied, _slash, key = form.get("copy", "").partition("/")
    source = runtime().catalogue.types.get((copied, key))
    desk = runtime().catalogue.desks.get(form.get("desk", ""))
    if desk is None:
        raise NotFound(_("There is no such desk."))
    empty = RequestType("", "", Text("", ""), Text("", ""))
    before: RequestType = source.type if source else empty
    details = read_details(form, before).value
    kept = {name: getattr(before, name) for name in before.__dataclass_fields__ if name not in ("title", "summary")}
    texts = {"title": details.title, "summary": details.summary}
    team = before.team if desk.team(before.team) else ""
    made = RequestType(**{**kept, **texts, "team": team, "key": form.get("key", "").strip(), "desk": desk.key})
    return replace(made, sections={})


def _desks() -> list[DeskEntry]:
    return list(runtime().catalogue.desks.values())


def _groups(entries: Sequence[RequestTypeEntry]) -> list[Group]:
    found: dict[tuple[str, str], list[RequestTypeEntry]] = {}
    for desk in _desks():
        mine = [entry for entry in entries if entry.desk.key == desk.key]
        for entry in sorted(mine, key=lambda each: (each.type.order, each.type.key)):
            title = entry.type.group or desk.title
            found.setdefault((desk.key, title.en), []).append(entry)
    return [Group(each[0].desk, each[0].type.group or each[0].desk.title, tuple(each)) for each in found.values()]
