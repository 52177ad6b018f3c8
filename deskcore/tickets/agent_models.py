"""What agents keep beside the tickets: read, merged and put off, taken back, held back a moment, and said often."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.clock import now
from deskcore.extensions import Base, JSONType
from deskcore.tickets.models import TicketScoped


class TicketRead(TicketScoped, Base):
    """How far somebody has read a ticket."""

    __tablename__ = "ticket_read"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    #: Sequence number of the newest line that was on the page.
    seq: Mapped[int]


class NoteMention(Base):
    """Somebody whom a note addresses; found only through the note, and so with the ticket."""

    __tablename__ = "note_mention"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    note_id: Mapped[int] = mapped_column(ForeignKey("note.id", ondelete="CASCADE"), primary_key=True, index=True)


class TicketMerge(TicketScoped, Base):
    """A ticket that was merged into another one: it is closed, and what is done about it is done there."""

    __tablename__ = "ticket_merge"
    __table_args__ = (CheckConstraint("ticket_id <> into_id AND ticket_id <> end_id", name="elsewhere"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    #: Where it is found now: the other one, or what that one was merged into in its turn.
    end_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)


class TicketSnooze(Base):
    """A ticket that somebody does not want to see in the queues before a moment; nobody else is ever told."""

    __tablename__ = "ticket_snooze"
    __table_args__ = (Index("ix_ticket_snooze_person", "person_id", "until", "ticket_id"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    until: Mapped[datetime] = mapped_column(index=True)


class UndoOffer(Base):
    """What somebody has just done and may take back: once, soon, and only where nothing happened since."""

    __tablename__ = "undo_offer"

    #: Random name in URLs.
    token: Mapped[str] = mapped_column(String(43), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: Triples: ticket, sequence number of the line that says what was done, and when the ticket was solved before.
    changes: Mapped[list[Any]] = mapped_column(JSONType)
    until: Mapped[datetime] = mapped_column(index=True)


class HeldReply(TicketScoped, Base):
    """A public reply that an agent has sent and that nobody was given yet; its author can take it back.

    It is no message, and nothing of the ticket has changed: in the portal there is no such thing.
    """

    __tablename__ = "held_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in URLs.
    token: Mapped[str] = mapped_column(String(43), unique=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    body: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(String(10))
    #: Key of the status that shall follow; empty for whatever follows anyway.
    next_status: Mapped[str] = mapped_column(String(40), default="")
    #: The status when it was sent: another one since then was somebody's decision, and stays.
    status_before: Mapped[str] = mapped_column(String(40))
    held_at: Mapped[datetime] = mapped_column(default=now)
    goes_out_at: Mapped[datetime] = mapped_column(index=True)
    #: Set when it could not go out; it waits for its author then.
    stuck: Mapped[bool] = mapped_column(default=False)
    #: The name that the replies share which were sent to several tickets at once, and are taken back at once.
    together: Mapped[str | None] = mapped_column(String(43), index=True)


class HeldFile(Base):
    """A held reply holds a file that was sent with it; no other text can take it."""

    __tablename__ = "held_file"

    token: Mapped[str] = mapped_column(ForeignKey("upload.token", ondelete="CASCADE"), primary_key=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("held_reply.id", ondelete="CASCADE"), index=True)


class SavedReply(Base):
    """A text that is sent often; its owner's own, or shared with the agents of a desk, or with all agents."""

    __tablename__ = "saved_reply"
    __table_args__ = (CheckConstraint("NOT everyone OR desk_id IS NULL", name="shared"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in URLs.
    token: Mapped[str] = mapped_column(String(43), unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id", ondelete="CASCADE"), index=True)
    #: Whether all agents have it.
    everyone: Mapped[bool] = mapped_column(default=False, index=True)
    name: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    #: Category of the status that shall follow; empty for whatever follows anyway.
    category: Mapped[str] = mapped_column(String(20), default="")
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(default=now)
