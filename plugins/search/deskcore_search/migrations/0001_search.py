"""Words of tickets and of documents, with the full text of either database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from deskcore.plugin import UTCDateTime

revision = "0001_search"
down_revision = None

_TOKENS = sa.String().with_variant(TSVECTOR(), "postgresql")
#: Tables with what of them is searched.
_SEARCHED = {
    "search_ticket": ("public", "internal"),
    "search_document": ("words", "title", "parts", "pairs", "audience"),
}
#: SQLite keeps each index beside its table, which holds the tokens once for both.
_SQLITE = (
    """CREATE VIRTUAL TABLE search_ticket_words USING fts5(public, internal, content='search_ticket',
    content_rowid='ticket_id', tokenize="unicode61 remove_diacritics 0 tokenchars '_'")""",
    """CREATE TRIGGER search_ticket_added AFTER INSERT ON search_ticket BEGIN
    INSERT INTO search_ticket_words(rowid, public, internal) VALUES (new.ticket_id, new.public, new.internal); END""",
    """CREATE TRIGGER search_ticket_gone AFTER DELETE ON search_ticket BEGIN
    INSERT INTO search_ticket_words(search_ticket_words, rowid, public, internal)
    VALUES ('delete', old.ticket_id, old.public, old.internal); END""",
    """CREATE VIRTUAL TABLE search_document_words USING fts5(words, title, parts, pairs, audience,
    content='search_document', content_rowid='id', tokenize="unicode61 remove_diacritics 0 tokenchars '_'")""",
    """CREATE TRIGGER search_document_added AFTER INSERT ON search_document BEGIN
    INSERT INTO search_document_words(rowid, words, title, parts, pairs, audience)
    VALUES (new.id, new.words, new.title, new.parts, new.pairs, new.audience); END""",
    """CREATE TRIGGER search_document_gone AFTER DELETE ON search_document BEGIN
    INSERT INTO search_document_words(search_document_words, rowid, words, title, parts, pairs, audience)
    VALUES ('delete', old.id, old.words, old.title, old.parts, old.pairs, old.audience); END""",
    "CREATE VIRTUAL TABLE search_document_terms USING fts5vocab('search_document_words', 'col')",
)


def upgrade() -> None:
    op.create_table(
        "search_ticket",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("public", _TOKENS, nullable=False),
        sa.Column("internal", _TOKENS, nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_search_ticket_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_search_ticket")),
    )
    op.create_table(
        "search_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        *(sa.Column(name, _TOKENS, nullable=False) for name in ("audience", "words", "title", "parts", "pairs")),
        *(sa.Column(f"{name}_size", sa.Integer(), nullable=False) for name in ("words", "title", "parts", "pairs")),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_document")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_search_document_kind_key")),
    )
    op.create_table(
        "search_built",
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_search_built")),
    )
    if op.get_bind().dialect.name != "postgresql":
        for statement in _SQLITE:
            op.execute(statement)
        return
    for table, columns in _SEARCHED.items():
        _postgres_index(table, columns)


def _postgres_index(table: str, columns: tuple[str, ...]) -> None:
    for column in columns:
        # Without the list of what is new a search need not look through it; writing is done by a worker.
        op.create_index(
            f"ix_{table}_{column}", table, [column], postgresql_using="gin", postgresql_with={"fastupdate": "off"}
        )


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        op.drop_table("search_document_terms")
        op.drop_table("search_document_words")
        op.drop_table("search_ticket_words")
    op.drop_table("search_document")
    op.drop_table("search_ticket")
    op.drop_table("search_built")
