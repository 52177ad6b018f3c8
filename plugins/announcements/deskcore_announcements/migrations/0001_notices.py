"""Notices, their updates and tickets, whom they affect, who read them, and who wants to hear of new ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.plugin import JSONType, UTCDateTime

revision = "0001_notices"
down_revision = None


def upgrade() -> None:
    _notices()
    _updates()
    _parents()
    _people()


def downgrade() -> None:
    for table in ("subscriber", "seen", "affected", "parent", "update", "notice"):
        op.drop_table(f"announcements_{table}")


def _notices() -> None:
    op.create_table(
        "announcements_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("form_key", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("desk", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("title_en", sa.String(120), nullable=False),
        sa.Column("title_pl", sa.String(120), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_pl", sa.Text(), nullable=False),
        sa.Column("departments", JSONType, nullable=False),
        sa.Column("locations", JSONType, nullable=False),
        sa.Column("services", JSONType, nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("next_update_at", UTCDateTime()),
        sa.Column("ends_at", UTCDateTime()),
        sa.Column("resolved_at", UTCDateTime()),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("last_en", sa.Text(), nullable=False),
        sa.Column("last_pl", sa.Text(), nullable=False),
        sa.Column("affected_before", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements_notice")),
        sa.UniqueConstraint("token", name=op.f("uq_announcements_notice_token")),
        sa.UniqueConstraint("form_key", name=op.f("uq_announcements_notice_form_key")),
    )
    op.create_index("ix_announcements_notice_ends_at", "announcements_notice", ["ends_at"])


def _updates() -> None:
    op.create_table(
        "announcements_update",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(64), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("pl", sa.Text(), nullable=False),
        sa.Column("closing", sa.Boolean(), nullable=False),
        _of_a_notice("update"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements_update")),
        sa.UniqueConstraint("notice_id", "form_key", name=op.f("uq_announcements_update_notice_id_form_key")),
    )
    op.create_index(op.f("ix_announcements_update_notice_id"), "announcements_update", ["notice_id"])


def _parents() -> None:
    op.create_table(
        "announcements_parent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        _of_a_notice("parent"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_announcements_parent_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements_parent")),
    )
    op.create_index(op.f("ix_announcements_parent_notice_id"), "announcements_parent", ["notice_id"])
    op.create_index(op.f("ix_announcements_parent_ticket_id"), "announcements_parent", ["ticket_id"])


def _people() -> None:
    for table, moment in (("affected", "since"), ("seen", "at")):
        op.create_table(
            f"announcements_{table}",
            sa.Column("notice_id", sa.Integer(), nullable=False),
            sa.Column("person", sa.String(254), nullable=False),
            sa.Column(moment, UTCDateTime(), nullable=False),
            _of_a_notice(table),
            sa.PrimaryKeyConstraint("notice_id", "person", name=op.f(f"pk_announcements_{table}")),
        )
    op.create_table(
        "announcements_subscriber",
        sa.Column("person", sa.String(254), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_announcements_subscriber")),
    )


def _of_a_notice(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_announcements_{table}_notice_id")
    return sa.ForeignKeyConstraint(["notice_id"], ["announcements_notice.id"], name=name, ondelete="CASCADE")
