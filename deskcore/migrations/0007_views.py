"""Saved views."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import JSONType, UTCDateTime

revision = "0007_views"
down_revision = "0006_requester_index"


def upgrade() -> None:
    """Create the table of saved views."""
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("sharing", sa.String(length=4), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("sort", sa.String(length=20), nullable=False),
        sa.Column("columns", JSONType, nullable=False),
        sa.Column("page_size", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("sharing IN ('me', 'desk', 'all')", name=op.f("ck_saved_view_sharing")),
        sa.CheckConstraint("(sharing = 'desk') = (desk_id IS NOT NULL)", name=op.f("ck_saved_view_desk")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_saved_view_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_saved_view_desk_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("key", name=op.f("uq_saved_view_key")),
    )
    op.create_index(op.f("ix_saved_view_owner_id"), "saved_view", ["owner_id"])
    op.create_index("ix_saved_view_shared", "saved_view", ["sharing", "desk_id"])


def downgrade() -> None:
    """Drop the table of saved views."""
    op.drop_table("saved_view")
