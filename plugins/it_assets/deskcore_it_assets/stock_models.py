"""Tables of what is counted and not written down one by one: how much lies where, who has how much, what was moved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column, relationship

from deskcore.plugin import Base, TicketScoped, now
from deskcore_it_assets.models import MAX_KEY, MAX_NAME, Category, Location

#: What can happen to an amount.
MOVEMENTS = ("in", "out", "back", "correction", "moved")


class StockItem(Base):
    """Something of which there are many alike: a returnable accessory, or what is used up."""

    __tablename__ = "it_assets_item"
    __table_args__ = (
        CheckConstraint("minimum >= 0", name="minimum"),
        CheckConstraint("cents >= 0", name="cents"),
        CheckConstraint("(cents IS NULL) = (currency = '')", name="currency"),
        Index("uq_it_assets_item_key", "desk", "key", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in addresses.
    token: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    #: Its name in one spelling.
    key: Mapped[str] = mapped_column(String(MAX_KEY))
    number: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    #: Key of the desk that looks after it.
    desk: Mapped[str] = mapped_column(String(60))
    category_id: Mapped[int | None] = mapped_column(
        ForeignKey("it_assets_category.id", ondelete="RESTRICT"), index=True
    )
    #: Whether whoever gets one gives it back.
    returnable: Mapped[bool] = mapped_column(default=False)
    #: Below which somebody should buy more; 0 for never.
    minimum: Mapped[int] = mapped_column(default=0)
    #: The price of one in hundredths of its currency.
    cents: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="")
    notes: Mapped[str] = mapped_column(LongText, default="")
    #: Whether it is no longer used; its history stays.
    closed: Mapped[bool] = mapped_column(default=False)
    #: Rises with every change and guards against overwriting somebody else's.
    version: Mapped[int] = mapped_column(default=1)

    category: Mapped[Category | None] = relationship(Category, lazy="raise")


class Shelf(Base):
    """How many of an item lie at a place; the database sees to it that they never are fewer than none."""

    __tablename__ = "it_assets_shelf"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("it_assets_item.id", ondelete="CASCADE"), primary_key=True)
    place_id: Mapped[int] = mapped_column(
        ForeignKey("it_assets_location.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    quantity: Mapped[int]

    place: Mapped[Location] = relationship(Location, lazy="raise")


class Lent(Base):
    """How many of a returnable item somebody has."""

    __tablename__ = "it_assets_lent"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity"), Index("ix_it_assets_lent_person", "person"))

    item_id: Mapped[int] = mapped_column(ForeignKey("it_assets_item.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(String(254), primary_key=True)
    person_name: Mapped[str] = mapped_column(String(MAX_NAME))
    quantity: Mapped[int]

    item: Mapped[StockItem] = relationship(StockItem, lazy="raise")


class Movement(Base):
    """A change of how many of an item lie at a place, with who did it and for whom; never changed itself."""

    __tablename__ = "it_assets_movement"
    __table_args__ = (
        CheckConstraint("kind IN ('in', 'out', 'back', 'correction', 'moved')", name="kind"),
        CheckConstraint("change <> 0", name="change"),
        CheckConstraint("kind NOT IN ('in', 'back') OR change > 0", name="more"),
        CheckConstraint("kind <> 'out' OR change < 0", name="fewer"),
        CheckConstraint("kind <> 'correction' OR note <> ''", name="reason"),
        Index("ix_it_assets_movement_item", "item_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("it_assets_item.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(12))
    change: Mapped[int]
    #: How many lay there afterwards.
    remaining: Mapped[int]
    place_id: Mapped[int] = mapped_column(ForeignKey("it_assets_location.id", ondelete="RESTRICT"), index=True)
    #: Address and name of whoever got or gave them back; both stay when that person leaves.
    person: Mapped[str] = mapped_column(String(254), default="")
    person_name: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[str] = mapped_column(String(254), default="")
    by_name: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    note: Mapped[str] = mapped_column(String(MAX_NAME), default="")

    place: Mapped[Location] = relationship(Location, lazy="raise")


class MovementReason(TicketScoped, Base):
    """The ticket for which something was moved; whoever may not see the ticket is not told of it."""

    __tablename__ = "it_assets_movement_reason"

    id: Mapped[int] = mapped_column(primary_key=True)
    movement_id: Mapped[int] = mapped_column(ForeignKey("it_assets_movement.id", ondelete="CASCADE"), unique=True)
