"""Tables of what surrounds things: their own words for states, what is kept sealed, who looks after which places,
and what needs attention."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from deskcore.plugin import Base, Text, now, tickets
from deskcore_it_assets.licence_models import Licence
from deskcore_it_assets.models import MAX_KEY, MAX_NAME, Asset
from deskcore_it_assets.states import STATES
from deskcore_it_assets.stock_models import StockItem

#: What needs attention.
ALERTS = ("warranty", "licence", "return", "audit", "stock", "end", "leaver")
_OPEN = text("ended_at IS NULL AND seen_at IS NULL")


class Within(Base):
    """That a place lies within another one."""

    __tablename__ = "it_assets_within"
    __table_args__ = (CheckConstraint("place_id <> parent_id", name="itself"),)

    place_id: Mapped[int] = mapped_column(ForeignKey("it_assets_location.id", ondelete="CASCADE"), primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("it_assets_location.id", ondelete="CASCADE"), index=True)


class Scope(Base):
    """That somebody looks after what lies at a place and within it; whoever has no such row, after everything."""

    __tablename__ = "it_assets_scope"

    person: Mapped[str] = mapped_column(String(254), primary_key=True)
    place_id: Mapped[int] = mapped_column(
        ForeignKey("it_assets_location.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class StateLabel(Base):
    """The organisation's own word for things in one of the fixed states."""

    __tablename__ = "it_assets_label"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state) for state in STATES)})", name="state"),
        Index("uq_it_assets_label_key", "state", "key", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    #: Its English title in one spelling.
    key: Mapped[str] = mapped_column(String(MAX_KEY))
    title_en: Mapped[str] = mapped_column(String(MAX_NAME))
    title_pl: Mapped[str] = mapped_column(String(MAX_NAME))

    @property
    def title(self) -> Text:
        """What it says."""
        return Text(self.title_en, self.title_pl)


class Labelled(Base):
    """That a thing carries a label, as long as it stays in the label's state."""

    __tablename__ = "it_assets_labelled"

    asset_id: Mapped[int] = mapped_column(ForeignKey("it_assets_asset.id", ondelete="CASCADE"), primary_key=True)
    label_id: Mapped[int] = mapped_column(ForeignKey("it_assets_label.id", ondelete="CASCADE"), index=True)


class Secret(tickets.Sealed, Base):
    """What nobody reads who has the database: the value of a sensitive field of a thing, or the key of a licence."""

    __tablename__ = "it_assets_secret"
    __table_args__ = (
        CheckConstraint("(asset_id IS NULL) <> (licence_id IS NULL)", name="one"),
        Index("uq_it_assets_secret_asset", "asset_id", "field", unique=True),
        Index("uq_it_assets_secret_licence", "licence_id", "field", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_asset.id", ondelete="CASCADE"))
    licence_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_licence.id", ondelete="CASCADE"))


class Alert(Base):
    """Something that needs attention by a day; found by a job, once for each day that it is about."""

    __tablename__ = "it_assets_alert"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in ALERTS)})", name="kind"),
        Index("ix_it_assets_alert_open", "desk", "due_on", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_it_assets_alert_asset_id", "asset_id"),
        Index("ix_it_assets_alert_licence_id", "licence_id"),
        Index("ix_it_assets_alert_item_id", "item_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: What it is about and by which day; the same is found once.
    key: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    desk: Mapped[str] = mapped_column(String(60))
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_asset.id", ondelete="CASCADE"))
    licence_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_licence.id", ondelete="CASCADE"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_item.id", ondelete="CASCADE"))
    due_on: Mapped[date] = mapped_column(Date)
    found_at: Mapped[datetime] = mapped_column(default=now)
    #: When there was no longer any reason for it.
    ended_at: Mapped[datetime | None]
    #: When somebody said that it is taken care of, and who.
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[str] = mapped_column(String(254), default="")
    seen_by_name: Mapped[str] = mapped_column(String(MAX_NAME), default="")

    asset: Mapped[Asset | None] = relationship(Asset, lazy="raise")
    licence: Mapped[Licence | None] = relationship(Licence, lazy="raise")
    item: Mapped[StockItem | None] = relationship(StockItem, lazy="raise")
