"""Attachments: streamed to disk under their SHA-256, reached only through the ticket they hang on."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.answer_keys import AnswerKeys
from deskcore.clock import now
from deskcore.composing import composed
from deskcore.durable import sync_folder
from deskcore.errors import NotFound, Problem, Refused
from deskcore.extensions import db, insert_into
from deskcore.runtime import runtime
from deskcore.sealing import Unsealable
from deskcore.stream_sealing import Sealer, new_key
from deskcore.tickets.agent_models import HeldFile
from deskcore.tickets.conversation_models import Attachment, DraftFile, StoredFile, Upload
from deskcore.tickets.incoming import Received, received
from deskcore.tickets.sealed_files import Label, Places, content, for_sender, for_ticket, of_sender, of_ticket
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


def store_upload(stream: IO[bytes], name: str, *, sensitive: bool = False) -> str:
    """Write a stream to disk and return the token under which its sender can attach it.

    :param stream: read once, in pieces of 256 KiB, so that size costs no memory.
    :param name: what the sender calls the file; cleaned, and never used as a path.
    :param sensitive: it is for a sensitive answer, so it is sealed, and no other text can take it.
    :raises TooLarge: when the file is larger than the installation allows.
    :raises NoRoom: when the disk has no room for it.
    """
    viewer = current_viewer()
    token = secrets.token_urlsafe(24)
    label = Label(new_key(), clean_file_name(name))
    with received(stream, Sealer(label.key) if sensitive else None) as file, kept(file) as session:
        upload = {"token": token, "person_id": viewer.person_id, "sha256": file.sha256, "size": file.size}
        shown = {"name": label.name, "media_type": media_type(label.name)}
        session.execute(sa.insert(Upload), upload | (sealed_for_sender(token, label) if sensitive else shown))
    return token


def sealed_for_sender(token: str, label: Label) -> dict[str, Any]:
    """Return the columns of a sealed file that the viewer sent."""
    sealed = for_sender(current_viewer().person_id, token, label)
    return {"name": "", "media_type": media_type(""), "sealed": sealed}


@contextmanager
def kept(file: Received) -> Iterator[Session]:
    """Store a file that came in, with what the block writes about it: both, or neither."""
    stored = stored_path(file.sha256)
    stored.parent.mkdir(parents=True, exist_ok=True)
    with unit_of_work() as session:
        _remember_file(session, file.sha256, file.stored_size)
        # Under the lock of its row, so that whoever deletes files nobody holds cannot come in between.
        file.path.replace(stored)
        yield session
    sync_folder(stored.parent)


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
    places: Places | None = None,
) -> None:
    """Hang files that were sent before on a ticket; belongs inside the unit of work that writes the text.

    :param sender: who sent them, when it is not the viewer.
    :param places: of those that belong to sensitive answers.
    :raises Refused: as :func:`sent_files`; and when one was sent for a sensitive answer, and comes with something else.
    """
    for upload in sent_files(session, tokens, sender or current_viewer()):
        values = {"token": upload.token, "sha256": upload.sha256, "name": upload.name, "size": upload.size}
        values |= {"media_type": upload.media_type, **_sealed_for_ticket(upload, places)}
        owner = {"ticket_id": ticket_id, "message_id": message_id, "note_id": note_id}
        session.execute(sa.insert(Attachment), values | owner)
        session.delete(upload)


def _sealed_for_ticket(upload: Upload, places: Places | None) -> dict[str, Any]:
    """Return the columns of a file that belongs to a sensitive answer; none for any other."""
    place = places.by_token.get(upload.token) if places else None
    if upload.sealed is None and place is None:
        return {}
    if upload.sealed is None or place is None or places is None:
        raise _gone()
    try:
        label = of_sender(upload.person_id, upload.token, upload.sealed)
    except Unsealable as error:
        raise _gone() from error
    return {"sealed": for_ticket(places.sealed_as, place, upload.token, label), "answer": place}


def _gone() -> Refused:
    return Refused(Problem(_("A file is no longer there. Choose it again."), "files"))


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
        raise _gone()
    return uploads


def sent_content(upload: Upload) -> bytes:
    """Return what a file holds that somebody sent.

    :raises Unsealable: when it is sealed and cannot be opened.
    """
    path = stored_path(upload.sha256)
    if upload.sealed is None:
        return path.read_bytes()
    return b"".join(content(path, of_sender(upload.person_id, upload.token, upload.sealed)))


def file_content(file: Attachment, keys: AnswerKeys, sealed_as: str | None) -> bytes:
    """Return what a file of a ticket holds.

    :param sealed_as: of the ticket.
    :raises Unsealable: when it is sealed and cannot be opened.
    """
    path = stored_path(file.sha256)
    return path.read_bytes() if file.sealed is None else b"".join(content(path, of_ticket(keys, sealed_as, file)))


def hashes_of(tokens: Sequence[str]) -> list[str]:
    """Return the hashes of files that the viewer sent before: a file sent again has another token and the same hash."""
    if not tokens:
        return []
    mine = Upload.token.in_(tokens), Upload.person_id == current_viewer().person_id
    return list(db.session.scalars(select(Upload.sha256).where(*mine).order_by(Upload.sha256)))


def sent_again(tokens: Sequence[str]) -> list[str]:
    """Let files that the viewer sent before be taken by one more text, and return the tokens for it.

    Nothing is copied but their names: the bytes lie there once.
    """
    if not tokens:
        return []
    columns = Upload.sha256, Upload.name, Upload.size, Upload.media_type
    mine = Upload.token.in_(tokens), Upload.person_id == current_viewer().person_id, Upload.sealed.is_(None)
    again = []
    with unit_of_work() as session:
        for row in session.execute(select(*columns).where(*mine).order_by(Upload.at, Upload.token)).all():
            again.append(secrets.token_urlsafe(24))
            values = {**row._mapping, "token": again[-1], "person_id": current_viewer().person_id}
            session.execute(sa.insert(Upload), values)
    return again


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
