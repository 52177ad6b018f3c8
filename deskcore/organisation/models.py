"""How the organisation shows itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from deskcore.extensions import Base


class LookRow(Base):
    """Name, colour, logo and words of the organisation: one row, or none before an administrator changed anything."""

    __tablename__ = "look"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    #: Empty follows the configuration, as with the contact.
    organisation: Mapped[str] = mapped_column(String(100), default="")
    contact: Mapped[str] = mapped_column(String(200), default="")
    #: ``{"en", "pl"}``, both empty for none.
    notice: Mapped[dict[str, Any]] = mapped_column(default=lambda: {"en": "", "pl": ""})
    #: ``en`` or ``pl`` for those who have not chosen; empty follows the configuration.
    language: Mapped[str] = mapped_column(String(5), default="")
    #: ``#rrggbb`` as it was chosen; empty for the product's own.
    accent: Mapped[str] = mapped_column(String(7), default="")
    logo: Mapped[bytes | None] = deferred(mapped_column())
    logo_type: Mapped[str] = mapped_column(String(20), default="")
    #: SHA-256 of the logo; empty without one.
    logo_digest: Mapped[str] = mapped_column(String(64), default="")
