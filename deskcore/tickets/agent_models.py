"""What agents keep beside the tickets: what they have read, can take back, hold back a moment, and say often."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
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


class HeldFile(Base):
    """A held reply holds a file that was sent with it; no other text can take it."""

    __tablename__ = "held_file"

    token: Mapped[str] = mapped_column(ForeignKey("upload.token", ondelete="CASCADE"), primary_key=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("held_reply.id", ondelete="CASCADE"), index=True)


class SavedReply(Base):
    """A text that is sent often; its owner's own, or shared with the agents of a desk."""

    __tablename__ = "saved_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in URLs.
    token: Mapped[str] = mapped_column(String(43), unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    #: Category of the status that shall follow; empty for whatever follows anyway.
    category: Mapped[str] = mapped_column(String(20), default="")
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(default=now)
