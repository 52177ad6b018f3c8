"""How many tickets are read again, and whether finished ones are among them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_recounting"
down_revision = "0001_sla_policies"


def upgrade() -> None:
    op.add_column("sla_policies_run", sa.Column("again", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sla_policies_run", sa.Column("total", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("sla_policies_run", "total")
    op.drop_column("sla_policies_run", "again")
