"""One request: where it stands, what happens next, and the conversation about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from deskcore.desks.drafts import ReadableAnswer, readable_answers
from deskcore.desks.forms import FormView, build_form
from deskcore.hooks.contributions import Field, Text
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.drafts import Place, StoredDraft, Writing, find_draft
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.merged import destination, joined
from deskcore.tickets.models import Ticket
from deskcore.tickets.noting import note_read
from deskcore.tickets.organisation import Organisation
from deskcore.tickets.pages import Entry, history_and_marks, participants, people_named
from deskcore.tickets.services.emergency import lasting
from deskcore.tickets.services.participants import adds_followers
from deskcore.tickets.texts import MAX_TEXT
from deskcore.tickets.workflow import priority_key
from deskcore.web.drafts import DraftView, Kept
from deskcore.web.portal.area import Item, blueprint, field_context, form_key
from deskcore.web.portal.next_step import Facts, can_reopen, facts_of, next_step, reopen_until, steps
from deskcore.web.portal.request_panels import request_panels
from deskcore.web.portal.thread import lines_of, lines_with
from deskcore.web.templating import toast, when
from deskcore.web.uploads import tokens_in, without_lost_files
from deskcore.web.viewer import current_person

#: Roles whose people the page names.
_NAMED = ("approver", "follower", "manager", "reporter")


@blueprint.get("/requests/<number>", endpoint="request")
def show(number: str) -> Any:
    """Show a request to somebody who takes part in it."""
    ticket = find_ticket(number)
    if ticket.number != number:
        return redirect(url_for("portal.request", number=ticket.number), 301)
    there = destination(ticket)
    if there is not None and there.number:
        toast(_("Your request %(number)s goes on here, together with this one.", number=ticket.number))
        return redirect(url_for("portal.request", number=there.number), 303)
    return render_request(ticket)


def render_request(
    ticket: Ticket,
    answer: FormView | None = None,
    invitation: FormView | None = None,
    draft: DraftView | None = None,
    key: str = "",
) -> str:
    """Return the page of a request.

    :param ticket: from :func:`deskcore.tickets.loading.find_ticket`.
    :param answer: the reply as it was refused, so that it comes back with its text and files; no draft replaces it.
    :param invitation: the form for adding a person as it was refused.
    :param draft: what became of the text in ``answer``.
    :param key: idempotency key of the answer's form; left out, a fresh one.
    """
    reader, people = current_person(), participants(ticket)
    mine = {role for role, person in people if person.id == reader.id}
    emergency = lasting(ticket) if mine <= {"break_glass"} else None
    note_read(ticket, emergency is not None)
    by_role = {name: [person for role, person in people if role == name] for name in _NAMED}
    facts = facts_of(ticket, reader, by_role["approver"], destination(ticket))
    refused = answer or invitation
    if answer is None or draft is None:
        answer, draft = _opened_answer(ticket, facts, reader)
    return render_template(
        "portal/request.html",
        **_told(ticket, facts, reader),
        emergency=emergency,
        blocks=[] if emergency else request_panels(ticket),
        followers=by_role["follower"],
        managers=by_role["manager"],
        senders=by_role["reporter"],
        following="follower" in mine,
        answer=answer,
        draft=draft,
        invitation=invitation or build_form(invitation_fields(), {}, field_context(reader)),
        inviting=invitation is not None or "invite" in request.args,
        may_add=adds_followers(ticket, mine),
        errors=refused.errors if refused else (),
        failed=refused is not None,
        key=key or form_key(),
    )


def _told(ticket: Ticket, facts: Facts, reader: Person) -> dict[str, Any]:
    """Return what the page says of the request itself: where it stands, what was written, what happens next."""
    found = history_and_marks(ticket)
    entries, gone = found.entries, facts.gone
    lines = lines_of(ticket, entries, people_named(entries), reader)
    return {
        "ticket": ticket,
        "facts": facts,
        "service": _service(ticket),
        "priority": priority_key(ticket.priority),
        "steps": steps(facts, when(ticket.created_at), _since(entries)),
        "next": next_step(facts),
        "gone": gone,
        "until": None if gone else reopen_until(ticket),
        "may_answer": not gone and (not ticket.finished or can_reopen(ticket)),
        "lines": lines_with(lines, joined(ticket), reader) if found.joined else lines,
        "crumbs": [Item(_("My requests"), url_for("portal.requests")), Item(ticket.number)],
    }


def answer_place(ticket: Ticket) -> Place:
    """Return where the draft of an answer is kept."""
    return Place("answer", ticket_id=ticket.id)


def answer_writing(fields: Sequence[Field], raw: Mapping[str, Any]) -> Callable[[StoredDraft | None], Writing]:
    """Return how to keep an answer.

    :param raw: from :func:`deskcore.desks.forms.read_form`.
    """
    return lambda stored: Writing(raw, files=tokens_in(fields, raw))


def answer_draft(ticket: Ticket, kept: Kept) -> DraftView:
    """Return what the page says after an attempt to keep the text of an answer."""
    reader = current_person()
    fields = answer_fields(facts_of(ticket, reader))

    def readable(stored: StoredDraft) -> tuple[ReadableAnswer, ...]:
        answers = stored.writing.answers if stored.writing else {}
        return readable_answers(fields, answers, field_context(reader, Organisation(reader, stored.files)))

    return kept.view(_draft_url(ticket), readable)


def _draft_url(ticket: Ticket) -> str:
    return url_for("portal.keep_answer", number=ticket.number)


def _opened_answer(ticket: Ticket, facts: Facts, reader: Person) -> tuple[FormView, DraftView]:
    """Return the form of an answer as it opens, with the draft in it if there is one."""
    fields, stored, url = answer_fields(facts), find_draft(answer_place(ticket)), _draft_url(ticket)
    if stored is None:
        return build_form(fields, {}, field_context(reader)), DraftView(url)
    raw = without_lost_files(fields, stored.writing.answers if stored.writing else {}, stored.files)
    lost = stored.writing is None
    draft = DraftView(url, stored.revision, saved_at=stored.saved_at, restored=not lost, lost=lost)
    return build_form(fields, raw, field_context(reader, Organisation(reader, stored.files))), draft


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
    return body, Field("files", "file", _said(_("Files")), _said(_("You can also paste a screenshot.")))


def invitation_fields() -> tuple[Field, ...]:
    """Return the field that asks whom to add."""
    hint = _said(_("They will see the whole conversation and can answer."))
    missing = _said(_("Enter the name or e-mail address of a person who works here"))
    return (Field("person", "user", _said(_("Name or e-mail address")), hint, required=True, missing=missing),)


def _said(text: str) -> Text:
    # Already in the reader's language.
    return Text(text, text)
