"""Attachments: streamed to disk under their SHA-256, reached only through the ticket they hang on."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.composing import composed
from deskcore.durable import sync_folder
from deskcore.errors import NotFound, Problem, Refused
from deskcore.extensions import db, insert_into
from deskcore.runtime import runtime
from deskcore.tickets.agent_models import HeldFile
from deskcore.tickets.incoming import received
from deskcore.tickets.models import Attachment, DraftFile, StoredFile, Upload
from deskcore.viewer import Viewer, current_viewer
from deskcore.work import delete_in_pieces, unit_of_work

#: Files that one message or request may carry.
MAX_FILES = 20
#: Media types that are named to the browser; everything else is only bytes. None of them can run a script.
_NAMED_TYPES = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".txt": "text/plain",
    ".log": "text/plain",
    ".csv": "text/csv",
    ".zip": "application/zip",
}


def store_upload(stream: IO[bytes], name: str) -> str:
    """Write a stream to disk and return the token under which its sender can attach it.

    :param stream: read once, in pieces of 256 KiB, so that size costs no memory.
    :param name: what the sender calls the file; cleaned, and never used as a path.
    :raises TooLarge: when the file is larger than the installation allows.
    :raises NoRoom: when the disk has no room for it.
    """
    viewer = current_viewer()
    token = secrets.token_urlsafe(24)
    shown = clean_file_name(name)
    with received(stream) as file:
        stored = stored_path(file.sha256)
        stored.parent.mkdir(parents=True, exist_ok=True)
        with unit_of_work() as session:
            _remember_file(session, file.sha256, file.size)
            # Under the lock of its row, so that whoever deletes files nobody holds cannot come in between.
            file.path.replace(stored)
            upload = {"token": token, "person_id": viewer.person_id, "sha256": file.sha256, "name": shown}
            session.execute(sa.insert(Upload), upload | {"size": file.size, "media_type": media_type(shown)})
    sync_folder(stored.parent)
    return token


def clean_file_name(name: str) -> str:
    """Return a name that is safe to show and to send in a header: one line, no path, at most 255 bytes."""
    base = composed(name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(char for char in base if unicodedata.category(char)[0] != "C" and char not in '"<>|:*?')
    stem, dot, ending = kept.strip(". ").rpartition(".")
    if not dot:
        stem, ending = ending, ""
    ending = (dot + ending).encode()[:20].decode(errors="ignore")
    stem = stem.encode()[: 255 - len(ending.encode())].decode(errors="ignore")
    return (stem + ending) or "file"


def media_type(name: str) -> str:
    """Return the media type sent for a file, from a closed list by its ending; what the sender claimed is ignored."""
    return _NAMED_TYPES.get(Path(name).suffix.lower(), "application/octet-stream")


def stored_path(sha256: str) -> Path:
    """Return where the bytes with this hash lie."""
    return runtime().config.files / sha256[:2] / sha256


def _remember_file(session: Session, digest: str, size: int) -> None:
    row = insert_into(session, StoredFile).values(sha256=digest, size=size, stored_at=now())
    again = {"stored_at": row.excluded.stored_at, "unheld_since": None}
    session.execute(row.on_conflict_do_update(index_elements=["sha256"], set_=again))


def attach(
    session: Session,
    ticket_id: int,
    tokens: Sequence[str],
    message_id: int | None = None,
    note_id: int | None = None,
    sender: Viewer | None = None,
) -> None:
    """Hang files that were sent before on a ticket; belongs inside the unit of work that writes the text.

    :param sender: who sent them, when it is not the viewer.
    :raises Refused: as :func:`sent_files`.
    """
    for upload in sent_files(session, tokens, sender or current_viewer()):
        values = {"token": upload.token, "sha256": upload.sha256, "name": upload.name, "size": upload.size}
        owner = {"ticket_id": ticket_id, "message_id": message_id, "note_id": note_id}
        session.execute(sa.insert(Attachment), values | owner | {"media_type": upload.media_type})
        session.delete(upload)


def sent_files(session: Session, tokens: Sequence[str], sender: Viewer) -> Sequence[Upload]:
    """Return files that somebody sent before and that no other text has taken.

    :raises Refused: when a token is unknown, somebody else's, or there are more than 20.
    """
    wanted = list(dict.fromkeys(tokens))
    if len(wanted) > MAX_FILES:
        raise Refused(Problem(_("Attach at most %(count)s files.", count=MAX_FILES), "files"))
    taken = sa.exists().where(HeldFile.token == Upload.token)
    free = Upload.token.in_(wanted), Upload.person_id == sender.person_id, ~taken
    uploads = session.scalars(select(Upload).where(*free).order_by(Upload.at, Upload.token)).all()
    if len(uploads) != len(wanted):
        raise Refused(Problem(_("A file is no longer there. Choose it again."), "files"))
    return uploads


def hashes_of(tokens: Sequence[str]) -> list[str]:
    """Return the hashes of files that the viewer sent before: a file sent again has another token and the same hash."""
    if not tokens:
        return []
    mine = Upload.token.in_(tokens), Upload.person_id == current_viewer().person_id
    return list(db.session.scalars(select(Upload.sha256).where(*mine).order_by(Upload.sha256)))


def still_there(tokens: Sequence[str]) -> set[str]:
    """Return those of the tokens under which files of the viewer wait."""
    mine = Upload.token.in_(tokens), Upload.person_id == current_viewer().person_id
    return set(db.session.scalars(select(Upload.token).where(*mine)))


def find_attachment(token: str) -> Attachment:
    """Return an attachment as far as the session's viewer sees its ticket, and its note if it hangs on one.

    :raises NotFound: when there is none, or the viewer may not know that there is one.
    """
    attachment = db.session.scalar(select(Attachment).where(Attachment.token == token))
    hidden = attachment is not None and attachment.note_id is not None and current_viewer().area == "portal"
    if attachment is None or hidden:
        raise NotFound(_("There is no such file."))
    return attachment


def discard_old_uploads() -> int:
    """Forget uploads that no ticket took within a day, and no draft and no held reply holds; return how many."""
    held = (sa.exists().where(holder.token == Upload.token) for holder in (DraftFile, HeldFile))
    return delete_in_pieces(Upload, Upload.at < now() - timedelta(days=1), *(~each for each in held))
