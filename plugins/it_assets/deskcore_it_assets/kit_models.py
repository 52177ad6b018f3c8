"""Tables of kits: what somebody gets together; and of what happened to kits, licences and stock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column, relationship

from deskcore.plugin import Base, now
from deskcore_it_assets.licence_models import Licence
from deskcore_it_assets.models import MAX_NAME, Category, Product
from deskcore_it_assets.stock_models import StockItem

#: What a line of a kit can be of.
WHAT = ("product", "category", "item", "licence")


class Kit(Base):
    """What somebody gets together, such as everything for a first day."""

    __tablename__ = "it_assets_kit"
    __table_args__ = (Index("ix_it_assets_kit_desk", "desk", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in addresses.
    token: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    #: Key of the desk that hands it over.
    desk: Mapped[str] = mapped_column(String(60))
    notes: Mapped[str] = mapped_column(LongText, default="")
    #: Whether it is no longer used; its history stays.
    closed: Mapped[bool] = mapped_column(default=False)


class KitLine(Base):
    """One line of a kit: things of a model or a category, some of an item, or a seat."""

    __tablename__ = "it_assets_kit_line"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint(
            " + ".join(f"(CASE WHEN {each}_id IS NULL THEN 0 ELSE 1 END)" for each in WHAT) + " = 1",
            name="one",
        ),
        CheckConstraint("licence_id IS NULL OR quantity = 1", name="seat"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("it_assets_kit.id", ondelete="CASCADE"), index=True)
    quantity: Mapped[int] = mapped_column(default=1)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_product.id", ondelete="CASCADE"), index=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_category.id", ondelete="CASCADE"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_item.id", ondelete="CASCADE"), index=True)
    licence_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_licence.id", ondelete="CASCADE"), index=True)

    product: Mapped[Product | None] = relationship(Product, lazy="raise")
    category: Mapped[Category | None] = relationship(Category, lazy="raise")
    item: Mapped[StockItem | None] = relationship(StockItem, lazy="raise")
    licence: Mapped[Licence | None] = relationship(Licence, lazy="raise")


class Entry(Base):
    """Something that happened to a licence, an item or a kit: one row for each change, never changed itself."""

    __tablename__ = "it_assets_entry"
    __table_args__ = (
        Index("ix_it_assets_entry_licence", "licence_id", "id"),
        Index("ix_it_assets_entry_item", "item_id", "id"),
        Index("ix_it_assets_entry_kit", "kit_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    licence_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_licence.id", ondelete="CASCADE"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_item.id", ondelete="CASCADE"))
    kit_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_kit.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[str] = mapped_column(String(254), default="")
    by_name: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    #: ``holder``, ``note``, and ``changed`` with ``{field: [before, after]}``.
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
