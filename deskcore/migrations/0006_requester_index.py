"""The newest requests of one person are read from an index, however many they have."""

from __future__ import annotations

from alembic import op

revision = "0006_requester_index"
down_revision = "0005_work"


def upgrade() -> None:
    """Order the index of requesters by time."""
    op.drop_index("ix_ticket_requester", "ticket")
    op.create_index("ix_ticket_requester", "ticket", ["requester_id", "created_at", "id"])


def downgrade() -> None:
    """Bring the earlier index back."""
    op.drop_index("ix_ticket_requester", "ticket")
    op.create_index("ix_ticket_requester", "ticket", ["requester_id", "finished"])
