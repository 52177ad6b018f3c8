"""What agents keep: saved replies, what they have read, what can be undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import JSONType, UTCDateTime

revision = "0008_desk_work"
down_revision = "0007_views"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "ticket_read",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_read_ticket_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_ticket_read_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "person_id", name=op.f("pk_ticket_read")),
    )
    op.create_table(
        "undo_offer",
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("changes", JSONType, nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_undo_offer_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_undo_offer")),
    )
    op.create_index(op.f("ix_undo_offer_person_id"), "undo_offer", ["person_id"])
    op.create_index(op.f("ix_undo_offer_until"), "undo_offer", ["until"])
    _saved_replies()


def _saved_replies() -> None:
    op.create_table(
        "saved_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_saved_reply_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_saved_reply_desk_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_reply")),
        sa.UniqueConstraint("token", name=op.f("uq_saved_reply_token")),
    )
    op.create_index(op.f("ix_saved_reply_owner_id"), "saved_reply", ["owner_id"])
    op.create_index(op.f("ix_saved_reply_desk_id"), "saved_reply", ["desk_id"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("saved_reply", "undo_offer", "ticket_read"):
        op.drop_table(table)
