"""Macros."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.plugin import JSONType, UTCDateTime

revision = "0001_macros"
down_revision = None


def upgrade() -> None:
    table = "macros_macro"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("owner", sa.String(254), nullable=False),
        sa.Column("desk", sa.String(60), nullable=False),
        sa.Column("everyone", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("priority", sa.String(10), nullable=False),
        sa.Column("assignee", sa.String(254), nullable=False),
        sa.Column("team", sa.String(80), nullable=False),
        sa.Column("add", JSONType, nullable=False),
        sa.Column("remove", JSONType, nullable=False),
        sa.Column("follow", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("used_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macros_macro")),
        sa.UniqueConstraint("token", name=op.f("uq_macros_macro_token")),
    )
    op.create_index(f"ix_{table}_owner", table, ["owner"])
    op.create_index(f"ix_{table}_shared", table, ["everyone", "desk"])


def downgrade() -> None:
    op.drop_table("macros_macro")
