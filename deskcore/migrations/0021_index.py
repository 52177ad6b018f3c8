"""What is still to be put into the search index, and how the index stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import UTCDateTime

revision = "0021_index"
down_revision = "0020_my_tickets"


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "index_pending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_pending")),
    )
    op.create_table(
        "index_state",
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("rebuilding_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_index_state")),
    )


def downgrade() -> None:
    """Drop them; an index is built again from what there is."""
    op.drop_table("index_state")
    op.drop_table("index_pending")
