"""What a ticket has taken for a plugin, no other ticket takes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023_claims"
down_revision = "0022_due_times"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "ticket_claim",
        sa.Column("plugin", sa.String(60), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_claim_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plugin", "digest", name=op.f("pk_ticket_claim")),
    )
    op.create_index("ix_ticket_claim_ticket_id", "ticket_claim", ["ticket_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("ticket_claim")
