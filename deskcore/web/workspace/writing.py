"""Replies and internal notes: two forms, two addresses, so that neither can be taken for the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.errors import Conflict, Problem, Refused
from deskcore.extensions import db
from deskcore.tickets import services
from deskcore.tickets.attachments import MAX_FILES, store_upload
from deskcore.tickets.models import Upload
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person
from deskcore.web.workspace.area import blueprint
from deskcore.web.workspace.ticket import Seen, Trouble, Typed, surroundings, ticket_page

#: Writes a body with its uploads against a version, and returns its sequence number.
Write = Callable[[str, Sequence[str], int | None], int]


@blueprint.post("/tickets/<number>/reply")
def reply(number: str) -> ResponseReturnValue:
    """Send a public message, and set the status that was chosen to follow."""
    then, key = request.form.get("status", ""), request.form.get("idempotency_key", "")

    def write(body: str, uploads: Sequence[str], version: int | None) -> int:
        return services.reply(number, body, uploads, version, key, then)

    return _written(number, "reply", write, _("Sent."))


@blueprint.post("/tickets/<number>/note")
def note(number: str) -> ResponseReturnValue:
    """Save an internal note, which the requester never sees."""
    key = request.form.get("idempotency_key", "")

    def write(body: str, uploads: Sequence[str], version: int | None) -> int:
        return services.note(number, body, uploads, version, key)

    return _written(number, "note", write, _("Note saved for agents."))


def _written(number: str, mode: str, write: Write, said: str) -> ResponseReturnValue:
    """Write something; if it cannot be accepted, show the page again with everything that was typed and sent."""
    body, seen = request.form.get("body", ""), Seen.read(request.form.get("version", ""))
    uploads: list[str] = list(request.form.getlist("uploads"))
    try:
        uploads += received_files()
        seq = write(body, uploads, seen.version)
    except Conflict:
        trouble = Trouble(since=seen)
    except Refused as refusal:
        trouble = Trouble(refusal.problems)
    else:
        toast(said)
        return redirect(url_for("workspace.ticket", number=number, **surroundings(), _anchor=f"m{seq}"))
    typed = Typed(mode, body, request.form.get("status", ""), kept_files(uploads))
    return ticket_page(number, typed, trouble)


def received_files() -> list[str]:
    """Store the files of this request and return their tokens.

    :raises Refused: when there are more than a message takes, or one is larger than the installation allows.
    """
    files = [file for file in request.files.getlist("files") if file.filename]
    if len(files) > MAX_FILES:
        raise Refused(Problem(_("Attach at most %(count)s files.", count=MAX_FILES), "files"))
    return [store_upload(file.stream, file.filename or "") for file in files]


def kept_files(tokens: Sequence[str]) -> list[tuple[str, str]]:
    """Return tokens and names of the reader's own files that are stored and wait for a message."""
    if not tokens:
        return []
    mine = select(Upload.token, Upload.name).where(Upload.token.in_(tokens), Upload.person_id == current_person().id)
    return [(token, name) for token, name in db.session.execute(mine)]
