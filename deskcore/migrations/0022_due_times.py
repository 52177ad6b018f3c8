"""Tickets say how they stand with their clock, and an index holds the order of their due times."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import UTCDateTime

revision = "0022_due_times"
down_revision = "0021_index"

_IN_ORDER = "coalesce(due_at, '9999-01-01 00:00:00.000000')"


def upgrade() -> None:
    """Add the columns and the index."""
    # SQLite cannot add a column that it stores; PostgreSQL cannot compute one when it is read.
    stored = op.get_bind().dialect.name == "postgresql"
    op.add_column("ticket", sa.Column("due_order", UTCDateTime(), sa.Computed(_IN_ORDER, persisted=stored)))
    op.add_column("ticket", sa.Column("due_soon_at", UTCDateTime(), nullable=True))
    op.add_column("ticket", sa.Column("due_state", sa.String(8), nullable=True))
    op.create_index("ix_ticket_due_order", "ticket", ["finished", "due_order", "id"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_ticket_due_order", "ticket")
    for column in ("due_state", "due_soon_at", "due_order"):
        op.drop_column("ticket", column)
