"""Who was asked how it went, and what they answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.plugin import UTCDateTime

revision = "0001_satisfaction"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "satisfaction_survey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("closing", sa.Integer(), nullable=False),
        sa.Column("desk", sa.String(60), nullable=False),
        sa.Column("request_type", sa.String(80), nullable=False),
        sa.Column("requester", sa.String(254), nullable=False),
        sa.Column("agent", sa.String(254), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=True),
        sa.Column("reopened_at", UTCDateTime(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("rated_at", UTCDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("handled_at", UTCDateTime(), nullable=True),
        sa.Column("handled_by", sa.String(254), nullable=False),
        sa.Column("handled_note", sa.Text(), nullable=False),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_satisfaction_survey_rating")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_satisfaction_survey_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_satisfaction_survey")),
        sa.UniqueConstraint("token", name=op.f("uq_satisfaction_survey_token")),
        sa.UniqueConstraint("ticket_id", "closing", name=op.f("uq_satisfaction_survey_ticket_id_closing")),
    )
    op.create_index("ix_satisfaction_survey_ticket_id", "satisfaction_survey", ["ticket_id"])
    op.create_index("ix_satisfaction_survey_due", "satisfaction_survey", ["state", "due_at"])
    op.create_index("ix_satisfaction_survey_requester", "satisfaction_survey", ["requester", "state"])
    op.create_index("ix_satisfaction_survey_closed", "satisfaction_survey", ["closed_at"])


def downgrade() -> None:
    op.drop_table("satisfaction_survey")
