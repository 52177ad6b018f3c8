"""What somebody has begun to write and not saved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.plugin import JSONType, UTCDateTime

revision = "0002_drafts"
down_revision = "0001_articles"


def upgrade() -> None:
    op.create_table(
        "knowledge_base_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(254), nullable=False),
        sa.Column("place", sa.String(120), nullable=False),
        sa.Column("revision", sa.String(16), nullable=False),
        sa.Column("page", sa.String(32), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("content", JSONType, nullable=False),
        sa.Column("saved_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_base_draft")),
        sa.UniqueConstraint("person", "place", name=op.f("uq_knowledge_base_draft_person_place")),
    )
    op.create_index("ix_knowledge_base_draft_place", "knowledge_base_draft", ["place"])


def downgrade() -> None:
    op.drop_table("knowledge_base_draft")
