"""Tables beside the things themselves: campaigns that count them, layouts of labels, and ends of makers' support."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from deskcore.plugin import Base, JSONType, now
from deskcore_it_assets.models import MAX_KEY, MAX_NAME, Asset

#: Longest e-mail address.
_MAX_EMAIL = 254
#: Names of a product and of a sheet of labels.
MAX_SLUG, _MAX_SHEET = 60, 20


class Campaign(Base):
    """A campaign: a list of things that somebody goes and looks for, from one day to another."""

    __tablename__ = "it_assets_campaign"
    __table_args__ = (Index("ix_it_assets_campaign_desk", "desk", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in addresses.
    token: Mapped[str] = mapped_column(String(24), unique=True)
    title: Mapped[str] = mapped_column(String(MAX_NAME))
    #: Key of the desk whose people count.
    desk: Mapped[str] = mapped_column(String(60))
    due_on: Mapped[date | None] = mapped_column(Date)
    began_at: Mapped[datetime] = mapped_column(default=now)
    began_by: Mapped[str] = mapped_column(String(_MAX_EMAIL), default="")
    began_by_name: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(String(_MAX_EMAIL), default="")
    closed_by_name: Mapped[str] = mapped_column(String(MAX_NAME), default="")


class CampaignItem(Base):
    """A thing that a campaign expects or that somebody found during it; or a code that is no thing's at all."""

    __tablename__ = "it_assets_campaign_item"
    __table_args__ = (
        CheckConstraint("expected OR found_at IS NOT NULL", name="seen"),
        Index("uq_it_assets_campaign_item_code", "campaign_id", "code_key", unique=True),
        Index("uq_it_assets_campaign_item_asset", "campaign_id", "asset_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("it_assets_campaign.id", ondelete="CASCADE"))
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_asset.id", ondelete="CASCADE"), index=True)
    #: Its tag when it was listed, or what was scanned; and the same in one spelling.
    code: Mapped[str] = mapped_column(String(MAX_NAME))
    code_key: Mapped[str] = mapped_column(String(MAX_KEY))
    expected: Mapped[bool] = mapped_column(default=True)
    #: Where the books said that it is, and with whom, when it was listed.
    expected_place: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    expected_with: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    found_at: Mapped[datetime | None]
    found_by: Mapped[str] = mapped_column(String(_MAX_EMAIL), default="")
    found_by_name: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    #: Where somebody found it; empty where nobody said.
    found_place: Mapped[str] = mapped_column(String(MAX_NAME), default="")

    asset: Mapped[Asset | None] = relationship(Asset, lazy="raise")


class LabelLayout(Base):
    """What stands on labels, and on which sheet they are printed."""

    __tablename__ = "it_assets_label_layout"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(MAX_KEY), unique=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    sheet: Mapped[str] = mapped_column(String(_MAX_SHEET))
    #: Names of what is known of a thing, line by line.
    fields: Mapped[list[Any]] = mapped_column(JSONType, default=list)


class Release(Base):
    """A device on the market, and until when its maker looks after it."""

    __tablename__ = "it_assets_release"
    __table_args__ = (
        Index("uq_it_assets_release_cycle", "product", "cycle", unique=True),
        Index("ix_it_assets_release_key", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The family that it belongs to, and its name among that family, as the list calls them.
    product: Mapped[str] = mapped_column(String(MAX_SLUG))
    cycle: Mapped[str] = mapped_column(String(MAX_NAME))
    #: Maker and model in one spelling.
    key: Mapped[str] = mapped_column(String(MAX_KEY))
    title: Mapped[str] = mapped_column(String(MAX_NAME))
    #: Nothing where it is looked after still, and no end is known.
    ends_on: Mapped[date | None] = mapped_column(Date)
