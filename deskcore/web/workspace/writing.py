"""Replies and internal notes: two forms, two addresses, so that neither can be taken for the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.errors import Conflict, NotAllowed, NotFound, Problem, Refused
from deskcore.hooks.contributions import Field, Text
from deskcore.tickets import services
from deskcore.tickets.drafts import Stamp
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.services.held_replies import HELD
from deskcore.web import drafts
from deskcore.web.templating import toast
from deskcore.web.uploads import received_files
from deskcore.web.workspace.area import blueprint, form_key
from deskcore.web.workspace.composer import MODES, Typed, place_of, posted_uploads, writing_of
from deskcore.web.workspace.held import take_back_url
from deskcore.web.workspace.seen import Seen
from deskcore.web.workspace.surroundings import surroundings
from deskcore.web.workspace.ticket import Trouble, ticket_page


@dataclass(frozen=True)
class Written:
    """What came of writing something.

    :param place: of the page, where it stands now.
    :param said: about it.
    :param undo_url: where a POST takes it back.
    """

    place: str
    said: str
    undo_url: str = ""


#: Writes a body with its uploads against a version.
Write = Callable[[str, Sequence[str], int | None, Stamp], Written]
#: What the file control of either form sends.
FILES = (Field("files", "file", Text("Files", "Pliki")),)


@blueprint.post("/tickets/<number>/reply")
def reply(number: str) -> ResponseReturnValue:
    """Send a public message in a moment, and set the status that was chosen to follow."""
    then, key = request.form.get("status", ""), request.form.get("idempotency_key", "")

    def write(body: str, uploads: Sequence[str], version: int | None, draft: Stamp) -> Written:
        others = Seen.read(request.form.get("version", "")).others
        token = services.hold_reply(number, body, uploads, version, key, then, draft=draft, others=others)
        seconds = HELD.seconds
        said = ngettext("The reply goes out in %(num)s s.", "The reply goes out in %(num)s s.", seconds)
        return Written("held", said, take_back_url(number, token, surroundings()))

    return _written(number, "reply", write)


@blueprint.post("/tickets/<number>/held/<offer>")
def take_back_reply(number: str, offer: str) -> ResponseReturnValue:
    """Take back a reply that has not gone out; it is in the composer again."""
    place = None
    try:
        services.take_back_reply(number, offer)
    except (NotAllowed, Refused) as refusal:
        flash(refusal.message, "error")
    else:
        toast(_("The reply was not sent. Its text is below."))
        place = "reply-body"
    return redirect(url_for("workspace.ticket", number=number, **surroundings(), _anchor=place), 303)


@blueprint.post("/tickets/<number>/note")
def note(number: str) -> ResponseReturnValue:
    """Save an internal note, which the requester never sees."""
    key = request.form.get("idempotency_key", "")

    def write(body: str, uploads: Sequence[str], version: int | None, draft: Stamp) -> Written:
        seq = services.note(number, body, uploads, version, key, draft=draft)
        return Written(f"m{seq}", _("Note saved for agents."))

    return _written(number, "note", write)


@blueprint.post("/tickets/<number>/draft/<mode>")
def keep_message(number: str, mode: str) -> ResponseReturnValue:
    """Save a reply or a note as a draft, or discard it."""
    row = find_ticket(number)
    if mode not in MODES:
        raise NotFound(_("There is no such form."))
    stamp = drafts.stamp_of(place_of(row, mode))
    opens_on = "note" if mode == "note" else None
    here = url_for("workspace.ticket", number=row.number, mode=opens_on, **surroundings(), _anchor="composer")
    if "_discard" in request.form:
        return drafts.answer_discard(stamp, here)
    body, status = request.form.get("body", ""), request.form.get("status", "")
    received, refused = received_files(FILES)
    sent = received.get("files", [])
    uploads = [*posted_uploads(), *sent]

    def conflicting(kept: drafts.Kept) -> ResponseReturnValue:
        return ticket_page(number, Typed(mode, body, status, uploads, kept.on_page(form_key())))

    write = writing_of(body, status, uploads)
    return drafts.answer_save(stamp, write, here, conflicting, {"uploads": sent}, refused)


def _written(number: str, mode: str, write: Write) -> ResponseReturnValue:
    """Write something; if it cannot be accepted, show the page again with everything that was typed and sent."""
    body, status = request.form.get("body", ""), request.form.get("status", "")
    seen, place = Seen.on_page(number), place_of(find_ticket(number), mode)
    received, refused = received_files(FILES)
    uploads = [*posted_uploads(), *received.get("files", [])]
    keeping = writing_of(body, status, uploads)
    try:
        _refuse(refused)
        with drafts.kept_when_it_breaks(drafts.stamp_of(place), keeping):
            written = write(body, uploads, seen.version, drafts.stamp_of(place))
    except Conflict:
        trouble = Trouble(since=seen)
    except Refused as refusal:
        trouble = Trouble(refusal.problems)
    else:
        toast(written.said, written.undo_url)
        return redirect(url_for("workspace.ticket", number=number, **surroundings(), _anchor=written.place), 303)
    kept = drafts.keep(drafts.stamp_of(place, form_key()).next(), keeping)
    return ticket_page(number, Typed(mode, body, status, uploads, kept), trouble)


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise Refused(problems)
