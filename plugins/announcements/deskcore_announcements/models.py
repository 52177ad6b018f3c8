"""The tables of the plugin: notices, what was said of them since, whom they affect, and who wants to hear of more."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from deskcore.plugin import Base, JSONType, TicketScoped, now
from deskcore.plugin import Text as InBoth

#: What a notice is about; ``team`` is for the people of one desk alone, every other one is public.
KINDS = ("problem", "planned", "information", "team")
PUBLIC = KINDS[:3]
MAX_TITLE, MAX_TEXT = 120, 2000


def new_token() -> str:
    """Return a name for addresses that tells nothing."""
    return secrets.token_urlsafe(9)


class Notice(Base):
    """Something that many should know: a problem, planned work, an information, or news for a team.

    It is current from ``starts_at`` until ``ends_at``; a problem that is solved ends at that moment.
    """

    __tablename__ = "announcements_notice"
    __table_args__ = (Index("ix_announcements_notice_ends_at", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(24), unique=True, default=new_token)
    #: Of the form it was written in: sent again, it is the same notice.
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    desk: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(12))
    title_en: Mapped[str] = mapped_column(String(MAX_TITLE))
    title_pl: Mapped[str] = mapped_column(String(MAX_TITLE))
    text_en: Mapped[str] = mapped_column(Text, default="")
    text_pl: Mapped[str] = mapped_column(Text, default="")
    #: Names of those it is for; both empty for everybody.
    departments: Mapped[list[str]] = mapped_column(JSONType, default=list)
    locations: Mapped[list[str]] = mapped_column(JSONType, default=list)
    #: Request types whose forms say it, as ``desk/key``.
    services: Mapped[list[str]] = mapped_column(JSONType, default=list)
    #: Whether people can say that it affects them, too.
    counted: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[datetime]
    next_update_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    author: Mapped[str] = mapped_column(String(254))
    published_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    #: The newest update, so that a first page needs no second table.
    last_en: Mapped[str] = mapped_column(Text, default="")
    last_pl: Mapped[str] = mapped_column(Text, default="")
    #: How many it affected, once their names are no longer kept.
    affected_before: Mapped[int] = mapped_column(default=0)

    # By the class itself: another plugin may have a model of the same name.
    updates: Mapped[list[Update]] = relationship(
        lambda: Update, order_by=lambda: (Update.at.desc(), Update.id.desc()), viewonly=True
    )

    @property
    def title(self) -> InBoth:
        """What it is called."""
        return InBoth(self.title_en, self.title_pl)

    @property
    def text(self) -> InBoth:
        """What it said at first."""
        return InBoth(self.text_en, self.text_pl)

    @property
    def latest(self) -> InBoth:
        """What was said last."""
        return InBoth(self.last_en, self.last_pl) if self.last_en else self.text

    @property
    def is_public(self) -> bool:
        """Whether it is for more than the people of one desk."""
        return self.kind in PUBLIC

    def state(self, moment: datetime) -> str:
        """Return ``planned``, ``current`` or ``over``."""
        if self.resolved_at is not None or (self.ends_at is not None and self.ends_at <= moment):
            return "over"
        return "planned" if self.starts_at > moment else "current"


class Update(Base):
    """A sentence about how a notice goes on; the last one of a problem says how it ended."""

    __tablename__ = "announcements_update"
    __table_args__ = (UniqueConstraint("notice_id", "form_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("announcements_notice.id", ondelete="CASCADE"), index=True)
    form_key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=now)
    author: Mapped[str] = mapped_column(String(254))
    en: Mapped[str] = mapped_column(Text)
    pl: Mapped[str] = mapped_column(Text)
    closing: Mapped[bool] = mapped_column(default=False)

    @property
    def text(self) -> InBoth:
        """The sentence."""
        return InBoth(self.en, self.pl)


class Parent(TicketScoped, Base):
    """The ticket on which a desk works on what a notice tells of; it is seen by those who see that ticket."""

    __tablename__ = "announcements_parent"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("announcements_notice.id", ondelete="CASCADE"), index=True)


class Affected(Base):
    """Somebody who said that a notice affects him or her, too."""

    __tablename__ = "announcements_affected"

    notice_id: Mapped[int] = mapped_column(ForeignKey("announcements_notice.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(String(254), primary_key=True)
    since: Mapped[datetime] = mapped_column(default=now)


class Seen(Base):
    """Somebody of a desk who read what was announced to it."""

    __tablename__ = "announcements_seen"

    notice_id: Mapped[int] = mapped_column(ForeignKey("announcements_notice.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(String(254), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)


class Subscriber(Base):
    """Somebody who wants to be told of new notices."""

    __tablename__ = "announcements_subscriber"

    person: Mapped[str] = mapped_column(String(254), primary_key=True)
    since: Mapped[datetime] = mapped_column(default=now)
