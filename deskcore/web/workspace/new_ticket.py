"""A ticket that an agent opens for somebody who phoned or came by: the person, then the service, then its form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.fields import FieldContext, Found
from deskcore.desks.forms import FormView, build_form, needs_another_step, read_form, shown_fields
from deskcore.desks.schemas import validate
from deskcore.desks.subjects import subject_and_description
from deskcore.errors import Problem, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import PRIORITIES, Field
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.attachments import MAX_FILES, store_upload
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.organisation import Organisation
from deskcore.tickets.queries import TicketQuery, list_tickets
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person, desk_roles, language, time_zone
from deskcore.web.vocabulary import priority_look
from deskcore.web.workspace.area import blueprint, form_key, show
from deskcore.web.workspace.queue import rows

#: How the request reached the agent.
CHANNELS = ("phone", "walk_in")
#: How many of the requester's tickets stand beside the form.
RECENT = 5


@dataclass(frozen=True)
class Start:
    """The first step: who asks, and for what.

    :param candidates: people whom the words could mean, when they mean several.
    """

    words: str = ""
    person: Person | None = None
    candidates: Sequence[Found] = ()
    entry: RequestTypeEntry | None = None
    problems: Sequence[Problem] = ()


@dataclass(frozen=True)
class Filled:
    """The second step: what was answered so far."""

    form: FormView
    channel: str = "phone"
    priority: str = ""
    key: str = ""


@blueprint.get("/tickets/new")
def new() -> ResponseReturnValue:
    """Ask who needs something and what; once both are known, show the form of that service."""
    start = _start(request.args)
    if start.person is not None and request.args.get("requester") != start.person.email:
        service = start.entry.slug if start.entry else None
        return redirect(url_for("workspace.new", requester=start.person.email, service=service))
    if start.person is None or start.entry is None:
        return _page(start)
    form = build_form(start.entry.type.fields, {}, _context(start.person, Organisation(current_person())))
    return _page(start, Filled(form, key=form_key()))


@blueprint.post("/tickets/new")
def create() -> ResponseReturnValue:
    """Open the ticket, or show the form again with what there is to correct.

    Who asks and for what is in the address, and the agent's own choices begin with an underscore: every other name
    may belong to a field of the form.
    """
    start = _start(request.args)
    if start.person is None or start.entry is None:
        return _page(start)
    fields, lookup = start.entry.type.fields, Organisation(current_person())
    context = _context(start.person, lookup)
    raw, upload_problems = _read(fields, context)
    more_rows = request.form.getlist("_more_rows")
    unfinished = more_rows or needs_another_step(fields, raw, shown_fields(request.form), context)
    answers, problems = validate(fields, raw, context)
    if not unfinished:
        problems = (*upload_problems, *problems)
        if not problems:
            try:
                return _opened(start.person, start.entry, answers, lookup)
            except Refused as refusal:
                problems = refusal.problems
    form = build_form(fields, raw, context, () if unfinished else problems, more_rows)
    key = request.form.get("idempotency_key") or form_key()
    return _page(start, Filled(form, _channel(), request.form.get("_priority", ""), key), 200 if unfinished else 422)


def _start(values: Mapping[str, str]) -> Start:
    words = " ".join(values.get("requester", "").split())[:200]
    entry = next((each for each in _services() if each.slug == values.get("service", "")), None)
    if not words:
        return Start(entry=entry)
    found = Organisation().find("user", words)
    if len(found) != 1:
        return Start(words, None, found, entry, () if found else (_nobody(words),))
    return Start(words, _person(found[0].value), (), entry)


def _nobody(words: str) -> Problem:
    message = _("We found nobody called “%(words)s”. Write a name or an e-mail address.", words=words)
    return Problem(message, "requester")


def _person(email: str) -> Person | None:
    options = (joinedload(Person.department), joinedload(Person.location), joinedload(Person.manager))
    return db.session.scalar(select(Person).where(Person.email == email, Person.active).options(*options))


def _services() -> list[RequestTypeEntry]:
    """Return the request types of the desks on which the agent works."""
    return [entry for entry in runtime().catalogue.offered() if entry.desk.id in desk_roles()]


def _context(person: Person, lookup: Organisation) -> FieldContext:
    return FieldContext(language=language(), time_zone=time_zone(), lookup=lookup, person=person.email)


def _read(fields: Sequence[Field], context: FieldContext) -> tuple[dict[str, Any], list[Problem]]:
    """Return the raw answers; files that came with them are stored first, so that a correction keeps them."""
    uploads: dict[str, list[str]] = {}
    problems: list[Problem] = []
    files = [(name, file) for name, file in request.files.items(multi=True) if file.filename]
    if len(files) > MAX_FILES:
        problems.append(Problem(_("Attach at most %(count)s files.", count=MAX_FILES), f"answers.{files[0][0]}"))
    for name, file in files[:MAX_FILES]:
        try:
            uploads.setdefault(name, []).append(store_upload(file.stream, file.filename or ""))
        except Refused as refusal:
            problems += [Problem(problem.message, f"answers.{name}") for problem in refusal.problems]
    return read_form(fields, request.form, context, uploads), problems


def _channel() -> str:
    channel = request.form.get("_channel", "")
    return channel if channel in CHANNELS else CHANNELS[0]


def _opened(
    person: Person, entry: RequestTypeEntry, answers: Mapping[str, Any], lookup: Organisation
) -> ResponseReturnValue:
    subject, description = subject_and_description(entry.type, answers, language(), lookup, time_zone())
    files = [token for each in entry.type.fields if each.type == "file" for token in answers.get(each.key, ())]
    priority = request.form.get("_priority", "")
    number = open_ticket(
        NewTicket(
            desk=entry.desk.key,
            request_type=entry.type.key,
            subject=subject,
            description=description,
            requester_id=person.id,
            channel=_channel(),
            answers=answers,
            priority=priority if priority in PRIORITIES else None,
            uploads=files,
            key=request.form.get("idempotency_key", ""),
        )
    )
    toast(_("%(number)s was opened.", number=number))
    if request.form.get("_go") == "next":
        return redirect(url_for("workspace.new"))
    return redirect(url_for("workspace.ticket", number=number))


def _page(start: Start, filled: Filled | None = None, status: int = 200) -> ResponseReturnValue:
    person = start.person
    recent = TicketQuery(queue="all", requester_id=person.id, limit=RECENT) if person else None
    page = show(
        "workspace/new.html",
        start=start,
        filled=filled,
        services=_grouped(start.entry),
        priorities=_priorities(filled.priority if filled else ""),
        recent=rows(list_tickets(recent, person.id)) if recent and person else [],
        person_detail=_detail(person) if person else "",
        failed=status == 422 or bool(start.problems),
    )
    return make_response(page, 422 if start.problems and request.method == "POST" else status)


def _grouped(chosen: RequestTypeEntry | None) -> list[tuple[str, list[dict[str, Any]]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in _services():
        option = {"value": entry.slug, "label": entry.type.title.in_language(language()), "selected": entry is chosen}
        groups.setdefault(entry.desk.title.in_language(language()), []).append(option)
    return list(groups.items())


def _priorities(chosen: str) -> list[dict[str, Any]]:
    none = {"value": "", "label": _("As the answers say"), "selected": not chosen}
    words = {name: priority_look(name).word for name in PRIORITIES}
    return [none, *({"value": name, "label": word, "selected": name == chosen} for name, word in words.items())]


def _detail(person: Person) -> str:
    places = [place.name for place in (person.department, person.location) if place is not None]
    return " · ".join(part for part in (person.job_title, *places) if part)
