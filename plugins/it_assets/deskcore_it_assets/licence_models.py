"""Tables of licences: what may be used, by how many, and who uses it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column, relationship

from deskcore.plugin import Base, now
from deskcore_it_assets.models import MAX_NAME, Asset, Supplier

#: Bought once, or paid for again and again.
KINDS = ("perpetual", "subscription")
#: What a price is for: one seat, or all of them.
PER = ("seat", "all")
_OPEN = text("ended_at IS NULL")


class Licence(Base):
    """The right to use some software: bought once, or paid for by the period."""

    __tablename__ = "it_assets_licence"
    __table_args__ = (
        CheckConstraint("kind IN ('perpetual', 'subscription')", name="kind"),
        CheckConstraint("(kind = 'subscription') = (months IS NOT NULL)", name="months"),
        CheckConstraint("per IN ('seat', 'all')", name="per"),
        CheckConstraint("seats IS NULL OR seats >= 1", name="seats"),
        CheckConstraint("used >= 0 AND (seats IS NULL OR used <= seats)", name="used"),
        CheckConstraint("cents >= 0", name="cents"),
        CheckConstraint("(cents IS NULL) = (currency = '')", name="currency"),
        Index("ix_it_assets_licence_desk", "desk", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in addresses.
    token: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    publisher: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    #: Key of the desk that looks after it.
    desk: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(12))
    #: Months for which one payment of a subscription lasts.
    months: Mapped[int | None]
    #: How many may use it; nothing for everybody.
    seats: Mapped[int | None]
    #: How many of them are used, or used up.
    used: Mapped[int] = mapped_column(default=0)
    #: Whether a seat that somebody gives back can go to somebody else.
    reassigned: Mapped[bool] = mapped_column(default=True)
    supplier_id: Mapped[int | None] = mapped_column(
        ForeignKey("it_assets_supplier.id", ondelete="RESTRICT"), index=True
    )
    order_number: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    bought_on: Mapped[date | None] = mapped_column(Date)
    #: The price in hundredths of its currency, for a seat or for all, once or for each period.
    cents: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="")
    per: Mapped[str] = mapped_column(String(5), default="seat")
    #: When a subscription has to be renewed, or the right to use it ends.
    ends_on: Mapped[date | None] = mapped_column(Date, index=True)
    #: Whether nobody uses it any more; its history stays.
    closed: Mapped[bool] = mapped_column(default=False)
    notes: Mapped[str] = mapped_column(LongText, default="")
    #: Rises with every change and guards against overwriting somebody else's.
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)

    supplier: Mapped[Supplier | None] = relationship(Supplier, lazy="raise")

    @property
    def free(self) -> int | None:
        """How many seats nobody has; nothing where everybody may use it."""
        return None if self.seats is None else self.seats - self.used


class Seat(Base):
    """One use of a licence by a person or on a thing, from one day to another."""

    __tablename__ = "it_assets_seat"
    __table_args__ = (
        CheckConstraint("(person = '') = (asset_id IS NOT NULL)", name="holder"),
        Index(
            "uq_it_assets_seat_person", "licence_id", "person", unique=True,
            sqlite_where=text("ended_at IS NULL AND person <> ''"),
            postgresql_where=text("ended_at IS NULL AND person <> ''"),
        ),
        Index(
            "uq_it_assets_seat_asset", "licence_id", "asset_id", unique=True,
            sqlite_where=_OPEN, postgresql_where=_OPEN,
        ),
        Index("ix_it_assets_seat_person", "person", "ended_at"),
        Index("ix_it_assets_seat_asset_id", "asset_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(24), unique=True)
    licence_id: Mapped[int] = mapped_column(ForeignKey("it_assets_licence.id", ondelete="CASCADE"))
    #: Address and name of a person; both stay when that person leaves.
    person: Mapped[str] = mapped_column(String(254), default="")
    person_name: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_asset.id", ondelete="CASCADE"))
    began_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]

    licence: Mapped[Licence] = relationship(Licence, lazy="raise")
    asset: Mapped[Asset | None] = relationship(Asset, lazy="raise")

    @property
    def holder(self) -> str:
        """Who or what has it."""
        return self.asset.tag if self.asset is not None else self.person_name or self.person
