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
from deskcore.desks.forms import build_form, needs_another_step, read_form, shown_fields
from deskcore.desks.schemas import validate
from deskcore.desks.subjects import subject_and_description
from deskcore.errors import NotFound, Problem, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import PRIORITIES
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.lists import list_tickets
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.organisation import Organisation
from deskcore.tickets.queries import TicketQuery
from deskcore.web import drafts
from deskcore.web.templating import toast
from deskcore.web.uploads import received_files, status_of, tokens_in
from deskcore.web.viewer import desk_roles, language, time_zone
from deskcore.web.vocabulary import priority_look
from deskcore.web.workspace.area import Item, blueprint, form_key, show
from deskcore.web.workspace.behalf import (
    Behalf,
    Filled,
    kept_form,
    opened_form,
    posted_channel,
    posted_priority,
    sent_form,
    unfinished,
)
from deskcore.web.workspace.choices import by_desk
from deskcore.web.workspace.follow_ups import askers, open_it, quote_of
from deskcore.web.workspace.queue import rows

#: How many of the requester's tickets stand beside the form.
RECENT = 5


@dataclass(frozen=True)
class Start:
    """The first step: who asks, and for what.

    :param candidates: people whom the words could mean, when they mean several.
    :param parent: the ticket because of which, and ``askers`` in whose name one may then ask.
    :param quote: number of a message of it that the form quotes.
    """

    words: str = ""
    person: Person | None = None
    candidates: Sequence[Found] = ()
    entry: RequestTypeEntry | None = None
    problems: Sequence[Problem] = ()
    parent: Ticket | None = None
    askers: Sequence[Person] = ()
    quote: int | None = None

    @property
    def behalf(self) -> Behalf | None:
        """Both, once they are known."""
        return Behalf(self.person, self.entry, self.parent, self.quote) if self.person and self.entry else None


@blueprint.get("/tickets/new")
def new() -> ResponseReturnValue:
    """Ask who needs something and what; once both are known, show the form of that service.

    ``?parent=`` names the ticket because of which: then an agent may ask any desk.
    """
    start = _start(request.args)
    if start.parent is not None and start.entry is None:
        return redirect(url_for("workspace.follow_up", number=start.parent.number))
    if start.parent is None and start.person is not None and request.args.get("requester") != start.person.email:
        service = start.entry.slug if start.entry else None
        return redirect(url_for("workspace.new", requester=start.person.email, service=service))
    return _page(start, opened_form(start.behalf) if start.behalf else None)


@blueprint.post("/tickets/new")
def create() -> ResponseReturnValue:
    """Open the ticket, or show the form again with what there is to correct.

    Who asks and for what is in the address, and the agent's own choices begin with an underscore: every other name
    may belong to a field of the form.
    """
    start = _start(request.args)
    behalf = start.behalf
    if behalf is None:
        return _page(start)
    fields, context = behalf.entry.type.fields, behalf.context()
    received, refused = received_files(fields)
    raw = read_form(fields, request.form, context, received)
    more_rows = request.form.getlist("_more_rows")
    if more_rows or needs_another_step(fields, raw, shown_fields(request.form), context):
        return _page(start, sent_form(behalf, build_form(fields, raw, context, (), more_rows)))
    answers, problems = validate(fields, raw, context)
    problems = (*refused, *problems)
    writing = behalf.writing(raw, context)
    if not problems:
        try:
            with drafts.kept_when_it_breaks(drafts.stamp_of(behalf.place), writing):
                return _opened(behalf, answers, context)
        except Refused as refusal:
            problems = refusal.problems
    kept = drafts.keep(drafts.stamp_of(behalf.place, form_key()).next(), writing)
    return _page(start, kept_form(behalf, build_form(fields, raw, context, problems), kept), status_of(problems))


@blueprint.post("/tickets/new/draft")
def keep_new() -> ResponseReturnValue:
    """Save the form as a draft, or discard it: to begin again, or to leave."""
    start = _start(request.args)
    behalf = start.behalf
    if behalf is None:
        raise NotFound(_("There is no such form."))
    stamp = drafts.stamp_of(behalf.place)
    if discard := request.form.get("_discard"):
        left = url_for("workspace.ticket", number=start.parent.number) if start.parent else url_for("workspace.new")
        return drafts.answer_discard(stamp, behalf.url("workspace.new") if discard == "again" else left)
    fields, context = behalf.entry.type.fields, behalf.context()
    received, refused = received_files(fields)
    raw = read_form(fields, request.form, context, received)

    def conflicting(kept: drafts.Kept) -> ResponseReturnValue:
        return _page(start, kept_form(behalf, build_form(fields, raw, context), kept.on_page(form_key())), 409)

    write = behalf.writing(raw, context)
    return drafts.answer_save(stamp, write, behalf.url("workspace.new"), conflicting, received, refused)


