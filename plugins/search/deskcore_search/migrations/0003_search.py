"""The words that tickets have, where SQLite can tell them: by their beginnings a search names them."""

from __future__ import annotations

from alembic import op

revision = "0003_search"
down_revision = "0002_search"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        op.execute("CREATE VIRTUAL TABLE search_ticket_terms USING fts5vocab('search_ticket_words', 'row')")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        op.drop_table("search_ticket_terms")
