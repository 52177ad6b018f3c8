"""Downloads of attachments: always as a file, never as a page of this site."""

from __future__ import annotations

from flask import Blueprint, Response, send_file

from deskcore.errors import NotAllowed, NotFound
from deskcore.extensions import db
from deskcore.tickets.attachments import find_attachment, stored_path
from deskcore.tickets.models import Attachment
from deskcore.tickets.noting import note_file_read
from deskcore.viewer import Viewer, current_viewer
from deskcore.web.route_classes import classify

blueprint = Blueprint("files", __name__, url_prefix="/files")
classify(blueprint, "portal")

#: Even a file that a browser is talked into showing can do nothing.
SANDBOX = "default-src 'none'; sandbox"


@blueprint.get("/<token>/<name>")
def download(token: str, name: str) -> Response:
    """Send a file to somebody who sees its ticket: as a participant, or as an agent of the desk."""
    attachment = _visible(token)
    note_file_read(attachment)
    return as_download(attachment)


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


def _visible(token: str) -> Attachment:
    """Look in the portal first and in the workspace next: one person may see a file in either."""
    viewer = current_viewer()
    for area in _areas(viewer):
        session = db.session()
        session.info["viewer"] = area
        try:
            return find_attachment(token)
        except (NotFound, NotAllowed):
            continue
    raise NotFound("There is no such file.")


def _areas(viewer: Viewer) -> list[Viewer]:
    areas = [viewer.in_area("portal")]
    return [*areas, viewer.in_area("workspace")] if viewer.desk_roles else areas
