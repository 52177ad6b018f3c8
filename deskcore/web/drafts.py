"""What the forms of both areas have in common about drafts: kept while somebody writes, shown when they come back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException

from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.drafts import ReadableAnswer, carried_over, readable_answers, touched
from deskcore.desks.fields import FieldContext
from deskcore.desks.form_versions import thaw
from deskcore.desks.models import FormVersion
from deskcore.errors import Conflict, DeskcoreError, Problem
from deskcore.extensions import db
from deskcore.hooks.contributions import Field
from deskcore.tickets.drafting import discard_draft, save_draft
from deskcore.tickets.drafts import Place, Stamp, StoredDraft, Writing, find_draft
from deskcore.web.templating import clock_time, toast
from deskcore.web.uploads import tokens_in, without_lost_files

#: Hidden controls of a form that has a draft: what the page knows of it, and how often it has saved.
CONTROLS = ("_draft", "_step")
_STEP = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True)
class DraftView:
    """What a page says about the draft of one of its forms.

    :param url: where the form is saved to.
    :param revision: of the draft there is; whoever saves next has seen it.
    :param step: how often the page has saved.
    :param saved_at: when it was saved; ``None`` while there is none.
    :param restored: whether the form holds it.
    :param lost: whether it can no longer be opened.
    :param left: answers of it that the form has no place for any more.
    :param conflict: why the text on this page was not saved.
    :param other: what was saved elsewhere instead.
    """

    url: str
    revision: str = ""
    step: int = 0
    saved_at: datetime | None = None
    restored: bool = False
    lost: bool = False
    left: Sequence[ReadableAnswer] = ()
    conflict: str = ""
    other: Sequence[ReadableAnswer] = ()


@dataclass(frozen=True)
class Kept:
    """What became of an attempt to keep a text.

    :param conflict: why it was not kept; ``""`` when it was.
    """

    stamp: Stamp
    stored: StoredDraft | None
    conflict: str = ""

    def on_page(self, page: str) -> Kept:
        """Return the same for a page with another idempotency key."""
        return replace(self, stamp=replace(self.stamp, page=page))

    def view(self, url: str, other: Callable[[StoredDraft], Sequence[ReadableAnswer]]) -> DraftView:
        """Return what the page says about it.

        :param other: makes what was saved elsewhere readable.
        """
        if self.stored is None:
            return DraftView(url, step=self.stamp.step, conflict=self.conflict)
        texts = other(self.stored) if self.conflict else ()
        stored, step = self.stored, self.stamp.step
        return DraftView(url, stored.revision, step, stored.saved_at, conflict=self.conflict, other=texts)


def stamp_of(place: Place, page: str = "") -> Stamp:
    """Return what the page that sent this request knows of its draft.

    :param page: the key of the form in place of the one it sent.
    """
    step = request.form.get("_step", "")
    page = page or request.form.get("idempotency_key", "")
    return Stamp(place, request.form.get("_draft", "")[:16], page[:100], int(step) if _STEP.fullmatch(step) else 0)


def keep(stamp: Stamp, write: Callable[[StoredDraft | None], Writing]) -> Kept:
    """Save a draft, or say why it was not saved.

    :param write: returns what to keep, given what is stored.
    """
    stored = find_draft(stamp.place)
    try:
        return Kept(stamp, save_draft(stamp, write(stored), stored))
    except Conflict as conflict:
        return Kept(stamp, find_draft(stamp.place), conflict.message)
    except IntegrityError:  # the desk was deleted, and with it everything that was begun there
        return Kept(stamp, None, _("What this was written for is gone, so no draft was saved. Copy what you wrote."))


@contextmanager
def kept_when_it_breaks(stamp: Stamp, write: Callable[[StoredDraft | None], Writing]) -> Iterator[None]:
    """Keep what was sent as a draft when sending it fails in a way that nobody foresaw."""
    try:
        yield
    except (DeskcoreError, HTTPException, OperationalError, InterfaceError, TimeoutError):
        raise  # the caller shows the text again, or the database is away and nothing can be kept
    except Exception:
        with suppress(Exception):
            keep(stamp.next(), write)
        raise


def answer_save(
    stamp: Stamp,
    write: Callable[[StoredDraft | None], Writing],
    back: str,
    conflicting: Callable[[Kept], ResponseReturnValue],
    received: Mapping[str, Sequence[str]] | None = None,
    refused: Sequence[Problem] = (),
    suggest: Callable[[], Sequence[Mapping[str, str]]] | None = None,
) -> ResponseReturnValue:
    """Save a draft for the script of a page, which asks for JSON, or for its button.

    :param back: where the button leads.
    :param conflicting: shows the page with both texts.
    :param received: tokens of the files that came with this request, by the name of their control.
    :param refused: why others of them were not taken.
    :param suggest: returns what the page offers beside the form from now on, for its script.
    """
    kept = keep(stamp, write)
    if request.accept_mimetypes.best == "application/json":
        answer = _as_json(kept, received or {}, refused)
        return answer | {"suggested": suggest()} if suggest is not None and isinstance(answer, dict) else answer
    if kept.conflict:
        return conflicting(kept)
    for problem in refused:
        flash(problem.message, "error")
    if kept.stored:
        toast(saved_words(kept.stored))
    return redirect(back, 303)


def _as_json(kept: Kept, received: Mapping[str, Sequence[str]], refused: Sequence[Problem]) -> ResponseReturnValue:
    if kept.conflict:
        return {"said": kept.conflict}, 409
    names = kept.stored.files if kept.stored else {}
    files = [
        {"name": name, "token": token, "label": names[token]}
        for name, tokens in received.items()
        for token in tokens
        if token in names
    ]
    said = " ".join(problem.message for problem in refused) or (saved_words(kept.stored) if kept.stored else "")
    return {"draft": kept.stored.revision if kept.stored else "", "said": said, "files": files}


def saved_words(stored: StoredDraft) -> str:
    """Return the sentence that says when a draft was saved."""
    return _("Draft saved at %(time)s", time=clock_time(stored.saved_at))


def answer_discard(stamp: Stamp, back: str) -> ResponseReturnValue:
    """Delete the draft of a page, and lead on."""
    discard_draft(stamp)
    toast(_("The draft was discarded."))
    return redirect(back, 303)


def form_writing(
    entry: RequestTypeEntry, raw: Mapping[str, Any], context: FieldContext, **more: Any
) -> Callable[[StoredDraft | None], Writing]:
    """Return how to keep a form: its answers, and those of the draft that it has no place for any more.

    :param raw: from :func:`deskcore.desks.forms.read_form`.
    :param more: what the page asks beside the form's own fields.
    """
    fields = entry.type.fields
    answers = touched(fields, raw, context)

    def write(stored: StoredDraft | None) -> Writing:
        left = form_of(stored, entry, context)[1] if stored else ()
        extra = more | ({"left": [answer.as_json() for answer in left]} if left else {})
        return Writing(answers, extra, tokens_in(fields, answers), entry.form_version_id)

    return write


def form_of(
    stored: StoredDraft, entry: RequestTypeEntry, context: FieldContext
) -> tuple[dict[str, Any], tuple[ReadableAnswer, ...]]:
    """Return the answers of a draft that the form has a place for, and all others.

    :param context: whose lookup knows the files of the draft.
    """
    if stored.writing is None:
        return {}, ()
    fields = fields_of(stored, entry)
    raw = without_lost_files(fields, stored.writing.answers, stored.files)
    left = tuple(ReadableAnswer.from_json(each) for each in stored.writing.more.get("left", ()))
    if fields is not entry.type.fields:
        raw, homeless = carried_over(fields, entry.type.fields, raw, context)
        left += homeless
    return raw, left


def fields_of(stored: StoredDraft, entry: RequestTypeEntry) -> Sequence[Field]:
    """Return the fields that a draft answers; a statement only when the form has changed since."""
    version = stored.writing.form_version_id if stored.writing else None
    if version is None or version == entry.form_version_id:
        return entry.type.fields
    row = db.session.get(FormVersion, version)
    return thaw(row.fields) if row else entry.type.fields


def readable_form(stored: StoredDraft, entry: RequestTypeEntry, context: FieldContext) -> tuple[ReadableAnswer, ...]:
    """Return everything a draft of a form says, to be read and copied."""
    if stored.writing is None:
        return ()
    fields = fields_of(stored, entry)
    left = tuple(ReadableAnswer.from_json(each) for each in stored.writing.more.get("left", ()))
    return readable_answers(fields, without_lost_files(fields, stored.writing.answers, stored.files), context) + left


def written_words() -> str:
    """Return what this request's form holds in words, to be copied by whoever sent it; nothing that is sensitive.

    For a form that is not taken and not kept either, because its sender is not signed in any more.
    """
    if "_draft" not in request.form:
        return ""
    private = tuple(request.form.getlist("_sensitive"))
    words = [
        value
        for name, value in request.form.items(multi=True)
        if not name.startswith("_") and re.split(r"[.-]", name)[0] not in private and len(value.split()) > 1
    ]
    return "\n\n".join(words)
