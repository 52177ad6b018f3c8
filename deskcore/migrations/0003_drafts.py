"""What people have begun to write and not sent yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import UTCDateTime

revision = "0003_drafts"
down_revision = "0002_audit"


def upgrade() -> None:
    """Create the tables of drafts."""
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("request_type_id", sa.Integer(), nullable=True),
        sa.Column("form_version_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.String(length=16), nullable=False),
        sa.Column("page", sa.String(length=100), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("saved_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draft_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_draft_ticket_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["request_type_id"], ["request_type.id"], name=op.f("fk_draft_request_type_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["form_version_id"], ["form_version.id"], name=op.f("fk_draft_form_version_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("person_id", "place", name=op.f("uq_draft_person_id_place")),
    )
    op.create_index(op.f("ix_draft_ticket_id"), "draft", ["ticket_id"])
    op.create_index(op.f("ix_draft_saved_at"), "draft", ["saved_at"])
    op.create_table(
        "draft_file",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_draft_file_draft_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["token"], ["upload.token"], name=op.f("fk_draft_file_token"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("draft_id", "token", name=op.f("pk_draft_file")),
    )
    op.create_index(op.f("ix_draft_file_token"), "draft_file", ["token"])


def downgrade() -> None:
    """Drop the tables of drafts."""
    op.drop_table("draft_file")
    op.drop_table("draft")
