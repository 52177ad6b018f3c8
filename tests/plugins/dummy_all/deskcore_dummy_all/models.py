"""Tables of the dummy: visits, and remarks that go with their visit."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.plugin import Base


class Visit(Base):
    """A visit at the reception."""

    __tablename__ = "dummy_all_visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    guest: Mapped[str]
    badge: Mapped[str] = mapped_column(server_default="")


class Remark(Base):
    """A remark on a visit."""

    __tablename__ = "dummy_all_remark"

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("dummy_all_visit.id", ondelete="CASCADE"))
    text: Mapped[str]
