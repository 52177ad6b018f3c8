"""Campaigns in which things are counted, layouts of labels, and until when makers look after what they made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.plugin import JSONType, UTCDateTime

revision = "0002_audits"
down_revision = "0001_assets"


def upgrade() -> None:
    _more_of_things()
    _campaign()
    _campaign_item()
    _label_layout()
    _release()


def _more_of_things() -> None:
    # Without a foreign key: on SQLite one would rebuild the table, and lose its checks.
    op.add_column("it_assets_category", sa.Column("audit_months", sa.Integer(), nullable=True))
    op.add_column("it_assets_product", sa.Column("ends_from", sa.String(60), nullable=False, server_default=""))
    for column, kind in (("category_id", sa.Integer()), ("audited_on", sa.Date()), ("audit_on", sa.Date())):
        op.add_column("it_assets_asset", sa.Column(column, kind, nullable=True))
    op.create_index("ix_it_assets_asset_category", "it_assets_asset", ["category_id", "tag_key"])
    op.create_index("ix_it_assets_asset_audit_on", "it_assets_asset", ["audit_on"])
    op.execute(
        "UPDATE it_assets_asset SET category_id = (SELECT category_id FROM it_assets_product"
        " WHERE it_assets_product.id = it_assets_asset.product_id)"
    )


def _campaign() -> None:
    op.create_table(
        "it_assets_campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("desk", sa.String(60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("began_by", sa.String(254), nullable=False),
        sa.Column("began_by_name", sa.String(200), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("closed_by", sa.String(254), nullable=False),
        sa.Column("closed_by_name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_campaign")),
        sa.UniqueConstraint("token", name=op.f("uq_it_assets_campaign_token")),
    )
    op.create_index("ix_it_assets_campaign_desk", "it_assets_campaign", ["desk", "id"])


def _campaign_item() -> None:
    table = "it_assets_campaign_item"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(200), nullable=False),
        sa.Column("code_key", sa.String(400), nullable=False),
        sa.Column("expected", sa.Boolean(), nullable=False),
        sa.Column("expected_place", sa.String(200), nullable=False),
        sa.Column("expected_with", sa.String(200), nullable=False),
        sa.Column("found_at", UTCDateTime(), nullable=True),
        sa.Column("found_by", sa.String(254), nullable=False),
        sa.Column("found_by_name", sa.String(200), nullable=False),
        sa.Column("found_place", sa.String(200), nullable=False),
        sa.CheckConstraint("expected OR found_at IS NOT NULL", name=op.f("ck_it_assets_campaign_item_seen")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["it_assets_campaign.id"],
            name=op.f("fk_it_assets_campaign_item_campaign_id_it_assets_campaign"), ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["it_assets_asset.id"],
            name=op.f("fk_it_assets_campaign_item_asset_id_it_assets_asset"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_campaign_item")),
    )  # fmt: skip
    op.create_index("uq_it_assets_campaign_item_code", table, ["campaign_id", "code_key"], unique=True)
    op.create_index("uq_it_assets_campaign_item_asset", table, ["campaign_id", "asset_id"], unique=True)
    op.create_index(op.f("ix_it_assets_campaign_item_asset_id"), table, ["asset_id"])


def _label_layout() -> None:
    op.create_table(
        "it_assets_label_layout",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(400), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("sheet", sa.String(20), nullable=False),
        sa.Column("fields", JSONType, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_label_layout")),
        sa.UniqueConstraint("key", name=op.f("uq_it_assets_label_layout_key")),
    )


def _release() -> None:
    op.create_table(
        "it_assets_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(60), nullable=False),
        sa.Column("cycle", sa.String(200), nullable=False),
        sa.Column("key", sa.String(400), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_assets_release")),
    )
    op.create_index("uq_it_assets_release_cycle", "it_assets_release", ["product", "cycle"], unique=True)
    op.create_index("ix_it_assets_release_key", "it_assets_release", ["key"])


def downgrade() -> None:
    for table in ("release", "label_layout", "campaign_item", "campaign"):
        op.drop_table(f"it_assets_{table}")
    op.drop_index("ix_it_assets_asset_audit_on", "it_assets_asset")
    op.drop_index("ix_it_assets_asset_category", "it_assets_asset")
    for column in ("audit_on", "audited_on", "category_id"):
        op.drop_column("it_assets_asset", column)
    op.drop_column("it_assets_product", "ends_from")
    op.drop_column("it_assets_category", "audit_months")
