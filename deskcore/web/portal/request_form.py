"""The form of a service: filled, corrected and sent, with or without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.fields import FieldContext
from deskcore.desks.forms import needs_another_step, read_form, shown_fields
from deskcore.desks.schemas import validate
from deskcore.desks.sections import closed_because
from deskcore.desks.subjects import subject_and_description
from deskcore.errors import NotFound, Problem, Refused
from deskcore.hooks.contributions import Field
from deskcore.tickets.attachments import still_there
from deskcore.tickets.drafts import find_draft
from deskcore.tickets.idempotency import earlier_result_of
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.managers import check_may_send
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.pages import approvers_of
from deskcore.tickets.sensitive import Locked, opened
from deskcore.web import drafts
from deskcore.web.portal import for_whom, offers
from deskcore.web.portal.area import blueprint, field_context, form_key
from deskcore.web.portal.closed_hours import closed_hours_of
from deskcore.web.portal.for_whom import ForWhom, answered
from deskcore.web.portal.next_step import after_sending, facts_of, next_step
from deskcore.web.portal.service_page import closed_page, draft_after, form_page, opened_form, place_of
from deskcore.web.portal.suggesting import related
from deskcore.web.templating import toast, when
from deskcore.web.uploads import received_files, status_of, tokens_in, without_files, without_lost_files
from deskcore.web.viewer import current_person, language, time_zone

#: Controls of every form beside its own fields.
_CONTROLS = (
    "csrf_token", "idempotency_key", "_shown", "_sensitive", "_more_rows", "_answers", for_whom.KEY, *drafts.CONTROLS,
)  # fmt: skip


#: An address that leads to a form can begin to fill it: ``?answers.asset=NB-0412``.
_GIVEN = "answers."


@dataclass(frozen=True)
class Filled:
    """A form as it came back.

    :param raw: what was posted, by field key.
    :param answers: what of it can be stored.
    :param problems: what there is to correct.
    :param unseen: keys of fields that these answers reveal and that were not on the page.
    :param asked: for whom it is.
    """

    raw: Mapping[str, Any]
    answers: Mapping[str, Any]
    problems: tuple[Problem, ...]
    unseen: frozenset[str]
    asked: ForWhom


@blueprint.get("/services/<slug>")
def service_form(slug: str) -> str:
    """Show the form of a service, or why it takes no requests now."""
    entry = offers.find_service(slug)
    stored = find_draft(place_of(entry))
    if reason := closed_because(entry):
        return closed_page(entry, stored, reason)
    given = {key.removeprefix(_GIVEN): text for key, text in request.args.items() if key.startswith(_GIVEN)}
    return opened_form(entry, stored, request.args.get("words", ""), given)


@blueprint.post("/services/<slug>")
def send_form(slug: str) -> Any:
    """Take a filled form: open the request, ask what its answers revealed, or say what to correct."""
    entry = offers.find_service(slug)
    context = field_context(current_person())
    filled = _filled(entry, context)
    if "_more_rows" in request.form:
        more = request.form.getlist("_more_rows")
        return form_page(entry, filled.raw, context, more_rows=more, asked=filled.asked)
    if "_answers" in request.form:
        return _offering(entry, filled, context)
    if filled.problems:
        return _repeated(entry, filled) or _again(entry, filled, context, filled.problems)
    if filled.unseen:
        notice = _("Your answers brought up a few more questions.")
        return form_page(entry, filled.raw, context, notice=notice, asked=filled.asked)
    return _send(entry, filled, context)


def _filled(entry: RequestTypeEntry, context: FieldContext) -> Filled:
    fields = entry.type.fields
    tokens, refused = received_files(fields)
    raw = read_form(fields, request.form, context, tokens)
    # The list of fields is closed: somebody who adds a desk or a priority is told so.
    raw |= {name: None for name in request.form if not _belongs(name, fields)}
    unseen = frozenset(field.key for field in needs_another_step(fields, raw, shown_fields(request.form), context))
    answers, found = validate(fields, raw, context)
    taken = {problem.field for problem in refused}
    found = tuple(each for each in found if each.field not in taken and _key(each) not in unseen)
    asked = answered(entry)
    return Filled(raw, answers, (*asked.problems, *refused, *found), unseen, asked)


def _belongs(name: str, fields: Sequence[Field]) -> bool:
    starts = tuple(field.key + mark for field in fields for mark in ".-")
    return name in _CONTROLS or name.startswith(starts) or any(name == field.key for field in fields)


def _key(problem: Problem) -> str:
    return problem.field.removeprefix("answers.").partition(".")[0]


def _send(entry: RequestTypeEntry, filled: Filled, context: FieldContext) -> Any:
    subject, description = subject_and_description(entry.type, filled.answers, language(), context.lookup, time_zone())
    stamp, person = drafts.stamp_of(place_of(entry)), filled.asked.person
    new = NewTicket(
        desk=entry.desk.key,
        request_type=entry.type.key,
        subject=subject,
        description=description,
        requester_id=person.id,
        channel="portal",
        answers=filled.answers,
        uploads=tokens_in(entry.type.fields, filled.answers),
        key=request.form.get("idempotency_key", ""),
        draft=stamp,
    )
    try:
        with drafts.kept_when_it_breaks(stamp, drafts.form_writing(entry, filled.raw, context, **for_whom.kept())):
            check_may_send(entry, current_person(), person)
            number = open_ticket(new)
    except Refused as refused:
        return _repeated(entry, filled) or _refused(entry, filled, context, refused)
    try:
        find_ticket(number)
    except NotFound:
        toast(_("We've got it. Nobody can tell who sent it. Number %(number)s.", number=number))
        return redirect(url_for("portal.home"), 303)
    return redirect(url_for("portal.sent", number=number), 303)


def _refused(entry: RequestTypeEntry, filled: Filled, context: FieldContext, refused: Refused) -> ResponseReturnValue:
    fields = entry.type.fields  # a refused file may be gone
    there = still_there(tokens_in(fields, filled.answers))
    filled = replace(filled, raw=without_lost_files(fields, filled.raw, there))
    if earlier_result_of(current_person().id, request.form.get("idempotency_key", "")) is None:
        return _again(entry, filled, context, refused.problems)
    # Somebody went back after sending, changed the form and sent it again: that is a new request.
    again = Problem(
        _("You have already sent this form. To send it again with your changes, press the button once more.")
    )
    problems = [problem for problem in refused.problems if problem.field] or [again]
    return _again(entry, filled, context, problems, form_key())


def _again(
    entry: RequestTypeEntry, filled: Filled, context: FieldContext, problems: Sequence[Problem], key: str = ""
) -> ResponseReturnValue:
    """Show the form as it was sent, with what there is to correct, and keep it as a draft meanwhile.

    :param key: another one for the form, when the one it was sent with is used up.
    """
    stamp = drafts.stamp_of(place_of(entry), key).next()
    write = drafts.form_writing(entry, filled.raw, context, **for_whom.kept())
    draft, asked = draft_after(entry, drafts.keep(stamp, write)), filled.asked
    return form_page(entry, filled.raw, context, problems, key=key, draft=draft, asked=asked), status_of(problems)


def _offering(entry: RequestTypeEntry, filled: Filled, context: FieldContext) -> str:
    """Show the form with answers beside it, and keep it as a draft: whoever opens one leaves the page."""
    write = drafts.form_writing(entry, filled.raw, context, **for_whom.kept())
    kept = drafts.keep(drafts.stamp_of(place_of(entry)).next(), write)
    return form_page(entry, filled.raw, context, draft=draft_after(entry, kept), asked=filled.asked)


def _repeated(entry: RequestTypeEntry, filled: Filled) -> Response | None:
    """Return the way to the first result when this very form was sent before.

    The service compares everything that was sent; a file sent again has another token, so what was written decides.
    """
    earlier = earlier_result_of(current_person().id, request.form.get("idempotency_key", ""))
    if earlier is None or "number" not in earlier:
        return None
    try:
        ticket = find_ticket(earlier["number"])
    except NotFound:
        return None
    fields = entry.type.fields
    try:
        same = without_files(fields, opened(ticket)) == without_files(fields, filled.answers)
    except Locked:
        same = False
    if ticket.request_type_id != entry.id or not same or ticket.requester_id != filled.asked.person.id:
        return None
    return redirect(url_for("portal.sent", number=ticket.number), 303)


@blueprint.get("/requests/<number>/sent")
def sent(number: str) -> str:
    """Say that a request has come, under which number, and what happens next."""
    ticket = find_ticket(number)
    reader = current_person()
    held = [ticket.id] if ticket.status_category == "waiting_approval" else []
    facts = facts_of(ticket, reader, approvers_of(held).get(ticket.id, ()))
    return render_template(
        "portal/sent.html",
        ticket=ticket,
        facts=facts,
        next=next_step(facts),
        steps=after_sending(facts, when(ticket.created_at)),
        closed=closed_hours_of(ticket),
        related=related(ticket.subject, ticket.description),
    )
