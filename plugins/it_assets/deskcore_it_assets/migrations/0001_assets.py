"""Things, what they are and where they lie, who has them, what happened to them, and the tickets about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.plugin import JSONType, UTCDateTime

revision = "0001_assets"
down_revision = None

_TABLES = (
    "tie", "word", "reason", "move", "assignment", "asset", "product",
    "location", "supplier", "manufacturer", "category",
)  # fmt: skip
_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    _category()
    _manufacturer()
    _supplier()
    _location()
    _product()
    _asset()
    _assignment()
    _move()
    _reason()
    _word()
    _tie()


def _category() -> None:
    op.create_table(
        "it_assets_category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(400), nullable=False),
        sa.Column("title_en", sa.String(200), nullable=False),
        sa.Column("title_pl", sa.String(200), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("fields", JSONType, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_category")),
        sa.UniqueConstraint("key", name=op.f("uq_it_assets_category_key")),
    )


def _manufacturer() -> None:
    op.create_table(
        "it_assets_manufacturer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(400), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_manufacturer")),
        sa.UniqueConstraint("key", name=op.f("uq_it_assets_manufacturer_key")),
    )


def _supplier() -> None:
    op.create_table(
        "it_assets_supplier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(400), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_supplier")),
        sa.UniqueConstraint("key", name=op.f("uq_it_assets_supplier_key")),
    )


def _location() -> None:
    op.create_table(
        "it_assets_location",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(400), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_location")),
        sa.UniqueConstraint("key", name=op.f("uq_it_assets_location_key")),
    )


def _product() -> None:
    op.create_table(
        "it_assets_product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(1200), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("number", sa.String(200), nullable=False),
        sa.Column("manufacturer_id", sa.Integer(), nullable=True),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["it_assets_category.id"],
            name=op.f("fk_it_assets_product_category_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["manufacturer_id"],
            ["it_assets_manufacturer.id"],
            name=op.f("fk_it_assets_product_manufacturer_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_product")),
        sa.UniqueConstraint("key", name=op.f("uq_it_assets_product_key")),
    )
    op.create_index("ix_it_assets_product_category_id", "it_assets_product", ["category_id"])
    op.create_index("ix_it_assets_product_manufacturer_id", "it_assets_product", ["manufacturer_id"])


def _asset() -> None:
    op.create_table(
        "it_assets_asset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(60), nullable=False),
        sa.Column("tag_key", sa.String(120), nullable=False),
        sa.Column("serial", sa.String(200), nullable=False),
        sa.Column("serial_key", sa.String(400), nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("desk", sa.String(60), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("reserved_for", sa.String(254), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=True),
        sa.Column("order_number", sa.String(200), nullable=False),
        sa.Column("company", sa.String(200), nullable=False),
        sa.Column("bought_on", sa.Date(), nullable=True),
        sa.Column("cents", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("warranty_until", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("fields", JSONType, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_it_assets_asset_cents")),
        sa.CheckConstraint("(cents IS NULL) = (currency = '')", name=op.f("ck_it_assets_asset_currency")),
        sa.CheckConstraint("(reserved_for = '') OR (state = 'reserved')", name=op.f("ck_it_assets_asset_reserved")),
        sa.CheckConstraint(
            "state IN ('ordered', 'stock', 'reserved', 'assigned', 'service', 'lost', 'retired', 'disposed')",
            name=op.f("ck_it_assets_asset_state"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["it_assets_location.id"], name=op.f("fk_it_assets_asset_location_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["it_assets_product.id"], name=op.f("fk_it_assets_asset_product_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["it_assets_supplier.id"], name=op.f("fk_it_assets_asset_supplier_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_asset")),
        sa.UniqueConstraint("serial_key", name=op.f("uq_it_assets_asset_serial_key")),
        sa.UniqueConstraint("tag_key", name=op.f("uq_it_assets_asset_tag_key")),
    )
    op.create_index("ix_it_assets_asset_location", "it_assets_asset", ["location_id", "tag_key"])
    op.create_index("ix_it_assets_asset_product", "it_assets_asset", ["product_id", "tag_key"])
    op.create_index("ix_it_assets_asset_state", "it_assets_asset", ["state", "tag_key"])
    op.create_index("ix_it_assets_asset_supplier_id", "it_assets_asset", ["supplier_id"])
    op.create_index("ix_it_assets_asset_warranty_until", "it_assets_asset", ["warranty_until"])


def _assignment() -> None:
    op.create_table(
        "it_assets_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("person", sa.String(254), nullable=False),
        sa.Column("person_name", sa.String(200), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("inside_id", sa.Integer(), nullable=True),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.String(10), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("condition_out", sa.String(200), nullable=False),
        sa.Column("condition_in", sa.String(200), nullable=False),
        sa.CheckConstraint(
            "answer IN ('', 'waiting', 'accepted', 'declined')", name=op.f("ck_it_assets_assignment_answer")
        ),
        sa.CheckConstraint("(kind = 'asset') = (inside_id IS NOT NULL)", name=op.f("ck_it_assets_assignment_inside")),
        sa.CheckConstraint("inside_id IS NULL OR inside_id <> asset_id", name=op.f("ck_it_assets_assignment_itself")),
        sa.CheckConstraint("kind IN ('person', 'location', 'asset')", name=op.f("ck_it_assets_assignment_kind")),
        sa.CheckConstraint("(kind = 'person') = (person <> '')", name=op.f("ck_it_assets_assignment_person")),
        sa.CheckConstraint("(kind = 'location') = (place_id IS NOT NULL)", name=op.f("ck_it_assets_assignment_place")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["it_assets_asset.id"], name=op.f("fk_it_assets_assignment_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["inside_id"], ["it_assets_asset.id"], name=op.f("fk_it_assets_assignment_inside_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["it_assets_location.id"], name=op.f("fk_it_assets_assignment_place_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_assignment")),
        sa.UniqueConstraint("token", name=op.f("uq_it_assets_assignment_token")),
    )
    op.create_index("ix_it_assets_assignment_asset", "it_assets_assignment", ["asset_id", "began_at"])
    op.create_index(
        "ix_it_assets_assignment_due", "it_assets_assignment", ["due_on"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index("ix_it_assets_assignment_inside_id", "it_assets_assignment", ["inside_id"])
    op.create_index("ix_it_assets_assignment_person", "it_assets_assignment", ["person", "ended_at"])
    op.create_index("ix_it_assets_assignment_place_id", "it_assets_assignment", ["place_id"])
    op.create_index(
        "uq_it_assets_assignment_open",
        "it_assets_assignment",
        ["asset_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def _move() -> None:
    op.create_table(
        "it_assets_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("by_name", sa.String(200), nullable=False),
        sa.Column("from_state", sa.String(10), nullable=False),
        sa.Column("to_state", sa.String(10), nullable=False),
        sa.Column("data", JSONType, nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["it_assets_asset.id"], name=op.f("fk_it_assets_move_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_move")),
    )
    op.create_index("ix_it_assets_move_asset", "it_assets_move", ["asset_id", "id"])


def _reason() -> None:
    op.create_table(
        "it_assets_reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("move_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["move_id"], ["it_assets_move.id"], name=op.f("fk_it_assets_reason_move_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_it_assets_reason_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_reason")),
        sa.UniqueConstraint("move_id", name=op.f("uq_it_assets_reason_move_id")),
    )
    op.create_index("ix_it_assets_reason_ticket_id", "it_assets_reason", ["ticket_id"])


def _word() -> None:
    op.create_table(
        "it_assets_word",
        sa.Column("word", sa.String(40), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["it_assets_asset.id"], name=op.f("fk_it_assets_word_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("word", "asset_id", name=op.f("pk_it_assets_word")),
    )
    op.create_index("ix_it_assets_word_asset", "it_assets_word", ["asset_id", "word"])


def _tie() -> None:
    op.create_table(
        "it_assets_tie",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["it_assets_asset.id"], name=op.f("fk_it_assets_tie_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_it_assets_tie_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_tie")),
    )
    op.create_index("ix_it_assets_tie_ticket_id", "it_assets_tie", ["ticket_id"])
    op.create_index("uq_it_assets_tie_asset_ticket", "it_assets_tie", ["asset_id", "ticket_id"], unique=True)


def downgrade() -> None:
    for name in _TABLES:
        op.drop_table(f"it_assets_{name}")
