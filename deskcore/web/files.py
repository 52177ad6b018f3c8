"""Downloads of attachments: always as a file, never as a page of this site."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Response, send_file
from flask_babel import gettext as _

from deskcore.errors import NotAllowed, NotFound, Refused
from deskcore.extensions import db
from deskcore.tickets.attachments import find_attachment, stored_path
from deskcore.tickets.conversation_models import Attachment
from deskcore.tickets.noting import note_file_read
from deskcore.tickets.revealing import RevealedFile, reveal_file
from deskcore.tickets.sensitive import Locked
from deskcore.viewer import Viewer, current_viewer
from deskcore.web.route_classes import classify

blueprint = Blueprint("files", __name__, url_prefix="/files")
classify(blueprint, "portal")

Found = TypeVar("Found")

#: Even a file that a browser is talked into showing can do nothing.
SANDBOX = "default-src 'none'; sandbox"


@blueprint.get("/<token>/<name>")
def download(token: str, name: str) -> Response:
    """Send a file to somebody who sees its ticket: as a participant, or as an agent of the desk."""
    attachment = _in_either_area(lambda: find_attachment(token))
    refuse_sealed(attachment)
    note_file_read(attachment)
    return as_download(attachment)


@blueprint.post("/<token>")
def reveal(token: str) -> Response:
    """Send a file of a sensitive answer to somebody who may have it shown and asked for it."""
    try:
        found = _in_either_area(lambda: reveal_file(token))
    except Locked as locked:
        raise Refused(locked.message) from locked
    return as_revealed(found)


def refuse_sealed(attachment: Attachment) -> None:
    """Give no file of a sensitive answer to whoever only follows an address.

    :raises NotAllowed: when it is one, with the way to it.
    """
    if attachment.sealed is not None:
        raise NotAllowed(
            _("This file is sensitive. Open the request and ask for it there; the audit log notes who did.")
        )


def as_revealed(found: RevealedFile) -> Response:
    """Return the bytes of a sensitive file, which nobody keeps a copy of on the way."""
    response = Response(found.pieces(), mimetype=found.media_type)
    response.content_length = found.size
    response.headers.set("Content-Disposition", "attachment", filename=found.name)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "no-store"
    return response


def as_download(attachment: Attachment) -> Response:
    """Return the bytes of a file in such a way that no browser shows or runs them as a page of this site."""
    path = stored_path(attachment.sha256)
    response = send_file(
        path,
        mimetype=attachment.media_type,
        as_attachment=True,
        download_name=attachment.name,
        etag=attachment.sha256,
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _in_either_area(find: Callable[[], Found]) -> Found:
    """Look in the portal first and in the workspace next: one person may see a file in either."""
    viewer = current_viewer()
    refused: NotFound | NotAllowed = NotFound(_("There is no such file."))
    for area in _areas(viewer):
        session = db.session()
        session.info["viewer"] = area
        try:
            return find()
        except NotFound:
            continue
        except NotAllowed as error:
            refused = error
    raise refused


def _areas(viewer: Viewer) -> list[Viewer]:
    areas = [viewer.in_area("portal")]
    return [*areas, viewer.in_area("workspace")] if viewer.desk_roles else areas
