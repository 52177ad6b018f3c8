"""Purchases that belong together are read from the tickets themselves, and no amount is written down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_purchases_are_read"
down_revision = "0001_records"


def upgrade() -> None:
    op.drop_index("ix_finance_desk_record_asked", "finance_desk_record")
    with op.batch_alter_table("finance_desk_record") as table:
        table.drop_column("amount")
        table.drop_column("currency")


def downgrade() -> None:
    with op.batch_alter_table("finance_desk_record") as table:
        table.add_column(sa.Column("amount", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("currency", sa.String(3), nullable=False, server_default=""))
    op.create_index("ix_finance_desk_record_asked", "finance_desk_record", ["requester", "party", "opened_at"])
