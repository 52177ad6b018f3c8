"""Replies of agents that wait a moment, so that they can be taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import UTCDateTime

revision = "0013_held_replies"
down_revision = "0012_moves"


def upgrade() -> None:
    """Create the tables of held replies."""
    op.create_table(
        "held_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("next_status", sa.String(length=40), nullable=False),
        sa.Column("status_before", sa.String(length=40), nullable=False),
        sa.Column("held_at", UTCDateTime(), nullable=False),
        sa.Column("goes_out_at", UTCDateTime(), nullable=False),
        sa.Column("stuck", sa.Boolean(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_held_reply_author_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_held_reply_ticket_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_reply")),
        sa.UniqueConstraint("token", name=op.f("uq_held_reply_token")),
    )
    op.create_index(op.f("ix_held_reply_ticket_id"), "held_reply", ["ticket_id"])
    op.create_index(op.f("ix_held_reply_goes_out_at"), "held_reply", ["goes_out_at"])
    op.create_table(
        "held_file",
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["token"], ["upload.token"], name=op.f("fk_held_file_token"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["reply_id"], ["held_reply.id"], name=op.f("fk_held_file_reply_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_held_file")),
    )
    op.create_index(op.f("ix_held_file_reply_id"), "held_file", ["reply_id"])


def downgrade() -> None:
    """Drop the tables of held replies; what still waits in them was not sent."""
    op.drop_table("held_file")
    op.drop_table("held_reply")
