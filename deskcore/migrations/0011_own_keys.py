"""The keys that a person has given to commands of the workspace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import JSONType

revision = "0011_own_keys"
down_revision = "0010_request_types"


def upgrade() -> None:
    """Add the column; nothing in it stands for the usual keys."""
    op.add_column("person", sa.Column("own_keys", JSONType, nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("person", "own_keys")
