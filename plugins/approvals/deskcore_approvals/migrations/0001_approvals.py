"""Approvals with their decisions, delegations, and cost centres."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.plugin import JSONType, UTCDateTime

revision = "0001_approvals"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "approvals_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("requester", sa.String(254), nullable=False),
        sa.Column("requester_name", sa.String(200), nullable=False),
        sa.Column("amount", JSONType, nullable=True),
        sa.Column("stages", JSONType, nullable=False),
        sa.Column("lines", sa.String(60), nullable=False),
        sa.Column("rejected_lines", JSONType, nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_approvals_round_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals_round")),
    )
    op.create_index("ix_approvals_round_ticket_id", "approvals_round", ["ticket_id"])
    _decisions()
    op.create_table(
        "approvals_delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("principal", sa.String(254), nullable=False),
        sa.Column("delegate", sa.String(254), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals_delegation")),
        sa.UniqueConstraint("token", name=op.f("uq_approvals_delegation_token")),
    )
    op.create_index("ix_approvals_delegation_principal", "approvals_delegation", ["principal"])
    op.create_table(
        "approvals_cost_centre",
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("owner", sa.String(254), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_approvals_cost_centre")),
    )


def _decisions() -> None:
    op.create_table(
        "approvals_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("approver", sa.String(254), nullable=False),
        sa.Column("decider", sa.String(254), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.String(254), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("escalated", sa.Integer(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("question_at", UTCDateTime(), nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_approvals_decision_ticket_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["approvals_round.id"], name=op.f("fk_approvals_decision_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals_decision")),
        sa.UniqueConstraint("token", name=op.f("uq_approvals_decision_token")),
    )
    op.create_index("ix_approvals_decision_ticket_id", "approvals_decision", ["ticket_id"])
    op.create_index("ix_approvals_decision_round_id", "approvals_decision", ["round_id"])
    op.create_index("ix_approvals_decision_decider", "approvals_decision", ["state", "decider"])
    op.create_index("ix_approvals_decision_due", "approvals_decision", ["state", "due_at"])


def downgrade() -> None:
    for name in ("cost_centre", "delegation", "decision", "round"):
        op.drop_table(f"approvals_{name}")
