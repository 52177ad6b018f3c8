"""The article to which words of a search led."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_terms"
down_revision = "0002_drafts"

_KEY = "fk_knowledge_base_term_article_id"


def upgrade() -> None:
    with op.batch_alter_table("knowledge_base_term") as term:
        term.add_column(sa.Column("article_id", sa.Integer(), nullable=True))
        term.create_foreign_key(op.f(_KEY), "knowledge_base_article", ["article_id"], ["id"], ondelete="SET NULL")
    op.create_index("ix_knowledge_base_term_article_id", "knowledge_base_term", ["article_id"])


def downgrade() -> None:
    op.drop_index("ix_knowledge_base_term_article_id", "knowledge_base_term")
    with op.batch_alter_table("knowledge_base_term") as term:
        term.drop_constraint(op.f(_KEY), type_="foreignkey")
        term.drop_column("article_id")
