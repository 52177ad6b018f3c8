"""What is still to be put into the index, and how each kind's index stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.extensions import Base


class SearchPending(Base):
    """A document that was changed and is not in the index as it is now."""

    __tablename__ = "index_pending"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(200))


class SearchState(Base):
    """How the index of a kind stands."""

    __tablename__ = "index_state"

    kind: Mapped[str] = mapped_column(String(60), primary_key=True)
    #: When a rebuild, which is still at it, was last alive; what changes meanwhile waits for its end.
    rebuilding_at: Mapped[datetime | None]
