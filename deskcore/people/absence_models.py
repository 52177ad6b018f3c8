"""When people are away, and who stands in for them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from deskcore.clock import now
from deskcore.extensions import Base
from deskcore.people.models import Person


class Absence(Base):
    """Some days on which somebody does not work; it ends by itself."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint("deputy_id IS NULL OR deputy_id <> person_id", name="somebody_else"),
        Index("ix_absence_person", "person_id", "ends_at"),
        Index("ix_absence_deputy", "deputy_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in forms.
    token: Mapped[str] = mapped_column(String(43), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    #: Who gets what would be given to the absent person; only where the deputy may have it, too.
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    #: When the first day begins and the last one is over where the person lives: what queries compare.
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    #: What colleagues should know.
    text: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)

    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="raise")
    deputy: Mapped[Person | None] = relationship(foreign_keys=[deputy_id], lazy="raise")
