"""The tables of the plugin: things with what they are, who has them, and everything that happened to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, Date, ForeignKey, Index, String, text
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column, relationship

from deskcore.plugin import Base, JSONType, Text, TicketScoped, now
from deskcore_it_assets.states import STATES

#: Longest texts.
MAX_NAME, MAX_TAG, MAX_NOTES, MAX_WORD = 200, 60, 4000, 40
#: Longest name in one spelling, which can be longer than the name.
MAX_KEY = 2 * MAX_NAME
#: What somebody answers who is asked whether a thing arrived; empty for nobody was asked.
ANSWERS = ("", "waiting", "accepted", "declined")
#: What a thing is handed to.
HOLDERS = ("person", "location", "asset")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Category(Base):
    """A kind of equipment, such as notebooks."""

    __tablename__ = "it_assets_category"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: What it is found by: its English name in one spelling.
    key: Mapped[str] = mapped_column(String(MAX_KEY), unique=True)
    title_en: Mapped[str] = mapped_column(String(MAX_NAME))
    title_pl: Mapped[str] = mapped_column(String(MAX_NAME))
    #: Whether the person who gets one is asked to say that it arrived.
    accepted: Mapped[bool] = mapped_column(default=False)
    #: Months over which its price is written off; nothing where it is not.
    months: Mapped[int | None]
    #: Months after which somebody goes and sees whether one is there still; nothing where nobody does.
    audit_months: Mapped[int | None]
    #: Fields of its own: ``[{"key", "type", "en", "pl", "required", "options"}]``.
    fields: Mapped[list[Any]] = mapped_column(JSONType, default=list)

    @property
    def title(self) -> Text:
        """What it is called."""
        return Text(self.title_en, self.title_pl)


class Manufacturer(Base):
    """Who makes things."""

    __tablename__ = "it_assets_manufacturer"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(MAX_KEY), unique=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))


class Supplier(Base):
    """Who sells things."""

    __tablename__ = "it_assets_supplier"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(MAX_KEY), unique=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))


class Location(Base):
    """A place where things lie or stand: an office, a room, a store."""

    __tablename__ = "it_assets_location"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(MAX_KEY), unique=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))


class Product(Base):
    """A model that a manufacturer makes, of which there are many things."""

    __tablename__ = "it_assets_product"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Manufacturer, name and number in one spelling.
    key: Mapped[str] = mapped_column(String(3 * MAX_KEY), unique=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    number: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    manufacturer_id: Mapped[int | None] = mapped_column(
        ForeignKey("it_assets_manufacturer.id", ondelete="RESTRICT"), index=True
    )
    category_id: Mapped[int | None] = mapped_column(
        ForeignKey("it_assets_category.id", ondelete="RESTRICT"), index=True
    )
    #: From when on the manufacturer no longer looks after it.
    ends_on: Mapped[date | None] = mapped_column(Date)
    #: The list that says so; empty where people wrote it.
    ends_from: Mapped[str] = mapped_column(String(60), default="", server_default="")

    manufacturer: Mapped[Manufacturer | None] = relationship(Manufacturer, lazy="raise")
    category: Mapped[Category | None] = relationship(Category, lazy="raise")


class Asset(Base):
    """One thing that the organisation owns, known by its tag."""

    __tablename__ = "it_assets_asset"
    __table_args__ = (
        CheckConstraint(_one_of("state", STATES), name="state"),
        CheckConstraint("cents >= 0", name="cents"),
        CheckConstraint("(cents IS NULL) = (currency = '')", name="currency"),
        CheckConstraint("(reserved_for = '') OR (state = 'reserved')", name="reserved"),
        # A list is read in the order of the tags, narrowed by one of these.
        Index("ix_it_assets_asset_state", "state", "tag_key"),
        Index("ix_it_assets_asset_product", "product_id", "tag_key"),
        Index("ix_it_assets_asset_location", "location_id", "tag_key"),
        Index("ix_it_assets_asset_category", "category_id", "tag_key"),
        Index("ix_it_assets_asset_supplier_id", "supplier_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: What stands on it; and the same in one spelling, so that “nb-1” and “NB-1” cannot be two.
    tag: Mapped[str] = mapped_column(String(MAX_TAG))
    tag_key: Mapped[str] = mapped_column(String(2 * MAX_TAG), unique=True)
    serial: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    serial_key: Mapped[str | None] = mapped_column(String(MAX_KEY), unique=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    product_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_product.id", ondelete="RESTRICT"))
    #: Its model's category, repeated here so that a list of one category is read in the order of the tags.
    category_id: Mapped[int | None]
    #: Key of the desk that looks after it.
    desk: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10), default="stock")
    #: Where it lies while nobody has it.
    location_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_location.id", ondelete="RESTRICT"))
    #: Address of whoever it is put aside for.
    reserved_for: Mapped[str] = mapped_column(String(254), default="")
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_supplier.id", ondelete="RESTRICT"))
    order_number: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    company: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    bought_on: Mapped[date | None] = mapped_column(Date)
    #: The price in hundredths of its currency.
    cents: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="")
    warranty_until: Mapped[date | None] = mapped_column(Date, index=True)
    ends_on: Mapped[date | None] = mapped_column(Date)
    #: When somebody last saw it in a campaign, and when the next one is due.
    audited_on: Mapped[date | None] = mapped_column(Date)
    audit_on: Mapped[date | None] = mapped_column(Date, index=True)
    notes: Mapped[str] = mapped_column(LongText, default="")
    #: By key of the category's own fields.
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Rises with every change and guards against overwriting somebody else's.
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    product: Mapped[Product | None] = relationship(Product, lazy="raise")
    location: Mapped[Location | None] = relationship(Location, lazy="raise")
    supplier: Mapped[Supplier | None] = relationship(Supplier, lazy="raise")

    @property
    def title(self) -> str:
        """What people call it: its own name, or what it is."""
        return self.name or (self.product.name if self.product else "") or self.tag


_OPEN = text("ended_at IS NULL")


class Assignment(Base):
    """A thing in somebody's hands, at a place or in another thing, from one day to another."""

    __tablename__ = "it_assets_assignment"
    __table_args__ = (
        CheckConstraint(_one_of("kind", HOLDERS), name="kind"),
        CheckConstraint(_one_of("answer", ANSWERS), name="answer"),
        CheckConstraint("(kind = 'person') = (person <> '')", name="person"),
        CheckConstraint("(kind = 'location') = (place_id IS NOT NULL)", name="place"),
        CheckConstraint("(kind = 'asset') = (inside_id IS NOT NULL)", name="inside"),
        CheckConstraint("inside_id IS NULL OR inside_id <> asset_id", name="itself"),
        Index("uq_it_assets_assignment_open", "asset_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_it_assets_assignment_asset", "asset_id", "began_at"),
        Index("ix_it_assets_assignment_person", "person", "ended_at"),
        Index("ix_it_assets_assignment_due", "due_on", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in addresses.
    token: Mapped[str] = mapped_column(String(24), unique=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("it_assets_asset.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    #: Address and name of a person; both stay when that person leaves.
    person: Mapped[str] = mapped_column(String(254), default="")
    person_name: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    place_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_location.id", ondelete="RESTRICT"), index=True)
    inside_id: Mapped[int | None] = mapped_column(ForeignKey("it_assets_asset.id", ondelete="RESTRICT"), index=True)
    began_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    #: When it is expected back, of a loan.
    due_on: Mapped[date | None] = mapped_column(Date)
    answer: Mapped[str] = mapped_column(String(10), default="")
    answered_at: Mapped[datetime | None]
    condition_out: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    condition_in: Mapped[str] = mapped_column(String(MAX_NAME), default="")

    asset: Mapped[Asset] = relationship(Asset, foreign_keys=[asset_id], lazy="raise")
    place: Mapped[Location | None] = relationship(Location, lazy="raise")
    inside: Mapped[Asset | None] = relationship(Asset, foreign_keys=[inside_id], lazy="raise")

    @property
    def holder(self) -> str:
        """Who or what has it."""
        if self.inside is not None:
            return self.inside.tag
        return self.place.name if self.place is not None else self.person_name or self.person


class Move(Base):
    """Something that happened to a thing: one row for each change, never changed itself."""

    __tablename__ = "it_assets_move"
    __table_args__ = (Index("ix_it_assets_move_asset", "asset_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("it_assets_asset.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(default=now)
    #: Address and name of whoever did it; empty for an import.
    by: Mapped[str] = mapped_column(String(254), default="")
    by_name: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    from_state: Mapped[str] = mapped_column(String(10), default="")
    to_state: Mapped[str] = mapped_column(String(10))
    #: ``holder``, ``note``, ``condition``, and ``changed`` with ``{field: [before, after]}``.
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Reason(TicketScoped, Base):
    """The ticket for which something happened to a thing; whoever may not see the ticket is not told of it."""

    __tablename__ = "it_assets_reason"

    id: Mapped[int] = mapped_column(primary_key=True)
    move_id: Mapped[int] = mapped_column(ForeignKey("it_assets_move.id", ondelete="CASCADE"), unique=True)


class Word(Base):
    """A word by which a thing is found."""

    __tablename__ = "it_assets_word"
    __table_args__ = (Index("ix_it_assets_word_asset", "asset_id", "word"),)

    word: Mapped[str] = mapped_column(String(MAX_WORD), primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("it_assets_asset.id", ondelete="CASCADE"), primary_key=True)


class Tie(TicketScoped, Base):
    """A ticket that is about a thing; a session sees it as far as it sees the ticket."""

    __tablename__ = "it_assets_tie"
    __table_args__ = (Index("uq_it_assets_tie_asset_ticket", "asset_id", "ticket_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("it_assets_asset.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(default=now)


def open_now() -> ColumnElement[bool]:
    """Return the condition that something is with its holder still."""
    return Assignment.ended_at.is_(None)
