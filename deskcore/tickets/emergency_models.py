"""The table of emergency access: who asked for it and why, who confirmed it, and how long it lasts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.clock import now
from deskcore.extensions import Base

STATES = ("asked", "given", "refused", "ended")


class Emergency(Base):
    """Somebody without a right to a ticket asks to see it; a second person decides.

    It belongs to no ticket's policy: whoever decides need not see the ticket, and the number is what was typed, whether
    there is such a ticket or not.
    """

    __tablename__ = "emergency"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'given', 'refused', 'ended')", name="state"),
        Index("ix_emergency_state", "state", "until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in URLs.
    token: Mapped[str] = mapped_column(String(43), unique=True)
    number: Mapped[str] = mapped_column(String(20))
    #: Nothing where there is no such ticket, which nobody is told.
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    asker_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="asked")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    #: While it is asked, until when somebody can confirm it; afterwards, until when it lasts or lasted.
    until: Mapped[datetime | None]
    #: When a lead of the desk said that he knows of it.
    noticed_at: Mapped[datetime | None]
