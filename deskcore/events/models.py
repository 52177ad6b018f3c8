"""Deliveries of events to subscribers, and background jobs: rows that workers claim."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.clock import now
from deskcore.extensions import Base


class _Claimed:
    """Columns of work that is claimed under a lease and tried until it is done or dead."""

    #: ``waiting``, ``done`` or ``dead``.
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    #: Who holds the lease; a late finisher with another one is ignored.
    lease: Mapped[str | None] = mapped_column(String(40))
    error: Mapped[str] = mapped_column(Text, default="")


class Delivery(_Claimed, Base):
    """One event for one subscriber; waits for the earlier one of the same ticket and subscriber."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("event_id", "subscriber"),
        Index("ix_delivery_due", "state", "due_at"),
        Index("ix_delivery_order", "subscriber", "ticket_id", "state", "event_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("ticket_event.id", ondelete="CASCADE"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    #: Name of the plugin.
    subscriber: Mapped[str] = mapped_column(String(60))


class JobRow(_Claimed, Base):
    """A piece of background work, queued by hand or by its schedule."""

    __tablename__ = "job"
    __table_args__ = (UniqueConstraint("kind", "slot"), Index("ix_job_due", "state", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    #: ``<plugin>.<job>``, or ``core.<job>``.
    kind: Mapped[str] = mapped_column(String(120))
    #: The scheduled moment it stands for, so that only one process can queue it; empty for work by hand.
    slot: Mapped[str | None] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
