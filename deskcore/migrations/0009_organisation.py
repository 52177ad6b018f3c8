"""How the organisation looks, when its desks work, what an administrator changed about them, and who sees as whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import JSONType, UTCDateTime

revision = "0009_organisation"
down_revision = "0008_desk_work"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "look",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(length=100), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("notice", JSONType, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("accent", sa.String(length=7), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("logo_type", sa.String(length=20), nullable=False),
        sa.Column("logo_digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_look_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    op.create_table(
        "desk_override",
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("value", JSONType, nullable=False),
        sa.Column("base", JSONType, nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_desk_override_desk_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("desk_id", "key", name=op.f("pk_desk_override")),
    )
    op.create_table(
        "desk_hours",
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("weekly", JSONType, nullable=False),
        sa.Column("holidays", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_desk_hours_desk_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("desk_id", name=op.f("pk_desk_hours")),
    )
    op.create_table(
        "see_as",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_hash"], ["sign_in.token_hash"], name=op.f("fk_see_as_token_hash"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_see_as_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_see_as")),
    )
    op.create_index(op.f("ix_see_as_person_id"), "see_as", ["person_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("see_as", "desk_hours", "desk_override", "look"):
        op.drop_table(table)
