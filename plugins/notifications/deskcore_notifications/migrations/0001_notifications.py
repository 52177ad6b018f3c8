"""Notices, the letters they go out in, choices of people, and the line to the mail server."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.plugin import UTCDateTime

revision = "0001_notifications"
down_revision = None

_UNREAD = sa.text("read_at IS NULL")
_LEFT = sa.text("state IN ('waiting', 'sending')")


def upgrade() -> None:
    _letters()
    _notices()
    _wishes()
    _line()


def downgrade() -> None:
    for table in ("line", "habit", "choice", "notice", "letter"):
        op.drop_table(f"notifications_{table}")


def _letters() -> None:
    op.create_table(
        "notifications_letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("receiver", sa.String(254), nullable=False),
        sa.Column("thread", sa.String(24), nullable=False),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("answer", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications_letter")),
        sa.UniqueConstraint("token", name=op.f("uq_notifications_letter_token")),
    )
    table = "notifications_letter"
    op.create_index(f"ix_{table}_due", table, ["due_at", "id"], sqlite_where=_LEFT, postgresql_where=_LEFT)
    op.create_index(f"ix_{table}_receiver", table, ["receiver", "state", "thread"])


def _notices() -> None:
    op.create_table(
        "notifications_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("receiver", sa.String(254), nullable=False),
        sa.Column("area", sa.String(10), nullable=False),
        sa.Column("event", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(10), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(254), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("read_at", UTCDateTime(), nullable=True),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_notifications_notice_ticket_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"],
            ["notifications_letter.id"],
            name=op.f("fk_notifications_notice_letter_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications_notice")),
        sa.UniqueConstraint("token", name=op.f("uq_notifications_notice_token")),
        sa.UniqueConstraint(
            "ticket_id", "seq", "receiver", name=op.f("uq_notifications_notice_ticket_id_seq_receiver")
        ),
    )
    table = "notifications_notice"
    op.create_index(f"ix_{table}_ticket_id", table, ["ticket_id"])
    op.create_index(f"ix_{table}_letter_id", table, ["letter_id"])
    op.create_index(f"ix_{table}_receiver", table, ["receiver", "area", "id"])
    op.create_index(f"ix_{table}_unread", table, ["receiver", "area"], sqlite_where=_UNREAD, postgresql_where=_UNREAD)


def _wishes() -> None:
    op.create_table(
        "notifications_choice",
        sa.Column("receiver", sa.String(254), nullable=False),
        sa.Column("event", sa.String(20), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("mail", sa.String(5), nullable=False),
        sa.PrimaryKeyConstraint("receiver", "event", name=op.f("pk_notifications_choice")),
    )
    op.create_table(
        "notifications_habit",
        sa.Column("receiver", sa.String(254), nullable=False),
        sa.Column("daily_hour", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("receiver", name=op.f("pk_notifications_habit")),
    )


def _line() -> None:
    op.create_table(
        "notifications_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(24), nullable=False),
        sa.Column("holder", sa.String(24), nullable=False),
        sa.Column("held_until", UTCDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("away_since", UTCDateTime(), nullable=True),
        sa.Column("paused_until", UTCDateTime(), nullable=True),
        sa.Column("error", sa.String(300), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications_line")),
    )
