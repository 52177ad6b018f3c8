"""The tables of the plugin: calendars and policies as they were edited, and how each ticket stands by them."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.plugin import Base, JSONType, TicketScoped, now


def new_version() -> str:
    """Return a name that nothing else has."""
    return secrets.token_urlsafe(12)


#: Only tickets that somebody has to look at again stand in the index of wake-ups.
_AWAITED = text("wake_at IS NOT NULL")


class CalendarRow(Base):
    """A calendar that was edited or made here."""

    __tablename__ = "sla_policies_calendar"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    #: By language.
    name: Mapped[dict[str, Any]]
    zone: Mapped[str] = mapped_column(String(60))
    #: ``[[weekday, begin, end]]`` in minutes of the day; 0 is Monday, and an end beyond 1440 is on the next day.
    weekly: Mapped[list[Any]] = mapped_column(JSONType)
    #: Another one after every change: by it a process knows what it has read, and a stale edit is refused.
    version: Mapped[str] = mapped_column(String(24), default=new_version)


class DayRow(Base):
    """A day of a calendar that is unlike others: a holiday, or one with hours of its own."""

    __tablename__ = "sla_policies_day"

    calendar: Mapped[str] = mapped_column(ForeignKey("sla_policies_calendar.key", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    #: ``[[begin, end]]`` in minutes; empty for a day off.
    spans: Mapped[list[Any]] = mapped_column(JSONType)


class RulesetRow(Base):
    """All policies from one moment on; never changed, because tickets were promised what it says."""

    __tablename__ = "sla_policies_ruleset"

    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Unlike that of any other set, here or elsewhere: by it a process knows what it has read.
    version: Mapped[str] = mapped_column(String(24), default=new_version)
    since: Mapped[datetime] = mapped_column(default=now)
    #: Address of whoever made it.
    by: Mapped[str] = mapped_column(String(254), default="")
    policies: Mapped[list[Any]] = mapped_column(JSONType)


class Followed(TicketScoped, Base):
    """A ticket whose clocks are kept, and when somebody has to look at it again."""

    __tablename__ = "sla_policies_ticket"
    __table_args__ = (
        Index("ix_sla_policies_ticket_wake", "wake_at", sqlite_where=_AWAITED, postgresql_where=_AWAITED),
    )

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    #: Of whoever asked, as it was when the ticket was opened.
    department: Mapped[str] = mapped_column(String(200), default="")
    location: Mapped[str] = mapped_column(String(200), default="")
    vip: Mapped[bool] = mapped_column(default=False)
    #: What the ticket is, for reports.
    desk: Mapped[str] = mapped_column(String(60))
    request_type: Mapped[str] = mapped_column(String(60))
    priority: Mapped[str] = mapped_column(String(10))
    team: Mapped[str] = mapped_column(String(60), default="")
    opened_at: Mapped[datetime]
    wake_at: Mapped[datetime | None]
    #: Rises whenever anything that is stored of its clocks changes: by it somebody knows what was read before.
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class ClockRow(TicketScoped, Base):
    """One clock of a ticket as it was last read; what it says can be computed again at any time."""

    __tablename__ = "sla_policies_clock"
    __table_args__ = (
        UniqueConstraint("ticket_id", "measure", "cycle"),
        Index("ix_sla_policies_clock_breached", "breached_at"),
        Index("ix_sla_policies_clock_started", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: ``first_reply``, ``next_reply`` or ``resolution``.
    measure: Mapped[str] = mapped_column(String(12))
    #: Which one of its kind it is in this ticket, from 1 on.
    cycle: Mapped[int]
    #: Key of the policy that promised it, and the revision that did.
    policy: Mapped[str] = mapped_column(String(60))
    revision: Mapped[int]
    #: ``running``, ``paused`` or ``stopped``.
    state: Mapped[str] = mapped_column(String(10))
    #: Category of status for which it stands still.
    paused_for: Mapped[str] = mapped_column(String(20), default="")
    #: ``open``, ``met`` or ``late``.
    outcome: Mapped[str] = mapped_column(String(4))
    #: In seconds, as the policy counts them.
    goal: Mapped[int]
    elapsed: Mapped[int]
    started_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]


class Mark(TicketScoped, Base):
    """That a part of a clock's time was used up, and what was to be done then was done; once, whatever happens."""

    __tablename__ = "sla_policies_mark"
    __table_args__ = (UniqueConstraint("ticket_id", "measure", "cycle", "percent"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(String(12))
    cycle: Mapped[int]
    percent: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    #: Whether anything was done: not for time that had passed before the policy was there.
    acted: Mapped[bool] = mapped_column(default=True)


class Run(Base):
    """Tickets are read again, because a policy or a calendar changed; a few at a time."""

    __tablename__ = "sla_policies_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: ``policies``, ``calendar`` or ``catch_up``.
    reason: Mapped[str] = mapped_column(String(12))
    #: Whether finished tickets are read, too.
    finished: Mapped[bool] = mapped_column(default=False)
    #: Whether those are that were read before: what they counted by has changed.
    again: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: How many there are to read; nothing until somebody has begun. Those of confidential desks are not told.
    total: Mapped[int | None]
    #: The last ticket that was read.
    after: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    #: ``running``, ``done``, or ``replaced`` by a later one.
    state: Mapped[str] = mapped_column(String(10), default="running")
    begun_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class Heard(Base):
    """When the plugin last looked: after a longer time it may have missed something."""

    __tablename__ = "sla_policies_heard"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]


class Trial(Base):
    """Policies tried on tickets there have been, which changes nothing about them."""

    __tablename__ = "sla_policies_trial"

    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    #: Address of whoever asked.
    by: Mapped[str] = mapped_column(String(254), default="")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    #: Key of the desk whose tickets are read; empty for all.
    desk: Mapped[str] = mapped_column(String(60), default="")
    #: So many tickets at most, the newest ones.
    wanted: Mapped[int]
    #: What is tried: a name, and the policies in their order.
    tried: Mapped[list[Any]] = mapped_column(JSONType)
    #: What came of each so far.
    found: Mapped[list[Any]] = mapped_column(JSONType)
    #: The last ticket that was read.
    after: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    ended: Mapped[bool] = mapped_column(default=False)
