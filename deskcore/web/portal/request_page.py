"""One request: where it stands, what happens next, and the conversation about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from deskcore.desks.forms import FormView, build_form
from deskcore.hooks.contributions import Field, Text
from deskcore.runtime import runtime
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.tickets.pages import Entry, history, participants, people_named
from deskcore.tickets.texts import MAX_TEXT
from deskcore.tickets.workflow import priority_key
from deskcore.web.portal.area import Item, blueprint, field_context, form_key
from deskcore.web.portal.next_step import Facts, can_reopen, facts_of, next_step, reopen_until, steps
from deskcore.web.portal.thread import lines_of
from deskcore.web.templating import when
from deskcore.web.viewer import current_person


@blueprint.get("/requests/<number>", endpoint="request")
def show(number: str) -> Any:
    """Show a request to somebody who takes part in it."""
    ticket = find_ticket(number)
    if ticket.number != number:
        return redirect(url_for("portal.request", number=ticket.number), 301)
    return render_request(ticket)


def render_request(ticket: Ticket, answer: FormView | None = None, invitation: FormView | None = None) -> str:
    """Return the page of a request.

    :param ticket: from :func:`deskcore.tickets.loading.find_ticket`.
    :param answer: the reply as it was refused, so that it comes back with its text and files.
    :param invitation: the form for adding a person as it was refused.
    """
    reader = current_person()
    entries = history(ticket)
    people = participants(ticket)
    approver = next((person.name for role, person in people if role == "approver"), "")
    facts = facts_of(ticket, reader, approver)
    refused = answer or invitation
    return render_template(
        "portal/request.html",
        ticket=ticket,
        facts=facts,
        service=_service(ticket),
        priority=priority_key(ticket.priority),
        steps=steps(facts, when(ticket.created_at), _since(entries)),
        next=next_step(facts),
        until=reopen_until(ticket),
        may_answer=not ticket.finished or can_reopen(ticket),
        lines=lines_of(ticket, entries, people_named(entries), reader),
        followers=[person for role, person in people if role == "follower"],
        following=any(role == "follower" and person.id == reader.id for role, person in people),
        answer=answer or build_form(answer_fields(facts), {}, field_context(reader)),
        invitation=invitation or build_form(invitation_fields(), {}, field_context(reader)),
        inviting=invitation is not None or "invite" in request.args,
        errors=refused.errors if refused else (),
        failed=refused is not None,
        key=_key(answer),
        crumbs=[Item(_("My requests"), url_for("portal.requests")), Item(ticket.number)],
    )


def _key(answer: FormView | None) -> str:
    return (request.form.get("idempotency_key", "") if answer else "") or form_key()


def _service(ticket: Ticket) -> Text:
    entry = runtime().catalogue.type_by_id(ticket.request_type_id)
    return entry.type.title if entry else runtime().catalogue.desk_by_id(ticket.desk_id).title


def _since(entries: Sequence[Entry]) -> Any:
    """Return when the present status began, or nothing while it is the first one."""
    changes = [entry.at for entry in entries if entry.kind == "status_changed"]
    return when(changes[-1]) if changes else ""


def _who_sees_it(facts: Facts) -> str:
    if facts.assignee:
        return _("%(name)s and the people on this request will see it.", name=facts.assignee)
    return _("%(team)s and the people on this request will see it.", team=facts.handler)


def answer_fields(facts: Facts) -> tuple[Field, ...]:
    """Return the fields of the reply: what is written, and files with it."""
    labels = {
        "waiting_requester": _("Your answer"),
        "resolved": _("Is something still wrong?"),
        "closed": _("Is something still wrong?"),
    }
    text = labels.get(facts.category, "") or _("Write to us")
    missing = _said(_("Write something first"))
    seen_by = _said(_who_sees_it(facts))
    body = Field("body", "longtext", _said(text), seen_by, required=True, max_length=MAX_TEXT, missing=missing)
    megabytes = runtime().config.max_upload // (1024 * 1024)
    limit = _said(_("Up to %(limit)s MB each. You can also paste a screenshot.", limit=megabytes))
    return body, Field("files", "file", _said(_("Files")), limit)


def invitation_fields() -> tuple[Field, ...]:
    """Return the field that asks whom to add."""
    hint = _said(_("They will see the whole conversation and can answer."))
    missing = _said(_("Enter the name or e-mail address of a person who works here"))
    return (Field("person", "user", _said(_("Name or e-mail address")), hint, required=True, missing=missing),)


def _said(text: str) -> Text:
    # Already in the reader's language.
    return Text(text, text)
