"""Sealing files that are stored in clear though they belong to a sensitive answer.

That is so after an update from a version that did not seal files, and after a field has become sensitive. What was
stored in clear is held by nothing then, and is deleted as any such file is (:mod:`deskcore.tickets.collecting`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from deskcore.answer_keys import read_keys
from deskcore.extensions import db
from deskcore.runtime import runtime
from deskcore.stream_sealing import Sealer, new_key
from deskcore.tickets.attachments import kept, media_type, sealed_for_sender, stored_path
from deskcore.tickets.conversation_models import Attachment, Upload
from deskcore.tickets.incoming import received
from deskcore.tickets.models import Ticket
from deskcore.tickets.sealed_files import Label, for_ticket, named_files
from deskcore.tickets.sensitive import sealed_with
from deskcore.viewer import current_viewer

_FILE = Attachment.token, Attachment.name, Attachment.sha256
#: Files that came with the form, in clear.
_CLEAR = Attachment.sealed.is_(None), Attachment.message_id.is_(None), Attachment.note_id.is_(None)


def seal_sent(tokens: Collection[str]) -> None:
    """Seal files that the viewer sent before their field was sensitive; belongs outside the lock.

    :param tokens: of whatever comes with sensitive answers.
    """
    if not tokens:
        return
    mine = Upload.person_id == current_viewer().person_id, Upload.token.in_(tokens), Upload.sealed.is_(None)
    for sent in db.session.execute(select(Upload.token, Upload.name, Upload.sha256).where(*mine)).all():
        label = Label(new_key(), sent.name)
        with suppress(FileNotFoundError), _sealed_copy(sent.sha256, label) as (session, sha256):
            values = {"sha256": sha256, **sealed_for_sender(sent.token, label)}
            with overwriting(session):
                session.execute(sa.update(Upload).where(Upload.token == sent.token).values(values))


def holds_clear_files() -> ColumnElement[bool]:
    """Return the condition on a ticket that a sensitive answer of it may name a file in clear."""
    return sa.and_(Ticket.sealed_as.is_not(None), sa.exists().where(Attachment.ticket_id == Ticket.id, *_CLEAR))


def seal_files(tickets: Iterable[Row[Any]]) -> int:
    """Seal the files that sensitive answers name, one in each transaction; return how many were in clear.

    :param tickets: rows with ``id``, ``sealed_as`` and ``answers``.
    """
    keys, count = read_keys(runtime().config.instance), 0
    for ticket in tickets:
        places = named_files(keys, ticket.sealed_as, ticket.answers)
        clear = Attachment.ticket_id == ticket.id, Attachment.token.in_(places), *_CLEAR
        for file in db.session.execute(select(Attachment.id, *_FILE).where(*clear)).all():
            label = Label(new_key(), file.name)
            with suppress(FileNotFoundError), _sealed_copy(file.sha256, label) as (session, sha256):
                with overwriting(session):
                    _seal_attachment(session, file.id, sha256, places[file.token], label)
                count += 1
    return count


def _seal_attachment(session: Session, file_id: int, sha256: str, place: str, label: Label) -> None:
    """Write that a file of a ticket is sealed, under the lock of the ticket, which says with which key."""
    file = session.scalars(select(Attachment).where(Attachment.id == file_id)).one()
    wanted = select(Ticket).where(Ticket.id == file.ticket_id).with_for_update(of=Ticket, key_share=True)
    ticket = session.scalars(wanted.execution_options(populate_existing=True)).one()
    file.sealed = for_ticket(ticket.sealed_as or "", place, file.token, label)
    file.sha256, file.answer, file.name, file.media_type = sha256, place, "", media_type("")
    session.flush()
    sealed = select(Attachment.sealed).where(Attachment.ticket_id == ticket.id, Attachment.sealed.is_not(None))
    ticket.sealed_with = sealed_with(ticket.answers, [each for each in session.scalars(sealed) if each])


@contextmanager
def overwriting(session: Session) -> Iterator[None]:
    """Let SQLite write zeros where something was, instead of leaving it in unused places of its file."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    connection = session.connection()
    connection.exec_driver_sql("PRAGMA secure_delete=ON")
    yield
    session.flush()
    connection.exec_driver_sql("PRAGMA secure_delete=OFF")


@contextmanager
def _sealed_copy(sha256: str, label: Label) -> Iterator[tuple[Session, str]]:
    """Store a file once more, sealed, with what the block writes about it; give the hash of the new one."""
    path, sealer = stored_path(sha256), Sealer(label.key)
    with path.open("rb") as stream, received(stream, sealer, path.stat().st_size) as copy, kept(copy) as session:
        yield session, copy.sha256
