"""The form of a service: filled, corrected and sent, with or without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.fields import FieldContext
from deskcore.desks.forms import build_form, needs_another_step, read_form, shown_fields
from deskcore.desks.schemas import validate
from deskcore.desks.subjects import subject_and_description
from deskcore.errors import NotFound, Problem, Refused
from deskcore.hooks.contributions import Field
from deskcore.tickets.idempotency import earlier_result_of
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.web.portal import offers
from deskcore.web.portal.area import Item, blueprint, field_context, form_key
from deskcore.web.portal.next_step import after_sending, before_sending, facts_of, next_step
from deskcore.web.portal.uploads import received_files, tokens_in, without_files
from deskcore.web.templating import when
from deskcore.web.viewer import current_person, language, time_zone

#: Controls of every form beside its own fields.
_CONTROLS = ("csrf_token", "idempotency_key", "_shown", "_more_rows")
#: Characters of a search that are carried into a form.
LONGEST_WORDS = 2000


@dataclass(frozen=True)
class Filled:
    """A form as it came back.

    :param raw: what was posted, by field key.
    :param answers: what of it can be stored.
    :param problems: what there is to correct.
    :param unseen: keys of fields that these answers reveal and that were not on the page.
    """

    raw: Mapping[str, Any]
    answers: Mapping[str, Any]
    problems: tuple[Problem, ...]
    unseen: frozenset[str]


@blueprint.get("/services/<slug>")
def service_form(slug: str) -> str:
    """Show the form of a service, or why it takes no requests now."""
    entry = offers.find_service(slug)
    if not (entry.offered and entry.desk.enabled):
        return render_template("portal/closed.html", entry=entry, generic=offers.generic())
    return _page(entry, _prefilled(entry, request.args.get("words", "")))


@blueprint.post("/services/<slug>")
def send_form(slug: str) -> Any:
    """Take a filled form: open the request, ask what its answers revealed, or say what to correct."""
    entry = offers.find_service(slug)
    context = field_context(current_person())
    filled = _filled(entry.type.fields, context)
    if "_more_rows" in request.form:
        return _page(entry, filled.raw, context, more_rows=request.form.getlist("_more_rows"))
    if filled.problems:
        return _repeated(entry, filled.answers) or (_page(entry, filled.raw, context, filled.problems), 422)
    if filled.unseen:
        return _page(entry, filled.raw, context, notice=_("Your answers brought up a few more questions."))
    return _send(entry, filled, context)


def _prefilled(entry: RequestTypeEntry, words: str) -> dict[str, Any]:
    """Return a form that begins with the words of a search, in the field that describes the matter."""
    words = words.strip()[:LONGEST_WORDS]
    if not words:
        return {}
    keys = [entry.type.description] if entry.type.description else []
    keys += [field.key for field in entry.type.fields if field.key == "subject"]
    return dict.fromkeys(keys, words)


def _filled(fields: Sequence[Field], context: FieldContext) -> Filled:
    tokens, refused = received_files(fields)
    raw = read_form(fields, request.form, context, tokens)
    # The list of fields is closed: somebody who adds a desk or a priority is told so.
    raw |= {name: None for name in request.form if not _belongs(name, fields)}
    unseen = frozenset(field.key for field in needs_another_step(fields, raw, shown_fields(request.form), context))
    answers, found = validate(fields, raw, context)
    taken = {problem.field for problem in refused}
    found = tuple(each for each in found if each.field not in taken and _key(each) not in unseen)
    return Filled(raw, answers, (*refused, *found), unseen)


def _belongs(name: str, fields: Sequence[Field]) -> bool:
    starts = tuple(field.key + mark for field in fields for mark in ".-")
    return name in _CONTROLS or name.startswith(starts) or any(name == field.key for field in fields)


def _key(problem: Problem) -> str:
    return problem.field.removeprefix("answers.").partition(".")[0]


def _send(entry: RequestTypeEntry, filled: Filled, context: FieldContext) -> Any:
    subject, description = subject_and_description(entry.type, filled.answers, language(), context.lookup, time_zone())
    new = NewTicket(
        desk=entry.desk.key,
        request_type=entry.type.key,
        subject=subject,
        description=description,
        requester_id=current_person().id,
        channel="portal",
        answers=filled.answers,
        uploads=tokens_in(entry.type.fields, filled.answers),
        key=request.form.get("idempotency_key", ""),
    )
    try:
        number = open_ticket(new)
    except Refused as refused:
        return _repeated(entry, filled.answers) or (_refused(entry, filled, context, refused), 422)
    return redirect(url_for("portal.sent", number=number), 303)


def _refused(entry: RequestTypeEntry, filled: Filled, context: FieldContext, refused: Refused) -> str:
    if earlier_result_of(current_person().id, request.form.get("idempotency_key", "")) is None:
        return _page(entry, filled.raw, context, refused.problems)
    # Somebody went back after sending, changed the form and sent it again: that is a new request.
    again = Problem(
        _("You have already sent this form. To send it again with your changes, press the button once more.")
    )
    problems = [problem for problem in refused.problems if problem.field] or [again]
    return _page(entry, filled.raw, context, problems, fresh_key=True)


def _repeated(entry: RequestTypeEntry, answers: Mapping[str, Any]) -> Response | None:
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
    same = without_files(fields, ticket.answers) == without_files(fields, answers)
    if ticket.request_type_id != entry.id or not same:
        return None
    return redirect(url_for("portal.sent", number=ticket.number), 303)


def _page(
    entry: RequestTypeEntry,
    raw: Mapping[str, Any],
    context: FieldContext | None = None,
    problems: Sequence[Problem] = (),
    *,
    more_rows: Sequence[str] = (),
    notice: str = "",
    fresh_key: bool = False,
) -> str:
    form = build_form(entry.type.fields, raw, context or field_context(current_person()), problems, more_rows)
    key = "" if fresh_key else request.form.get("idempotency_key", "")
    return render_template(
        "portal/form.html",
        entry=entry,
        form=form,
        failed=bool(problems),
        notice=notice,
        key=key or form_key(),
        steps=before_sending(entry),
        crumbs=_crumbs(entry),
    )


def _crumbs(entry: RequestTypeEntry) -> list[Item]:
    group = entry.type.group or entry.desk.title
    here = url_for("portal.services", _anchor=offers.anchor(group))
    return [
        Item(_("Home"), url_for("portal.home")),
        Item(_("Services"), url_for("portal.services")),
        Item(group.in_language(language()), here),
    ]


@blueprint.get("/requests/<number>/sent")
def sent(number: str) -> str:
    """Say that a request has come, under which number, and what happens next."""
    ticket = find_ticket(number)
    facts = facts_of(ticket, current_person())
    return render_template(
        "portal/sent.html", ticket=ticket, next=next_step(facts), steps=after_sending(facts, when(ticket.created_at))
    )
