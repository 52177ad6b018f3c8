"""The two forms of the composer as they open: with what was just typed, else with the draft, else empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request, url_for
from sqlalchemy import select

from deskcore.desks.drafts import ReadableAnswer
from deskcore.desks.forms import OptionView
from deskcore.errors import Problem
from deskcore.extensions import db
from deskcore.hooks.contributions import Text
from deskcore.tickets.conversation_models import Upload
from deskcore.tickets.drafts import Place, StoredDraft, Writing, find_drafts, message_writing
from deskcore.tickets.models import Ticket
from deskcore.web.drafts import DraftView, Kept
from deskcore.web.viewer import current_person
from deskcore.web.workspace.area import form_key

MODES = ("reply", "note")


@dataclass(frozen=True)
class Typed:
    """What was typed and must not be lost when the page is shown again.

    :param mode: the form that the page opens on.
    :param uploads: tokens of files that were sent with it.
    :param status: key of the status that was to follow a reply.
    :param kept: what became of the attempt to keep it as a draft; without one nothing was typed.
    :param inserted: a saved reply that goes into the answer, and the status it sets.
    """

    mode: str = "reply"
    body: str = ""
    status: str = ""
    uploads: Sequence[str] = ()
    kept: Kept | None = None
    inserted: tuple[str, str] | None = None


@dataclass(frozen=True)
class Pane:
    """One of the two forms.

    :param files: sent before, and kept.
    """

    key: str
    draft: DraftView
    body: str = ""
    status: str = ""
    files: Sequence[OptionView] = ()
    error: str = ""


def place_of(ticket: Ticket, mode: str) -> Place:
    """Return where the draft of a reply or a note is kept."""
    return Place(mode, ticket_id=ticket.id)


def writing_of(body: str, status: str, uploads: Sequence[str]) -> Callable[[StoredDraft | None], Writing]:
    """Return how to keep a reply or a note."""
    return lambda stored: message_writing(body, status, uploads)


def posted_uploads() -> list[str]:
    """Return the tokens of files that an earlier step sent, without those ticked for removal."""
    removed = {"", *request.form.getlist("uploads.remove")}
    return [token for token in request.form.getlist("uploads") if token not in removed]


def panes(
    ticket: Ticket, typed: Typed, problems: Sequence[Problem], given: Mapping[str, Any], *, drafted: bool
) -> dict[str, Pane]:
    """Return both forms, by mode; their drafts take one statement.

    :param given: the list that the ticket was opened from, as it stands in the address.
    :param drafted: there may be drafts.
    """
    places = {mode: place_of(ticket, mode) for mode in MODES}
    urls = {mode: url_for("workspace.keep_message", number=ticket.number, mode=mode, **given) for mode in MODES}
    stored = find_drafts(places.values()) if drafted else {}
    found = {mode: _opened(urls[mode], stored.get(place)) for mode, place in places.items()}
    if typed.kept is not None:
        found[typed.mode] = _again(urls[typed.mode], typed, typed.kept, problems)
    if typed.inserted is not None:
        found["reply"] = _with_reply(found["reply"], *typed.inserted)
    return found


def _with_reply(pane: Pane, text: str, status: str) -> Pane:
    """Return the answer with a saved reply behind what is written already."""
    body = f"{pane.body.rstrip()}\n\n{text}" if pane.body.strip() else text
    return replace(pane, body=body, status=status or pane.status)


def _opened(url: str, stored: StoredDraft | None) -> Pane:
    if stored is None:
        return Pane(form_key(), DraftView(url))
    lost = stored.writing is None
    draft = DraftView(url, stored.revision, saved_at=stored.saved_at, restored=not lost, lost=lost)
    if stored.writing is None:
        return Pane(form_key(), draft)
    files = [OptionView(token, name) for token, name in stored.files.items()]
    return Pane(form_key(), draft, stored.writing.answers["body"], stored.writing.more.get("status", ""), files)


def _again(url: str, typed: Typed, kept: Kept, problems: Sequence[Problem]) -> Pane:
    draft = kept.view(url, _readable)
    error = " ".join(problem.message for problem in problems)
    return Pane(kept.stamp.page, draft, typed.body, typed.status, _kept_files(typed.uploads), error)


def _readable(stored: StoredDraft) -> list[ReadableAnswer]:
    if stored.writing is None:
        return []
    return [ReadableAnswer(Text("Text", "Tekst"), stored.writing.answers["body"])]


def _kept_files(tokens: Sequence[str]) -> list[OptionView]:
    """Return those of these files that are the reader's own and wait for a message."""
    if not tokens:
        return []
    mine = select(Upload.token, Upload.name).where(Upload.token.in_(tokens), Upload.person_id == current_person().id)
    return [OptionView(token, name) for token, name in db.session.execute(mine)]
