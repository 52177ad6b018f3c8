"""Which version of a ticket's clocks somebody has read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_reading_ahead"
down_revision = "0002_recounting"


def upgrade() -> None:
    op.add_column("sla_policies_ticket", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    op.drop_column("sla_policies_ticket", "version")
