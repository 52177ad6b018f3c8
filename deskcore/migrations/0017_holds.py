"""Tickets that a plugin holds until they are approved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017_holds"
down_revision = "0016_confidentiality"

_HELD = sa.text("held_by IS NOT NULL")


def upgrade() -> None:
    """Add who holds a ticket; nobody holds those that are there."""
    op.add_column("ticket", sa.Column("held_by", sa.String(60), nullable=True))
    op.create_index("ix_ticket_held", "ticket", ["held_by", "id"], sqlite_where=_HELD, postgresql_where=_HELD)


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_ticket_held", "ticket")
    op.drop_column("ticket", "held_by")
