"""Records of requests, fingerprints of invoices, checks of bank accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.plugin import UTCDateTime

revision = "0001_records"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "finance_desk_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_type", sa.String(80), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("requester", sa.String(254), nullable=False),
        sa.Column("opened_by", sa.String(254), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("party", sa.String(200), nullable=False),
        sa.Column("reference", sa.String(120), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_finance_desk_record_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_desk_record")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_finance_desk_record_ticket_id")),
    )
    op.create_index("ix_finance_desk_record_ticket_id", "finance_desk_record", ["ticket_id"])
    op.create_index("ix_finance_desk_record_asked", "finance_desk_record", ["requester", "party", "opened_at"])
    op.create_index("ix_finance_desk_record_document", "finance_desk_record", ["party", "reference"])
    op.create_table(
        "finance_desk_fingerprint",
        sa.Column("value", sa.String(64), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("value", name=op.f("pk_finance_desk_fingerprint")),
    )
    op.create_table(
        "finance_desk_account_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("person", sa.String(254), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("spoke_with", sa.String(200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_finance_desk_account_check_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_desk_account_check")),
        sa.UniqueConstraint(
            "ticket_id", "kind", "person", name=op.f("uq_finance_desk_account_check_ticket_id_kind_person")
        ),
    )
    op.create_index("ix_finance_desk_account_check_ticket_id", "finance_desk_account_check", ["ticket_id"])


def downgrade() -> None:
    op.drop_table("finance_desk_account_check")
    op.drop_table("finance_desk_fingerprint")
    op.drop_table("finance_desk_record")
