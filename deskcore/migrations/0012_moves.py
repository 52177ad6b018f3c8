"""Statuses whose tickets are moved to another one, and addresses that people had before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import JSONType, UTCDateTime

revision = "0012_moves"
down_revision = "0011_own_keys"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "status_move",
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("title", JSONType, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("begun_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_status_move_desk_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_status_move_person_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("desk_id", "status", name=op.f("pk_status_move")),
    )
    op.create_table(
        "former_address",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_former_address_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_former_address")),
    )
    op.create_index(op.f("ix_former_address_person_id"), "former_address", ["person_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("former_address", "status_move"):
        op.drop_table(table)