def _start(values: Mapping[str, str]) -> Start:
    if values.get("parent"):
        return _start_of_follow_up(find_ticket(values["parent"]), values)
    words = " ".join(values.get("requester", "").split())[:200]
    entry = next((each for each in _services() if each.slug == values.get("service", "")), None)
    if not words:
        return Start(entry=entry)
    found = Organisation().find("user", words)
    if len(found) != 1:
        return Start(words, None, found, entry, () if found else (_nobody(words),))
    return Start(words, _person(found[0].value), (), entry)


def _start_of_follow_up(parent: Ticket, values: Mapping[str, str]) -> Start:
    offered = runtime().catalogue.offered()
    entry = next((each for each in offered if each.slug == values.get("service", "")), None)
    if entry is None:
        return Start(parent=parent)
    people = askers(parent, entry)
    chosen = next((person for person in people if person.email == values.get("requester")), people[0])
    quote = values.get("quote", "")
    return Start(person=chosen, entry=entry, parent=parent, askers=people, quote=quote_of(quote))


def _nobody(words: str) -> Problem:
    message = _("We found nobody called “%(words)s”. Write a name or an e-mail address.", words=words)
    return Problem(message, "requester")


def _person(email: str) -> Person | None:
    options = (joinedload(Person.department), joinedload(Person.location), joinedload(Person.manager))
    return db.session.scalar(select(Person).where(Person.email == email, Person.active).options(*options))


def _services() -> list[RequestTypeEntry]:
    """Return the request types of the desks on which the agent works."""
    return [entry for entry in runtime().catalogue.offered() if entry.desk.id in desk_roles()]


def _opened(behalf: Behalf, answers: Mapping[str, Any], context: FieldContext) -> ResponseReturnValue:
    entry, priority = behalf.entry, posted_priority()
    subject, description = subject_and_description(entry.type, answers, language(), context.lookup, time_zone())
    wanted = NewTicket(
        desk=entry.desk.key,
        request_type=entry.type.key,
        subject=subject,
        description=description,
        requester_id=behalf.person.id,
        channel="portal" if behalf.parent else posted_channel(),
        answers=answers,
        priority=priority if priority in PRIORITIES else None,
        uploads=tokens_in(entry.type.fields, answers),
        key=request.form.get("idempotency_key", ""),
        draft=drafts.stamp_of(behalf.place),
    )
    if behalf.parent is not None:
        return open_it(behalf.parent, wanted)
    number = open_ticket(wanted)
    toast(_("%(number)s was opened.", number=number))
    if request.form.get("_go") == "next" or not _sees(number):
        return redirect(url_for("workspace.new"))
    return redirect(url_for("workspace.ticket", number=number))


def _sees(number: str) -> bool:
    """Tell whether the agent sees a ticket: of some that he opens, he is none of the people who may."""
    try:
        find_ticket(number)
    except NotFound:
        return False
    return True


def _page(start: Start, filled: Filled | None = None, status: int = 200) -> ResponseReturnValue:
    person = start.person
    recent = TicketQuery(queue="all", requester_id=person.id, limit=RECENT) if person else None
    page = show(
        "workspace/new.html",
        start=start,
        filled=filled,
        unfinished=[] if person or start.words else unfinished(),
        services=by_desk(_services(), start.entry),
        priorities=_priorities(filled.priority if filled else ""),
        recent=rows(list_tickets(recent, person.id)) if recent and person else [],
        person_detail=_detail(person) if person else "",
        crumbs=_crumbs(start.parent) if start.parent else (),
        failed=status not in (200, 409) or bool(start.problems),
    )
    return make_response(page, 422 if start.problems and request.method == "POST" else status)


def _crumbs(parent: Ticket) -> list[Item]:
    ticket = Item(parent.number, url_for("workspace.ticket", number=parent.number))
    return [ticket, Item(_("Open a follow-up"), url_for("workspace.follow_up", number=parent.number))]


def _priorities(chosen: str) -> list[dict[str, Any]]:
    none = {"value": "", "label": _("As the answers say"), "selected": not chosen}
    words = {name: priority_look(name).word for name in PRIORITIES}
    return [none, *({"value": name, "label": word, "selected": name == chosen} for name, word in words.items())]


def _detail(person: Person) -> str:
    places = [place.name for place in (person.department, person.location) if place is not None]
    return " · ".join(part for part in (person.job_title, *places) if part)
