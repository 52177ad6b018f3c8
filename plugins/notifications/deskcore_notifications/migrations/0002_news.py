"""News that no ticket is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.plugin import UTCDateTime

revision = "0002_news"
down_revision = "0001_notifications"

_UNREAD = sa.text("read_at IS NULL")


def upgrade() -> None:
    table = "notifications_news"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("receiver", sa.String(254), nullable=False),
        sa.Column("area", sa.String(10), nullable=False),
        sa.Column("event", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(10), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("title_en", sa.String(200), nullable=False),
        sa.Column("title_pl", sa.String(200), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("read_at", UTCDateTime(), nullable=True),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["notifications_letter.id"], name=op.f(f"fk_{table}_letter_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("token", name=op.f(f"uq_{table}_token")),
        sa.UniqueConstraint("receiver", "key", name=op.f(f"uq_{table}_receiver_key")),
    )
    op.create_index(op.f(f"ix_{table}_letter_id"), table, ["letter_id"])
    op.create_index(f"ix_{table}_receiver", table, ["receiver", "area", "id"])
    op.create_index(f"ix_{table}_unread", table, ["receiver", "area"], sqlite_where=_UNREAD, postgresql_where=_UNREAD)


def downgrade() -> None:
    op.drop_table("notifications_news")
