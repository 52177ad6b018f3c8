"""Who may ask in the name of whom without leading that person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.clock import now
from deskcore.extensions import Base


class Assistant(Base):
    """Somebody who may ask for somebody else, as a director's assistant does, because an administrator said so."""

    __tablename__ = "assistant"
    __table_args__ = (CheckConstraint("person_id <> for_id", name="somebody_else"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    for_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)
    since: Mapped[datetime] = mapped_column(default=now)
