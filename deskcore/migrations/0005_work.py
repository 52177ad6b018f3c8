"""What workers need to know of events, deliveries and jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import UTCDateTime

revision = "0005_work"
down_revision = "0004_recovery"

_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Keep why work is dead or discarded, who hears of what, and how far each schedule got."""
    for table in ("delivery", "job"):
        op.add_column(table, sa.Column("trace", sa.Text(), nullable=False, server_default=""))
        op.add_column(table, sa.Column("key", sa.String(length=16), nullable=True))
        op.add_column(table, sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.add_column("delivery", sa.Column("overtaken", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["subscriber", "due_at"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_table(
        "subscription",
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("hook", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "hook", name=op.f("pk_subscription")),
    )
    op.create_table(
        "schedule",
        sa.Column("kind", sa.String(length=120), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_schedule")),
    )


def downgrade() -> None:
    """Bring the tables of work back."""
    op.drop_table("schedule")
    op.drop_table("subscription")
    op.drop_index("ix_delivery_waiting", "delivery")
    with op.batch_alter_table("delivery") as batch:
        batch.drop_column("overtaken")
    for table in ("job", "delivery"):
        with op.batch_alter_table(table) as batch:
            for column in ("reason", "key", "trace"):
                batch.drop_column(column)
