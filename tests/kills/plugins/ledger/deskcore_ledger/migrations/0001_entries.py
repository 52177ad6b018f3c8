"""Entries of the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001_entries"
down_revision = None


def upgrade():
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("what", name=op.f("uq_ledger_entry_what")),
    )


def downgrade():
    op.drop_table("ledger_entry")
