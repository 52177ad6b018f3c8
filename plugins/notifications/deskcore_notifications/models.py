"""The tables of the plugin: what people are told, the letters it goes out in, and how they want it."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.plugin import Base, TicketScoped, now


def new_token() -> str:
    """Return a name for addresses and messages that tells nothing."""
    return secrets.token_urlsafe(15)


#: Only what somebody has still to read, or what has still to go out, stands in these indexes.
_UNREAD = text("read_at IS NULL")
_LEFT = text("state IN ('waiting', 'sending')")


class Letter(Base):
    """An e-mail to one person about one ticket, or a daily summary; it says nothing of tickets itself."""

    __tablename__ = "notifications_letter"
    __table_args__ = (
        Index("ix_notifications_letter_due", "due_at", "id", sqlite_where=_LEFT, postgresql_where=_LEFT),
        Index("ix_notifications_letter_receiver", "receiver", "state", "thread"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: By it a message is recognised that was handed over twice.
    token: Mapped[str] = mapped_column(String(24), unique=True, default=new_token)
    receiver: Mapped[str] = mapped_column(String(254))
    #: What stands for its ticket in mail programs; empty for a daily summary.
    thread: Mapped[str] = mapped_column(String(24), default="")
    #: It is about a ticket of a confidential desk: no administrator hears of it.
    quiet: Mapped[bool] = mapped_column(default=False)
    #: ``waiting``; ``sending`` from the first attempt on, when its contents no longer grow; ``sent``; ``refused`` by
    #: the mail server for good; ``failed`` after too many days; ``dropped`` because there was nothing left to tell.
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    made_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    #: What the mail server said last.
    answer: Mapped[str] = mapped_column(String(300), default="")


class Notice(TicketScoped, Base):
    """One line of a ticket that one person is told of, once, for the strongest of the reasons."""

    __tablename__ = "notifications_notice"
    __table_args__ = (
        UniqueConstraint("ticket_id", "seq", "receiver"),
        Index("ix_notifications_notice_receiver", "receiver", "area", "id"),
        Index("ix_notifications_notice_unread", "receiver", "area", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(24), unique=True, default=new_token)
    receiver: Mapped[str] = mapped_column(String(254))
    #: ``portal`` or ``workspace``: with which rights it is read.
    area: Mapped[str] = mapped_column(String(10))
    #: Key of :mod:`~deskcore_notifications.events`, and why this person.
    event: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(10))
    #: Of the line on the timeline.
    seq: Mapped[int]
    #: Address of whoever did it.
    actor: Mapped[str] = mapped_column(String(254), default="")
    at: Mapped[datetime]
    #: Whether it stands among the person's notifications in the browser.
    shown: Mapped[bool] = mapped_column(default=True)
    read_at: Mapped[datetime | None]
    letter_id: Mapped[int | None] = mapped_column(
        ForeignKey("notifications_letter.id", ondelete="SET NULL"), index=True
    )


class News(Base):
    """Something that no ticket is about and that one person is told of, once."""

    __tablename__ = "notifications_news"
    __table_args__ = (
        UniqueConstraint("receiver", "key"),
        Index("ix_notifications_news_receiver", "receiver", "area", "id"),
        Index("ix_notifications_news_unread", "receiver", "area", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(24), unique=True, default=new_token)
    receiver: Mapped[str] = mapped_column(String(254))
    area: Mapped[str] = mapped_column(String(10))
    event: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(10))
    #: What is the same when it is told again.
    key: Mapped[str] = mapped_column(String(80))
    title_en: Mapped[str] = mapped_column(String(200))
    title_pl: Mapped[str] = mapped_column(String(200))
    #: Where it is read.
    path: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    shown: Mapped[bool] = mapped_column(default=True)
    read_at: Mapped[datetime | None]
    letter_id: Mapped[int | None] = mapped_column(
        ForeignKey("notifications_letter.id", ondelete="SET NULL"), index=True
    )

    def title(self, language: str) -> str:
        """Return what it is called."""
        return self.title_pl if language == "pl" else self.title_en


class Choice(Base):
    """How somebody wants to be told of one event, where it is not the usual way."""

    __tablename__ = "notifications_choice"

    receiver: Mapped[str] = mapped_column(String(254), primary_key=True)
    event: Mapped[str] = mapped_column(String(20), primary_key=True)
    #: In the browser or not; nothing for as usual.
    shown: Mapped[bool | None]
    #: ``now``, ``daily`` or ``never``; empty for as usual.
    mail: Mapped[str] = mapped_column(String(5))


class Decision(Base):
    """The usual way of one event in this organisation, where it is not the way that the plugin has."""

    __tablename__ = "notifications_decision"

    event: Mapped[str] = mapped_column(String(20), primary_key=True)
    #: Of those who lead the desk; only for events that have a way of their own for them.
    lead: Mapped[bool] = mapped_column(primary_key=True)
    shown: Mapped[bool]
    mail: Mapped[str] = mapped_column(String(5))
    #: Whether people cannot change it for themselves.
    shown_fixed: Mapped[bool]
    mail_fixed: Mapped[bool]


class Habit(Base):
    """When somebody wants e-mail: the hour of the daily summary, and the hours without any."""

    __tablename__ = "notifications_habit"

    receiver: Mapped[str] = mapped_column(String(254), primary_key=True)
    daily_hour: Mapped[int]
    #: Minutes of the day; both empty for no quiet hours.
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]


class Line(Base):
    """The one line to the mail server: who holds it, and how the server did lately."""

    __tablename__ = "notifications_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: From it the names of threads are made.
    salt: Mapped[str] = mapped_column(String(24), default=new_token)
    holder: Mapped[str] = mapped_column(String(24), default="")
    held_until: Mapped[datetime | None]
    #: How often in a row the server could not be reached, since when, and until when it is left alone.
    failures: Mapped[int] = mapped_column(default=0)
    away_since: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(300), default="")
    sent_at: Mapped[datetime | None]
