"""The table of the ledger."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from deskcore.plugin import Base


class Entry(Base):
    """Something that was heard or done: one row for it, however often it came."""

    __tablename__ = "ledger_entry"

    #: Rises in the order in which things were heard first.
    id: Mapped[int] = mapped_column(primary_key=True)
    #: ``<ticket number>/<sequence number>`` of an event, or ``job/<place>``.
    what: Mapped[str] = mapped_column(unique=True)
    #: How often it came.
    calls: Mapped[int]
    #: Which process and thread heard it first.
    worker: Mapped[str]
