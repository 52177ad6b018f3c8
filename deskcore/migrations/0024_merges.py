"""Tickets that were merged or put off, and replies that go out together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import UTCDateTime

revision = "0024_merges"
down_revision = "0023_claims"


def upgrade() -> None:
    """Create the tables, and the column."""
    op.create_table(
        "ticket_merge",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=False),
        sa.Column("end_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], ["ticket.id"], name=op.f(f"fk_ticket_merge_{column}"), ondelete="CASCADE")
            for column in ("ticket_id", "into_id", "end_id")
        ),
        sa.CheckConstraint("ticket_id <> into_id AND ticket_id <> end_id", name=op.f("ck_ticket_merge_elsewhere")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_merge")),
    )
    for column in ("into_id", "end_id"):
        op.create_index(f"ix_ticket_merge_{column}", "ticket_merge", [column])
    op.create_table(
        "ticket_snooze",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_snooze_ticket_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_ticket_snooze_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "person_id", name=op.f("pk_ticket_snooze")),
    )
    op.create_index("ix_ticket_snooze_person", "ticket_snooze", ["person_id", "until", "ticket_id"])
    op.create_index("ix_ticket_snooze_until", "ticket_snooze", ["until"])
    op.add_column("held_reply", sa.Column("together", sa.String(43), nullable=True))
    op.create_index("ix_held_reply_together", "held_reply", ["together"])


def downgrade() -> None:
    """Drop them; tickets that were merged stay closed."""
    op.drop_index("ix_held_reply_together", "held_reply")
    op.drop_column("held_reply", "together")
    op.drop_table("ticket_snooze")
    op.drop_table("ticket_merge")
