"""Licences, stock and kits; own words for states, sealed values, places within places, and what needs attention."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.plugin import JSONType, UTCDateTime

revision = "0003_belongings"
down_revision = "0002_audits"

_TABLES = (
    "alert", "secret", "labelled", "label", "scope", "within", "entry", "kit_line", "kit",
    "movement_reason", "movement", "lent", "shelf", "item", "seat", "licence",
)  # fmt: skip


def upgrade() -> None:
    _licence()
    _seat()
    _item()
    _shelf()
    _lent()
    _movement()
    _movement_reason()
    _kit()
    _kit_line()
    _entry()
    _within()
    _scope()
    _label()
    _labelled()
    _secret()
    _alert()


def _licence() -> None:
    op.create_table(
        "it_assets_licence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("publisher", sa.String(200), nullable=False),
        sa.Column("desk", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("reassigned", sa.Boolean(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=True),
        sa.Column("order_number", sa.String(200), nullable=False),
        sa.Column("bought_on", sa.Date(), nullable=True),
        sa.Column("cents", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("per", sa.String(5), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_it_assets_licence_cents")),
        sa.CheckConstraint("(cents IS NULL) = (currency = '')", name=op.f("ck_it_assets_licence_currency")),
        sa.CheckConstraint("kind IN ('perpetual', 'subscription')", name=op.f("ck_it_assets_licence_kind")),
        sa.CheckConstraint("(kind = 'subscription') = (months IS NOT NULL)", name=op.f("ck_it_assets_licence_months")),
        sa.CheckConstraint("per IN ('seat', 'all')", name=op.f("ck_it_assets_licence_per")),
        sa.CheckConstraint("seats IS NULL OR seats >= 1", name=op.f("ck_it_assets_licence_seats")),
        sa.CheckConstraint("used >= 0 AND (seats IS NULL OR used <= seats)", name=op.f("ck_it_assets_licence_used")),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["it_assets_supplier.id"],
            name=op.f("fk_it_assets_licence_supplier_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_licence")),
        sa.UniqueConstraint("token", name=op.f("uq_it_assets_licence_token")),
    )
    op.create_index("ix_it_assets_licence_desk", "it_assets_licence", ["desk", "name"], unique=False)
    op.create_index("ix_it_assets_licence_ends_on", "it_assets_licence", ["ends_on"], unique=False)
    op.create_index("ix_it_assets_licence_supplier_id", "it_assets_licence", ["supplier_id"], unique=False)


def _seat() -> None:
    op.create_table(
        "it_assets_seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("licence_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(254), nullable=False),
        sa.Column("person_name", sa.String(200), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("(person = '') = (asset_id IS NOT NULL)", name=op.f("ck_it_assets_seat_holder")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["it_assets_asset.id"], name=op.f("fk_it_assets_seat_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["it_assets_licence.id"], name=op.f("fk_it_assets_seat_licence_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_seat")),
        sa.UniqueConstraint("token", name=op.f("uq_it_assets_seat_token")),
    )
    op.create_index("ix_it_assets_seat_asset_id", "it_assets_seat", ["asset_id"], unique=False)
    op.create_index("ix_it_assets_seat_person", "it_assets_seat", ["person", "ended_at"], unique=False)
    op.create_index(
        "uq_it_assets_seat_asset",
        "it_assets_seat",
        ["licence_id", "asset_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_it_assets_seat_person",
        "it_assets_seat",
        ["licence_id", "person"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND person <> ''"),
        postgresql_where=sa.text("ended_at IS NULL AND person <> ''"),
    )


def _item() -> None:
    op.create_table(
        "it_assets_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("key", sa.String(400), nullable=False),
        sa.Column("number", sa.String(200), nullable=False),
        sa.Column("desk", sa.String(60), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("returnable", sa.Boolean(), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_it_assets_item_cents")),
        sa.CheckConstraint("(cents IS NULL) = (currency = '')", name=op.f("ck_it_assets_item_currency")),
        sa.CheckConstraint("minimum >= 0", name=op.f("ck_it_assets_item_minimum")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["it_assets_category.id"], name=op.f("fk_it_assets_item_category_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_item")),
        sa.UniqueConstraint("token", name=op.f("uq_it_assets_item_token")),
    )
    op.create_index("ix_it_assets_item_category_id", "it_assets_item", ["category_id"], unique=False)
    op.create_index("uq_it_assets_item_key", "it_assets_item", ["desk", "key"], unique=True)


def _shelf() -> None:
    op.create_table(
        "it_assets_shelf",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_it_assets_shelf_quantity")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["it_assets_item.id"], name=op.f("fk_it_assets_shelf_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["it_assets_location.id"], name=op.f("fk_it_assets_shelf_place_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("item_id", "place_id", name=op.f("pk_it_assets_shelf")),
    )
    op.create_index("ix_it_assets_shelf_place_id", "it_assets_shelf", ["place_id"], unique=False)


def _lent() -> None:
    op.create_table(
        "it_assets_lent",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(254), nullable=False),
        sa.Column("person_name", sa.String(200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_it_assets_lent_quantity")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["it_assets_item.id"], name=op.f("fk_it_assets_lent_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "person", name=op.f("pk_it_assets_lent")),
    )
    op.create_index("ix_it_assets_lent_person", "it_assets_lent", ["person"], unique=False)


def _movement() -> None:
    op.create_table(
        "it_assets_movement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(254), nullable=False),
        sa.Column("person_name", sa.String(200), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("by_name", sa.String(200), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.CheckConstraint("change <> 0", name=op.f("ck_it_assets_movement_change")),
        sa.CheckConstraint("kind <> 'out' OR change < 0", name=op.f("ck_it_assets_movement_fewer")),
        sa.CheckConstraint(
            "kind IN ('in', 'out', 'back', 'correction', 'moved')", name=op.f("ck_it_assets_movement_kind")
        ),
        sa.CheckConstraint("kind NOT IN ('in', 'back') OR change > 0", name=op.f("ck_it_assets_movement_more")),
        sa.CheckConstraint("kind <> 'correction' OR note <> ''", name=op.f("ck_it_assets_movement_reason")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["it_assets_item.id"], name=op.f("fk_it_assets_movement_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["it_assets_location.id"], name=op.f("fk_it_assets_movement_place_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_movement")),
    )
    op.create_index("ix_it_assets_movement_item", "it_assets_movement", ["item_id", "id"], unique=False)
    op.create_index("ix_it_assets_movement_place_id", "it_assets_movement", ["place_id"], unique=False)


def _movement_reason() -> None:
    op.create_table(
        "it_assets_movement_reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("movement_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["movement_id"],
            ["it_assets_movement.id"],
            name=op.f("fk_it_assets_movement_reason_movement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_it_assets_movement_reason_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_movement_reason")),
        sa.UniqueConstraint("movement_id", name=op.f("uq_it_assets_movement_reason_movement_id")),
    )
    op.create_index("ix_it_assets_movement_reason_ticket_id", "it_assets_movement_reason", ["ticket_id"], unique=False)


def _kit() -> None:
    op.create_table(
        "it_assets_kit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("desk", sa.String(60), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_kit")),
        sa.UniqueConstraint("token", name=op.f("uq_it_assets_kit_token")),
    )
    op.create_index("ix_it_assets_kit_desk", "it_assets_kit", ["desk", "name"], unique=False)


def _kit_line() -> None:
    op.create_table(
        "it_assets_kit_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("licence_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(CASE WHEN product_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN category_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN item_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN licence_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_it_assets_kit_line_one"),
        ),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_it_assets_kit_line_quantity")),
        sa.CheckConstraint("licence_id IS NULL OR quantity = 1", name=op.f("ck_it_assets_kit_line_seat")),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["it_assets_category.id"],
            name=op.f("fk_it_assets_kit_line_category_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["it_assets_item.id"], name=op.f("fk_it_assets_kit_line_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["kit_id"], ["it_assets_kit.id"], name=op.f("fk_it_assets_kit_line_kit_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["it_assets_licence.id"], name=op.f("fk_it_assets_kit_line_licence_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["it_assets_product.id"], name=op.f("fk_it_assets_kit_line_product_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_kit_line")),
    )
    op.create_index("ix_it_assets_kit_line_category_id", "it_assets_kit_line", ["category_id"], unique=False)
    op.create_index("ix_it_assets_kit_line_item_id", "it_assets_kit_line", ["item_id"], unique=False)
    op.create_index("ix_it_assets_kit_line_kit_id", "it_assets_kit_line", ["kit_id"], unique=False)
    op.create_index("ix_it_assets_kit_line_licence_id", "it_assets_kit_line", ["licence_id"], unique=False)
    op.create_index("ix_it_assets_kit_line_product_id", "it_assets_kit_line", ["product_id"], unique=False)


def _entry() -> None:
    op.create_table(
        "it_assets_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("licence_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("kit_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("by_name", sa.String(200), nullable=False),
        sa.Column("data", JSONType, nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["it_assets_item.id"], name=op.f("fk_it_assets_entry_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["kit_id"], ["it_assets_kit.id"], name=op.f("fk_it_assets_entry_kit_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["it_assets_licence.id"], name=op.f("fk_it_assets_entry_licence_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_entry")),
    )
    op.create_index("ix_it_assets_entry_item", "it_assets_entry", ["item_id", "id"], unique=False)
    op.create_index("ix_it_assets_entry_kit", "it_assets_entry", ["kit_id", "id"], unique=False)
    op.create_index("ix_it_assets_entry_licence", "it_assets_entry", ["licence_id", "id"], unique=False)


def _within() -> None:
    op.create_table(
        "it_assets_within",
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("place_id <> parent_id", name=op.f("ck_it_assets_within_itself")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["it_assets_location.id"], name=op.f("fk_it_assets_within_parent_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["it_assets_location.id"], name=op.f("fk_it_assets_within_place_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("place_id", name=op.f("pk_it_assets_within")),
    )
    op.create_index("ix_it_assets_within_parent_id", "it_assets_within", ["parent_id"], unique=False)


def _scope() -> None:
    op.create_table(
        "it_assets_scope",
        sa.Column("person", sa.String(254), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"], ["it_assets_location.id"], name=op.f("fk_it_assets_scope_place_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person", "place_id", name=op.f("pk_it_assets_scope")),
    )
    op.create_index("ix_it_assets_scope_place_id", "it_assets_scope", ["place_id"], unique=False)


def _label() -> None:
    op.create_table(
        "it_assets_label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("key", sa.String(400), nullable=False),
        sa.Column("title_en", sa.String(200), nullable=False),
        sa.Column("title_pl", sa.String(200), nullable=False),
        sa.CheckConstraint(
            "state IN ('ordered', 'stock', 'reserved', 'assigned', 'service', 'lost', 'retired', 'disposed')",
            name=op.f("ck_it_assets_label_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_label")),
    )
    op.create_index("uq_it_assets_label_key", "it_assets_label", ["state", "key"], unique=True)


def _labelled() -> None:
    op.create_table(
        "it_assets_labelled",
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("label_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["it_assets_asset.id"], name=op.f("fk_it_assets_labelled_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["label_id"], ["it_assets_label.id"], name=op.f("fk_it_assets_labelled_label_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_it_assets_labelled")),
    )
    op.create_index("ix_it_assets_labelled_label_id", "it_assets_labelled", ["label_id"], unique=False)


def _secret() -> None:
    op.create_table(
        "it_assets_secret",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("licence_id", sa.Integer(), nullable=True),
        sa.Column("sealed_as", sa.String(32), nullable=False),
        sa.Column("field", sa.String(200), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_with", sa.String(8), nullable=False),
        sa.CheckConstraint("(asset_id IS NULL) <> (licence_id IS NULL)", name=op.f("ck_it_assets_secret_one")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["it_assets_asset.id"], name=op.f("fk_it_assets_secret_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["it_assets_licence.id"], name=op.f("fk_it_assets_secret_licence_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_secret")),
        sa.UniqueConstraint("sealed_as", name=op.f("uq_it_assets_secret_sealed_as")),
    )
    op.create_index("ix_it_assets_secret_sealed_with", "it_assets_secret", ["sealed_with"], unique=False)
    op.create_index("uq_it_assets_secret_asset", "it_assets_secret", ["asset_id", "field"], unique=True)
    op.create_index("uq_it_assets_secret_licence", "it_assets_secret", ["licence_id", "field"], unique=True)


def _alert() -> None:
    op.create_table(
        "it_assets_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("desk", sa.String(60), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("licence_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("seen_at", UTCDateTime(), nullable=True),
        sa.Column("seen_by", sa.String(254), nullable=False),
        sa.Column("seen_by_name", sa.String(200), nullable=False),
        sa.CheckConstraint(
            "kind IN ('warranty', 'licence', 'return', 'audit', 'stock', 'end', 'leaver')",
            name=op.f("ck_it_assets_alert_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["it_assets_asset.id"], name=op.f("fk_it_assets_alert_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["it_assets_item.id"], name=op.f("fk_it_assets_alert_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["it_assets_licence.id"], name=op.f("fk_it_assets_alert_licence_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_alert")),
        sa.UniqueConstraint("key", name=op.f("uq_it_assets_alert_key")),
    )
    op.create_index("ix_it_assets_alert_asset_id", "it_assets_alert", ["asset_id"], unique=False)
    op.create_index("ix_it_assets_alert_item_id", "it_assets_alert", ["item_id"], unique=False)
    op.create_index("ix_it_assets_alert_licence_id", "it_assets_alert", ["licence_id"], unique=False)
    op.create_index(
        "ix_it_assets_alert_open",
        "it_assets_alert",
        ["desk", "due_on"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL AND seen_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL AND seen_at IS NULL"),
    )


def downgrade() -> None:
    for name in _TABLES:
        op.drop_table(f"it_assets_{name}")
