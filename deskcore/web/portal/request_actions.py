"""What somebody who takes part does with a request: answer, withdraw, open again, add a person, stop following."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deskcore.desks.forms import build_form, read_form
from deskcore.desks.schemas import validate
from deskcore.errors import NotAllowed, Problem, Refused
from deskcore.people.models import Person
from deskcore.tickets import services
from deskcore.tickets.drafts import Stamp
from deskcore.tickets.idempotency import earlier_result_of
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.tickets.pages import history
from deskcore.web import drafts
from deskcore.web.portal.area import blueprint, field_context, form_key
from deskcore.web.portal.next_step import facts_of
from deskcore.web.portal.request_page import (
    answer_draft,
    answer_fields,
    answer_place,
    answer_writing,
    invitation_fields,
    render_request,
)
from deskcore.web.templating import toast
from deskcore.web.uploads import received_files, status_of
from deskcore.web.viewer import current_person


@blueprint.post("/requests/<number>/reply")
def reply(number: str) -> Any:
    """Send an answer with its files."""
    ticket, person = find_ticket(number), current_person()
    fields, context = answer_fields(facts_of(ticket, person)), field_context(person)
    tokens, refused = received_files(fields)
    raw = read_form(fields, request.form, context, tokens)
    answers, problems = validate(fields, raw, context)
    problems = (*refused, *problems)
    place, writing = answer_place(ticket), answer_writing(fields, raw)
    if not problems:
        try:
            with drafts.kept_when_it_breaks(drafts.stamp_of(place), writing):
                return _sent(ticket, answers, drafts.stamp_of(place))
        except Refused as error:
            problems = error.problems
    ticket = find_ticket(number)  # a refused change lets go of what was read before it
    if sent := _repeated(ticket, person, answers.get("body")):
        return sent
    key = form_key()  # the one that came may be used up
    kept = drafts.keep(drafts.stamp_of(place, key).next(), writing)
    ticket = find_ticket(number)
    draft = answer_draft(ticket, kept)
    return render_request(ticket, build_form(fields, raw, context, problems), draft=draft, key=key), status_of(problems)


def _sent(ticket: Ticket, answers: dict[str, Any], stamp: Stamp) -> Response:
    key = request.form.get("idempotency_key", "")
    seq = services.reply(ticket.number, answers["body"], answers.get("files", ()), key=key, draft=stamp)
    toast(_("Your answer was sent."))
    return _back(ticket, f"m{seq}")


def _repeated(ticket: Ticket, person: Person, body: str | None) -> Response | None:
    """Return the way to the first answer when this very one was sent before, perhaps with its files again."""
    earlier = earlier_result_of(person.id, request.form.get("idempotency_key", ""))
    if earlier is None:
        return None
    first = next((entry for entry in history(ticket) if entry.seq == earlier.get("seq")), None)
    return _back(ticket, f"m{first.seq}") if first and first.body == body else None


@blueprint.post("/requests/<number>/withdraw")
def withdraw(number: str) -> Response:
    """Say that help is no longer needed."""
    ticket = find_ticket(number)
    if ticket.requester_id != current_person().id:
        raise NotAllowed(_("Only the person whose request it is can do this."))
    services.withdraw(number)
    toast(_("Good to hear. The request is finished."))
    return _back(ticket)


@blueprint.post("/requests/<number>/reopen")
def reopen(number: str) -> Response:
    """Open a finished request again."""
    ticket = find_ticket(number)
    services.reopen(number)
    toast(_("The request is open again."))
    return _back(ticket)


@blueprint.post("/requests/<number>/people")
def add_person(number: str) -> Any:
    """Let a colleague follow a request; one that cannot be told from others is asked for again."""
    ticket, person = find_ticket(number), current_person()
    fields, context = invitation_fields(), field_context(person)
    raw = read_form(fields, request.form, context)
    answers, problems = validate(fields, raw, context)
    if not problems:
        try:
            services.add_participant(number, answers["person"])
        except Refused as error:
            problems = tuple(Problem(each.message, "answers.person") for each in error.problems)
    if problems:
        return render_request(find_ticket(number), invitation=build_form(fields, raw, context, problems)), 422
    name = context.lookup.label("user", answers["person"]) or answers["person"]
    toast(_("%(name)s follows this request now.", name=name))
    return _back(ticket)


@blueprint.post("/requests/<number>/unfollow")
def unfollow(number: str) -> Response:
    """Stop following a request of somebody else."""
    find_ticket(number)
    services.remove_participant(number, current_person().email)
    toast(_("You no longer follow this request."))
    return redirect(url_for("portal.requests", state="followed"), 303)


def _back(ticket: Ticket, anchor: str | None = None) -> Response:
    return redirect(url_for("portal.request", number=ticket.number, _anchor=anchor), 303)
