"""The page of a service's form: empty, with a draft in it, or as it came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.fields import FieldContext
from deskcore.desks.forms import FormView, build_form
from deskcore.desks.sections import holder_of
from deskcore.errors import Problem
from deskcore.hooks.contributions import PanelRow
from deskcore.runtime import runtime
from deskcore.search.finding import titles
from deskcore.tickets.directory import people
from deskcore.tickets.drafts import Place, StoredDraft
from deskcore.tickets.managers import manager_to_be
from deskcore.tickets.organisation import Organisation
from deskcore.web import slots
from deskcore.web.drafts import DraftView, Kept, form_of, readable_form, stamp_of
from deskcore.web.notices import notices
from deskcore.web.portal import for_whom, offers
from deskcore.web.portal.area import Item, field_context, form_key
from deskcore.web.portal.closed_hours import closed_hours
from deskcore.web.portal.for_whom import ForWhom
from deskcore.web.portal.next_step import before_sending
from deskcore.web.portal.suggesting import suggested
from deskcore.web.viewer import current_person, language

#: Characters of a search that are carried into a form.
LONGEST_WORDS = 2000


def place_of(entry: RequestTypeEntry) -> Place:
    """Return where the draft of a service's form is kept."""
    return Place("request", request_type_id=entry.id)


def draft_url(entry: RequestTypeEntry) -> str:
    """Return where the form of a service is saved to."""
    return url_for("portal.keep_form", slug=entry.slug)


def opened_form(
    entry: RequestTypeEntry, stored: StoredDraft | None, words: str, given: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Return the form as it opens: with the words of a search, else with the draft, else empty.

    :param given: further answers that whoever comes brings along, by field; only single lines are taken.
    """
    if stored is None:
        return form_page(entry, _prefilled(entry, words, given))
    context = draft_context(stored)
    draft = DraftView(draft_url(entry), saved_at=stored.saved_at, lost=stored.writing is None)
    if prefilled := _prefilled(entry, words, given):
        # The words are what somebody came with: the draft waits until it is asked for.
        return form_page(entry, prefilled, context, draft=draft, asked=for_whom.asked(entry))
    raw, left = form_of(stored, entry, context)
    draft = replace(draft, revision=stored.revision, restored=not draft.lost, left=left)
    return form_page(entry, raw, context, draft=draft, asked=for_whom.asked(entry, stored))


def closed_page(entry: RequestTypeEntry, stored: StoredDraft | None, reason: str) -> str:
    """Return the page of a service that takes no requests now; a draft of it can still be read.

    :param reason: why it takes none, in a sentence.
    """
    answers = readable_form(stored, entry, draft_context(stored)) if stored else ()
    draft = DraftView(draft_url(entry), saved_at=stored.saved_at, other=answers) if stored else None
    shown = {"entry": entry, "reason": reason, "generic": offers.generic(), "draft": draft, "key": form_key()}
    return render_template("portal/closed.html", **shown)


def draft_context(stored: StoredDraft | None) -> FieldContext:
    """Return who fills the form, with the files of the draft known by name."""
    person = current_person()
    return field_context(person, Organisation(person, stored.files if stored else {}))


def draft_after(entry: RequestTypeEntry, kept: Kept) -> DraftView:
    """Return what the page says after an attempt to keep its text."""
    return kept.view(draft_url(entry), lambda stored: readable_form(stored, entry, draft_context(stored)))


def _prefilled(entry: RequestTypeEntry, words: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Return a form that begins with what is given, and with the words of a search where the matter is described."""
    words = words.strip()[:LONGEST_WORDS]
    types = {"text", *(item.value.key for item in runtime().plugins.field_types)}
    lines = {field.key for field in entry.type.fields if field.type in types and not field.sensitive}
    brought = {key: text.strip()[:LONGEST_WORDS] for key, text in given.items() if key in lines and text.strip()}
    if not words:
        return brought
    keys = [entry.type.description] if entry.type.description else []
    keys += [field.key for field in entry.type.fields if field.key == "subject"]
    return dict.fromkeys(keys, words) | brought


def form_page(
    entry: RequestTypeEntry,
    raw: Mapping[str, Any],
    context: FieldContext | None = None,
    problems: Sequence[Problem] = (),
    *,
    more_rows: Sequence[str] = (),
    notice: str = "",
    key: str = "",
    draft: DraftView | None = None,
    asked: ForWhom | None = None,
) -> str:
    """Return the form with these answers in it.

    :param asked: for whom it is; left out, as the form opens.
    :param notice: why it came back.
    :param key: its idempotency key; left out, the one that was sent, or a fresh one.
    """
    sent, asked = stamp_of(place_of(entry)), asked or for_whom.asked(entry)
    form = build_form(entry.type.fields, raw, context or field_context(current_person()), problems, more_rows)
    return render_template(
        "portal/form.html",
        entry=entry,
        form=_with_whom(form, asked),
        asked=asked,
        manager=manager_to_be(entry, asked.person) if asked.field is None else "",
        failed=bool(problems),
        notice=notice,
        key=key or request.form.get("idempotency_key", "") or form_key(),
        draft=draft or DraftView(draft_url(entry), sent.revision, sent.step),
        steps=before_sending(entry, _asked_ahead(entry)),
        suggested=suggested(entry, raw) if raw else (),
        closed=closed_hours(entry.desk),
        boards=notices("form", f"{entry.desk.key}/{entry.type.key}"),
        finds=bool(titles()),
        held=holder_of(entry) is not None,
        crumbs=_crumbs(entry),
    )


def _with_whom(form: FormView, asked: ForWhom) -> FormView:
    """Return the form whose summary leads to the question for whom it is, too."""
    if asked.field is None:
        return form
    control = asked.field.id
    found = (replace(line, id=control) if line.message == asked.field.error else line for line in form.errors)
    return replace(form, errors=tuple(found))


def _asked_ahead(entry: RequestTypeEntry) -> list[PanelRow]:
    return slots.ahead(entry.type, people.asking()) if entry.type.sections else []


def _crumbs(entry: RequestTypeEntry) -> list[Item]:
    group = entry.type.group or entry.desk.title
    here = url_for("portal.services", _anchor=offers.anchor(group))
    return [
        Item(_("Home"), url_for("portal.home")),
        Item(_("Services"), url_for("portal.services")),
        Item(group.in_language(language()), here),
    ]
