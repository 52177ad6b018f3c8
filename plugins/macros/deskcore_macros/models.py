"""The table of the plugin: macros."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.plugin import Base, now


def new_token() -> str:
    """Return a name for addresses that tells nothing."""
    return secrets.token_urlsafe(15)


class Macro(Base):
    """What somebody does to tickets often: changes that are made together, and what is written with them."""

    __tablename__ = "macros_macro"
    __table_args__ = (Index("ix_macros_macro_shared", "everyone", "desk"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Name in addresses; a form brings it along, so that sending it twice makes one macro.
    token: Mapped[str] = mapped_column(String(24), unique=True, default=new_token)
    #: Address of whoever wrote it; it is that person's own unless it is shared.
    owner: Mapped[str] = mapped_column(String(254), index=True)
    #: Key of the desk whose agents share it, or ``""``.
    desk: Mapped[str] = mapped_column(String(60), default="")
    #: Whether all agents have it.
    everyone: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(100))
    reply: Mapped[str] = mapped_column(LongText, default="")
    note: Mapped[str] = mapped_column(LongText, default="")
    #: Category of the status that follows; ``""`` for none, and so for the rest.
    status: Mapped[str] = mapped_column(String(20), default="")
    priority: Mapped[str] = mapped_column(String(10), default="")
    #: ``keep``, ``me``, ``nobody``, or the address of an agent.
    assignee: Mapped[str] = mapped_column(String(254), default="keep")
    #: Key of a team.
    team: Mapped[str] = mapped_column(String(80), default="")
    #: Tags to add, and to remove.
    add: Mapped[list[str]]
    remove: Mapped[list[str]]
    follow: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    #: Tickets that it was applied to, and when the last time was.
    used: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
