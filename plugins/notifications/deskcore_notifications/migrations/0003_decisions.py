"""What an organisation decides for everybody, and choices that follow it as far as nothing else was chosen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_decisions"
down_revision = "0002_news"


def upgrade() -> None:
    table = "notifications_decision"
    op.create_table(
        table,
        sa.Column("event", sa.String(20), nullable=False),
        sa.Column("lead", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("mail", sa.String(5), nullable=False),
        sa.Column("shown_fixed", sa.Boolean(), nullable=False),
        sa.Column("mail_fixed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("event", "lead", name=op.f(f"pk_{table}")),
    )
    with op.batch_alter_table("notifications_choice") as choice:
        choice.alter_column("shown", existing_type=sa.Boolean(), nullable=True)


def downgrade() -> None:
    # What only half was chosen follows the usual way again: the former version knows whole choices alone.
    op.execute("DELETE FROM notifications_choice WHERE shown IS NULL OR mail = ''")
    with op.batch_alter_table("notifications_choice") as choice:
        choice.alter_column("shown", existing_type=sa.Boolean(), nullable=False)
    op.drop_table("notifications_decision")
