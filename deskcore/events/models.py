"""Deliveries of events to subscribers, and background jobs: rows that workers claim."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.clock import now
from deskcore.extensions import Base

#: Only work that waits stands in the index by which it is claimed.
_WAITING = text("state = 'waiting'")


class Claimed:
    """Columns of work that is claimed under a lease and tried until it is done or dead."""

    id: Mapped[int] = mapped_column(primary_key=True)
    #: ``waiting``, ``done``, ``dead`` after too many failures, or ``discarded`` by an administrator.
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    #: From when it may be tried; of work that is over, since when it is.
    due_at: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    #: Who holds the lease; whoever writes late under another one is refused.
    lease: Mapped[str | None] = mapped_column(String(40))
    #: What the latest failure said.
    error: Mapped[str] = mapped_column(Text, default="")
    #: Where in the code the latest failure happened.
    trace: Mapped[str] = mapped_column(Text, default="")
    #: Its name in addresses and commands once it is dead, because ids never leave the server.
    key: Mapped[str | None] = mapped_column(String(16))
    #: Why it was discarded.
    reason: Mapped[str] = mapped_column(Text, default="")


class Delivery(Claimed, Base):
    """One event for one subscriber; waits for the earlier one of the same ticket and subscriber."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("event_id", "subscriber"),
        Index("ix_delivery_due", "state", "due_at"),
        Index("ix_delivery_order", "subscriber", "ticket_id", "state", "event_id"),
        Index("ix_delivery_waiting", "subscriber", "due_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("ticket_event.id", ondelete="CASCADE"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    #: Name of the plugin.
    subscriber: Mapped[str] = mapped_column(String(60))
    #: Whether it was dead while a later event of the same ticket was delivered.
    overtaken: Mapped[bool] = mapped_column(default=False)


class JobRow(Claimed, Base):
    """A piece of background work, queued by hand or by its schedule."""

    __tablename__ = "job"
    __table_args__ = (UniqueConstraint("kind", "slot"), Index("ix_job_due", "state", "due_at"))

    #: ``<plugin>.<job>``, or ``core.<job>``.
    kind: Mapped[str] = mapped_column(String(120))
    #: The scheduled moment it stands for, so that only one process can queue it; empty for work by hand.
    slot: Mapped[str | None] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Subscription(Base):
    """A hook through which a plugin hears of events, as it was when the plugin was last loaded.

    It is kept here because a process that could not load the plugin must go on collecting events for it.
    """

    __tablename__ = "subscription"

    plugin: Mapped[str] = mapped_column(String(60), primary_key=True)
    hook: Mapped[str] = mapped_column(String(60), primary_key=True)


class Schedule(Base):
    """Up to which moment a scheduled job was queued: the latest moment of its schedule, or its first sight."""

    __tablename__ = "schedule"

    kind: Mapped[str] = mapped_column(String(120), primary_key=True)
    last_at: Mapped[datetime]
