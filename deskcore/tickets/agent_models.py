"""What agents keep beside the tickets: what they have read, what they can take back, what they say often."""

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
