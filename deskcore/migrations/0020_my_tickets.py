"""The index by which somebody's own tickets are found holds all that the access policy asks of it.

Without role and end every participation is read from its table, at each of a page's counts.
"""

from __future__ import annotations

from alembic import op

revision = "0020_my_tickets"
down_revision = "0019_sealed_files"

_NAME, _TABLE = "ix_ticket_participant_person", "ticket_participant"


def upgrade() -> None:
    """Widen it."""
    op.drop_index(_NAME, _TABLE)
    op.create_index(_NAME, _TABLE, ["person_id", "ticket_id", "role", "until"])


def downgrade() -> None:
    """Make it as it was."""
    op.drop_index(_NAME, _TABLE)
    op.create_index(_NAME, _TABLE, ["person_id", "ticket_id"])
