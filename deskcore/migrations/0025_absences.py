"""Days on which people are away, whom notes mention, and what an agent did in a week."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import UTCDateTime

revision = "0025_absences"
down_revision = "0024_merges"

_SOLVED = sa.text("resolved_at IS NOT NULL")


def upgrade() -> None:
    """Create the tables, and the indexes by which a week is read."""
    _absences()
    op.create_table(
        "note_mention",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_note_mention_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_note_mention_note_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "note_id", name=op.f("pk_note_mention")),
    )
    op.create_index("ix_note_mention_note_id", "note_mention", ["note_id"])
    op.create_index(
        "ix_ticket_solved",
        "ticket",
        ["assignee_id", "resolved_at"],
        sqlite_where=_SOLVED,
        postgresql_where=_SOLVED,
    )
    op.create_index("ix_message_author", "message", ["author_id", "at"])


def _absences() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(43), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("begins_at", UTCDateTime(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.Column("text", sa.String(300), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name=op.f("fk_absence_deputy_id"), ondelete="SET NULL"),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_absence_days")),
        sa.CheckConstraint("deputy_id IS NULL OR deputy_id <> person_id", name=op.f("ck_absence_somebody_else")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        sa.UniqueConstraint("token", name=op.f("uq_absence_token")),
    )
    op.create_index("ix_absence_person", "absence", ["person_id", "ends_at"])
    op.create_index("ix_absence_deputy", "absence", ["deputy_id", "ends_at"])


def downgrade() -> None:
    """Drop them; who has a ticket stays as it is."""
    op.drop_index("ix_message_author", "message")
    op.drop_index("ix_ticket_solved", "ticket")
    op.drop_table("note_mention")
    op.drop_table("absence")
