"""Where nothing may be stored without a plugin's checks: remembered, so that one that cannot be loaded is missed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import JSONType

revision = "0018_critical_plugins"
down_revision = "0017_holds"


def upgrade() -> None:
    """Add the mark, which the next start sets."""
    op.add_column("plugin_state", sa.Column("critical", JSONType, nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("plugin_state", "critical")
