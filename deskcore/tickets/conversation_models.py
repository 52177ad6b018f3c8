"""What people write into tickets: messages, notes, the files that come with them, and what they have only begun."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from deskcore.clock import now
from deskcore.extensions import Base
from deskcore.people.models import Person
from deskcore.tickets.models import TicketEvent, TicketLink, TicketParticipant, TicketScoped, TicketTag


class _Written(TicketScoped):
    """Columns of everything that somebody wrote."""

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(default=now)

    @declared_attr
    def author_id(cls) -> Mapped[int]:
        """Who wrote it."""
        return mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))

    @declared_attr
    def author(cls) -> Mapped[Person]:
        """Who wrote it."""
        return relationship(Person, lazy="raise")


class Message(_Written, Base):
    """A public message between requester and agents; it can never become a note."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("ticket_id", "seq"), Index("ix_message_author", "author_id", "at"))

    #: Whether an agent wrote it from the workspace.
    from_agent: Mapped[bool] = mapped_column(default=False)


class Note(_Written, Base):
    """An internal note, seen by agents of the desk only; it can never become a message."""

    __tablename__ = "note"
    __table_args__ = (UniqueConstraint("ticket_id", "seq"),)

    #: The desk that kept it for itself when the ticket moved on; nothing where it goes with the ticket.
    kept_by: Mapped[int | None] = mapped_column(ForeignKey("desk.id", ondelete="RESTRICT"))


class StoredFile(Base):
    """Bytes on disk under their SHA-256; reached only through an attachment."""

    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    #: When somebody last sent these bytes.
    stored_at: Mapped[datetime] = mapped_column(default=now)
    #: Since when no attachment and no upload holds it; it is kept a while longer, for a backup that needs it.
    unheld_since: Mapped[datetime | None]


class Attachment(TicketScoped, Base):
    """A file as it hangs on a message, a note or the opening of a ticket."""

    __tablename__ = "attachment"
    __table_args__ = (CheckConstraint("message_id IS NULL OR note_id IS NULL", name="one_owner"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in URLs.
    token: Mapped[str] = mapped_column(String(43), unique=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    note_id: Mapped[int | None] = mapped_column(ForeignKey("note.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256", ondelete="RESTRICT"), index=True)
    #: Empty for a sealed one, as :attr:`Upload.name`.
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    #: Of a file of a sensitive answer, what opens it and what it is called (:mod:`deskcore.tickets.sealed_files`).
    sealed: Mapped[bytes | None]
    #: The place of that answer, such as ``proof``, or ``people/2/proof`` in a table.
    answer: Mapped[str | None] = mapped_column(String(200))


class Upload(Base):
    """A file that somebody sent and that no ticket holds yet; collected after a day unless a draft holds it."""

    __tablename__ = "upload"

    token: Mapped[str] = mapped_column(String(43), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256", ondelete="RESTRICT"), index=True)
    #: Empty for a sealed one, whose name only whoever sent it reads.
    name: Mapped[str] = mapped_column(String(255))
    #: In clear.
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    #: Of a file that was sent for a sensitive answer, what opens it and what it is called.
    sealed: Mapped[bytes | None]
    at: Mapped[datetime] = mapped_column(default=now, index=True)


class Draft(TicketScoped, Base):
    """What somebody has begun to write: sealed, and for its author alone, whoever else sees the ticket."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("person_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    #: What is being written and about what, such as ``note/12``: the key of :class:`deskcore.tickets.drafts.Place`.
    place: Mapped[str] = mapped_column(String(60))
    #: Nothing while there is no ticket yet.
    ticket_id: Mapped[int | None] = mapped_column(  # type: ignore[assignment]
        ForeignKey("ticket.id", ondelete="CASCADE"), index=True
    )
    request_type_id: Mapped[int | None] = mapped_column(ForeignKey("request_type.id", ondelete="CASCADE"))
    form_version_id: Mapped[int | None] = mapped_column(ForeignKey("form_version.id", ondelete="RESTRICT"))
    content: Mapped[bytes]
    #: Names this very content: who saves says which one was there before.
    revision: Mapped[str] = mapped_column(String(16))
    #: Idempotency key of the form that saved it last, and the how manieth time it did.
    page: Mapped[str] = mapped_column(String(100))
    step: Mapped[int]
    saved_at: Mapped[datetime] = mapped_column(default=now, index=True)


class DraftFile(Base):
    """A draft holds a file that was sent with it."""

    __tablename__ = "draft_file"

    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"), primary_key=True)
    token: Mapped[str] = mapped_column(ForeignKey("upload.token", ondelete="CASCADE"), primary_key=True, index=True)


#: Every model whose rows are visible only with their ticket.
TICKET_SCOPED: tuple[type[Any], ...] = (
    TicketEvent,
    Message,
    Note,
    TicketParticipant,
    TicketTag,
    TicketLink,
    Attachment,
)
