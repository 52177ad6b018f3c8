"""The table of saved views."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.clock import now
from deskcore.extensions import Base


class SavedViewRow(Base):
    """A list that somebody gave a name: its query, how it is sorted and shown, and who finds it in the side list."""

    __tablename__ = "saved_view"
    __table_args__ = (
        CheckConstraint("sharing IN ('me', 'desk', 'all')", name="sharing"),
        CheckConstraint("(sharing = 'desk') = (desk_id IS NOT NULL)", name="desk"),
        Index("ix_saved_view_shared", "sharing", "desk_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in URLs.
    key: Mapped[str] = mapped_column(String(16), unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: ``me`` for its owner, ``desk`` for those who work on it, ``all`` for every agent.
    sharing: Mapped[str] = mapped_column(String(4))
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(Text)
    sort: Mapped[str] = mapped_column(String(20))
    columns: Mapped[list[str]]
    page_size: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
