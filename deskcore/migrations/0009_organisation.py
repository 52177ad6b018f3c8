"""How the organisation looks, and when its desks work."""

from __future__ import annotations

revision = "0009_organisation"
down_revision = "0008_desk_work"


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Drop them."""
