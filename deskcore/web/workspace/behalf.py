"""The form of a service that an agent fills in for somebody: as it opens, as it came, and its draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request, url_for

from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.drafts import ReadableAnswer
from deskcore.desks.fields import FieldContext
from deskcore.desks.forms import FormView, build_form
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.children import beginning
from deskcore.tickets.drafts import Place, StoredDraft, Writing, find_draft, newest_drafts
from deskcore.tickets.models import Ticket
from deskcore.tickets.organisation import Organisation
from deskcore.tickets.splitting import quotation
from deskcore.web import drafts
from deskcore.web.drafts import DraftView
from deskcore.web.viewer import current_person, desk_roles, language, time_zone
from deskcore.web.workspace.area import form_key

#: How the request reached the agent.
CHANNELS = ("phone", "walk_in")
#: So many unfinished forms are offered.
UNFINISHED = 5


@dataclass(frozen=True)
class Behalf:
    """For whom a form is filled in, and which.

    :param parent: the ticket because of which it is; ``quote``: number of a message of it that the form quotes.
    """

    person: Person
    entry: RequestTypeEntry
    parent: Ticket | None = None
    quote: int | None = None

    @property
    def place(self) -> Place:
        """Where its draft is kept: another one for each person, so that no words meant for one reach another."""
        parent_id = self.parent.id if self.parent else None
        return Place("behalf", parent_id, request_type_id=self.entry.id, requester_id=self.person.id)

    @property
    def works_there(self) -> bool:
        """Tell whether the agent works on the desk that is asked."""
        return self.entry.desk.id in desk_roles()

    def url(self, endpoint: str) -> str:
        """Return the address of a page about it."""
        parent = self.parent.number if self.parent else None
        service, quote = self.entry.slug, self.quote
        return url_for(endpoint, requester=self.person.email, service=service, parent=parent, quote=quote)

    def begun(self, context: FieldContext) -> Mapping[str, Any]:
        """Return the answers with which the form opens."""
        if self.parent is None:
            return {}
        begun = beginning(self.parent, self.entry, context)
        return begun if self.quote is None else {**begun, **quotation(self.parent, self.entry, self.quote)}

    def context(self, stored: StoredDraft | None = None) -> FieldContext:
        """Return who answers: the agent's language and files, and ``me`` for the requester."""
        lookup = Organisation(current_person(), stored.files if stored else {})
        return FieldContext(language=language(), time_zone=time_zone(), lookup=lookup, person=self.person.email)

    def writing(self, raw: Mapping[str, Any], context: FieldContext) -> Callable[[StoredDraft | None], Writing]:
        """Return how to keep what was filled in."""
        more = {"requester": self.person.email, "name": self.person.name, "priority": posted_priority()}
        more |= {"parent": self.parent.number} if self.parent else {}
        return drafts.form_writing(self.entry, raw, context, channel=posted_channel(), **more)


@dataclass(frozen=True)
class Filled:
    """The second step: what was answered so far."""

    form: FormView
    draft: DraftView
    channel: str
    priority: str
    key: str


@dataclass(frozen=True)
class Unfinished:
    """A form that the agent has begun to fill in for somebody."""

    url: str
    title: str
    name: str
    saved_at: datetime


def posted_channel() -> str:
    """Return how the request came, as the agent chose."""
    channel = request.form.get("_channel", "")
    return channel if channel in CHANNELS else CHANNELS[0]


def posted_priority() -> str:
    """Return the priority that the agent chose, if any."""
    return request.form.get("_priority", "")[:20]


def opened_form(behalf: Behalf) -> Filled:
    """Return the form as it opens, with the draft in it if there is one."""
    stored, url, fields = find_draft(behalf.place), behalf.url("workspace.keep_new"), behalf.entry.type.fields
    context = behalf.context(stored)
    if stored is None:
        form = build_form(fields, behalf.begun(context), context)
        return Filled(form, DraftView(url), CHANNELS[0], "", form_key())
    raw, left = drafts.form_of(stored, behalf.entry, context)
    more = stored.writing.more if stored.writing else {}
    lost = stored.writing is None
    draft = DraftView(url, stored.revision, saved_at=stored.saved_at, restored=not lost, lost=lost, left=left)
    form = build_form(fields, raw, context)
    return Filled(form, draft, more.get("channel", CHANNELS[0]), more.get("priority", ""), form_key())


def sent_form(behalf: Behalf, form: FormView) -> Filled:
    """Return the form as it came, for one more step."""
    sent = drafts.stamp_of(behalf.place)
    draft = DraftView(behalf.url("workspace.keep_new"), sent.revision, sent.step)
    return Filled(form, draft, posted_channel(), posted_priority(), sent.page or form_key())


def kept_form(behalf: Behalf, form: FormView, kept: drafts.Kept) -> Filled:
    """Return the form as it came, after an attempt to keep it."""

    def readable(stored: StoredDraft) -> tuple[ReadableAnswer, ...]:
        return drafts.readable_form(stored, behalf.entry, behalf.context(stored))

    draft = kept.view(behalf.url("workspace.keep_new"), readable)
    return Filled(form, draft, posted_channel(), posted_priority(), kept.stamp.page)


def unfinished() -> list[Unfinished]:
    """Return what the agent has begun and may still send, newest first."""
    found = []
    for stored in newest_drafts("behalf", UNFINISHED):
        entry = runtime().catalogue.type_by_id(stored.request_type_id or 0)
        more = stored.writing.more if stored.writing is not None else {}
        if not more or entry is None or not (entry.desk.id in desk_roles() or "parent" in more):
            continue
        url = url_for("workspace.new", requester=more["requester"], service=entry.slug, parent=more.get("parent"))
        found.append(Unfinished(url, entry.type.title.in_language(language()), more["name"], stored.saved_at))
    return found
