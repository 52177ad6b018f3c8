"""Purchases that belong together are read from the tickets themselves, and no amount is written down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_purchases_are_read"
down_revision = "0001_records"


def upgrade() -> None:
    op.drop_index("ix_finance_desk_record_asked", "finance_desk_record")
    op.drop_column("finance_desk_record", "amount")
    op.drop_column("finance_desk_record", "currency")


def downgrade() -> None:
    op.add_column("finance_desk_record", sa.Column("amount", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("finance_desk_record", sa.Column("currency", sa.String(3), nullable=False, server_default=""))
    op.create_index("ix_finance_desk_record_asked", "finance_desk_record", ["requester", "party", "opened_at"])
