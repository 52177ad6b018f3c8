"""Where the portal's forms are saved to while somebody writes, and discarded."""

from __future__ import annotations

from dataclasses import asdict

from flask import request, url_for
from flask.typing import ResponseReturnValue

from deskcore.desks.forms import build_form, read_form
from deskcore.tickets.loading import find_ticket
from deskcore.web import drafts
from deskcore.web.portal import for_whom, offers
from deskcore.web.portal.area import blueprint, field_context, form_key
from deskcore.web.portal.next_step import facts_of
from deskcore.web.portal.request_page import answer_draft, answer_fields, answer_place, answer_writing, render_request
from deskcore.web.portal.service_page import draft_after, form_page, place_of
from deskcore.web.portal.suggesting import suggested
from deskcore.web.uploads import received_files
from deskcore.web.viewer import current_person


@blueprint.post("/services/<slug>/draft")
def keep_form(slug: str) -> ResponseReturnValue:
    """Save the form of a service as a draft, or discard it: to begin again, or to leave."""
    entry = offers.find_service(slug)
    stamp, here = drafts.stamp_of(place_of(entry)), url_for("portal.service_form", slug=slug)
    if discard := request.form.get("_discard"):
        return drafts.answer_discard(stamp, here if discard == "again" else url_for("portal.home"))
    context = field_context(current_person())
    received, refused = received_files(entry.type.fields)
    raw = read_form(entry.type.fields, request.form, context, received)

    def conflicting(kept: drafts.Kept) -> ResponseReturnValue:
        draft, asked = draft_after(entry, kept), for_whom.answered(entry)
        return form_page(entry, raw, context, key=form_key(), draft=draft, asked=asked), 409

    write = drafts.form_writing(entry, raw, context, **for_whom.kept())
    return drafts.answer_save(
        stamp, write, here, conflicting, received, refused, lambda: [asdict(each) for each in suggested(entry, raw)]
    )


@blueprint.post("/requests/<number>/draft")
def keep_answer(number: str) -> ResponseReturnValue:
    """Save an answer as a draft, or discard it."""
    ticket, person = find_ticket(number), current_person()
    stamp = drafts.stamp_of(answer_place(ticket))
    here = url_for("portal.request", number=ticket.number, _anchor="answer")
    if "_discard" in request.form:
        return drafts.answer_discard(stamp, here)
    fields, context = answer_fields(facts_of(ticket, person)), field_context(person)
    received, refused = received_files(fields)
    raw = read_form(fields, request.form, context, received)

    def conflicting(kept: drafts.Kept) -> ResponseReturnValue:
        again = find_ticket(number)
        form, draft = build_form(fields, raw, context), answer_draft(again, kept)
        return render_request(again, form, draft=draft), 409

    return drafts.answer_save(stamp, answer_writing(fields, raw), here, conflicting, received, refused)
