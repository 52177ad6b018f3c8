"""Saved views."""

from __future__ import annotations

revision = "0007_views"
down_revision = "0006_requester_index"


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Drop them."""
