"""What administrators change in request types."""

from __future__ import annotations

revision = "0010_request_types"
down_revision = "0009_organisation"


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Drop them."""
