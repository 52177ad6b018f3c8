"""Whether the stored files and the database agree."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.fsck.batches import readable_keys
from deskcore.fsck.tables import FETCH, Found
from deskcore.sealing import Unsealable
from deskcore.tickets.attachments import stored_path
from deskcore.tickets.collecting import files_without_row, is_unheld
from deskcore.tickets.conversation_models import Attachment, StoredFile
from deskcore.tickets.models import Ticket
from deskcore.tickets.sealed_files import content, of_ticket

#: Younger files may belong to work in flight.
_LOST_AFTER = timedelta(hours=24)


def files_are_there(session: Session) -> Found:
    """Every stored file that something holds is on disk, as long as it should be."""
    for sha256, size in _held(session):
        try:
            found = stored_path(sha256).stat().st_size
        except OSError as error:
            yield sha256, f"It is missing ({error.strerror})."
            continue
        if found != size:
            yield sha256, f"It has {found} bytes instead of {size}."


def files_are_what_their_names_say(session: Session) -> Found:
    """The content of every stored file has the SHA-256 under which it is stored."""
    for sha256, _size in _held(session):
        if _digest(stored_path(sha256)) not in (sha256, None):
            yield sha256, "Its content has changed."


def sealed_files_open(session: Session) -> Found:
    """Every file of a sensitive answer opens, to its last byte, for the ticket it belongs to."""
    keys = readable_keys()
    wanted = select(Attachment, Ticket.sealed_as, Ticket.number).join(Ticket, Ticket.id == Attachment.ticket_id)
    wanted = wanted.where(Attachment.sealed.is_not(None)).execution_options(yield_per=FETCH)
    for file, sealed_as, number in session.execute(wanted):
        try:
            label = of_ticket(keys, sealed_as, file)
        except Unsealable:
            continue  # another check names it
        try:
            if sum(map(len, content(stored_path(file.sha256), label))) != file.size:
                yield number, f"A file of the answer “{file.answer}” has another size than it had."
        except Unsealable as error:
            yield number, f"A file of the answer “{file.answer}” cannot be opened: {error}."


def files_are_held(session: Session) -> Found:
    """What nothing has held for a day is noted as such, to be deleted; and every file on disk is known."""
    forgotten = StoredFile.unheld_since.is_(None), StoredFile.stored_at < now() - _LOST_AFTER
    wanted = select(StoredFile.sha256).where(*forgotten, is_unheld())
    for sha256 in session.scalars(wanted.execution_options(yield_per=FETCH)):
        yield sha256, "Nothing holds it, and nobody noted that."
    for paths in files_without_row(_LOST_AFTER):
        for path in paths:
            yield path.name, "It belongs to nothing."


def _held(session: Session) -> Iterator[tuple[str, int]]:
    wanted = select(StoredFile.sha256, StoredFile.size).where(~is_unheld()).order_by(StoredFile.sha256)
    for row in session.execute(wanted.execution_options(yield_per=FETCH)):
        yield row.sha256, row.size


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None  # its absence is found by another check
