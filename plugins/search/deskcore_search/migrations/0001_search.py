"""Words of tickets and of documents, with the full text of either database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from deskcore.plugin import UTCDateTime

revision = "0001_search"
down_revision = None

_TOKENS = sa.Text().with_variant(TSVECTOR(), "postgresql")
#: Tables with what of them is searched, and the column that names a row.
_SEARCHED = {
    "search_ticket": ("ticket_id", ("public", "internal")),
    "search_document": ("id", ("words", "title", "parts", "pairs", "audience")),
}


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
    for table, (row, columns) in _SEARCHED.items():
        if op.get_bind().dialect.name == "postgresql":
            _postgres_index(table, columns)
        else:
            _sqlite_index(table, row, columns)
    if op.get_bind().dialect.name != "postgresql":
        op.execute("CREATE VIRTUAL TABLE search_document_terms USING fts5vocab('search_document_words', 'col')")


def _postgres_index(table: str, columns: tuple[str, ...]) -> None:
    for column in columns:
        # Without the list of what is new a search need not look through it; writing is done by a worker.
        op.create_index(
            f"ix_{table}_{column}", table, [column], postgresql_using="gin", postgresql_with={"fastupdate": "off"}
        )


def _sqlite_index(table: str, row: str, columns: tuple[str, ...]) -> None:
    """Keep the index beside the table, which holds the tokens once for both."""
    listed = ", ".join(columns)
    new, old = (", ".join(f"{which}.{column}" for column in columns) for which in ("new", "old"))
    op.execute(
        f"CREATE VIRTUAL TABLE {table}_words USING fts5({listed}, content='{table}', content_rowid='{row}', "
        "tokenize=\"unicode61 remove_diacritics 0 tokenchars '_'\")"
    )
    op.execute(
        # The names are those above.
        f"CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN "  # noqa: S608
        f"INSERT INTO {table}_words(rowid, {listed}) VALUES (new.{row}, {new}); END"
    )
    op.execute(
        f"CREATE TRIGGER {table}_gone AFTER DELETE ON {table} BEGIN "  # noqa: S608
        f"INSERT INTO {table}_words({table}_words, rowid, {listed}) VALUES ('delete', old.{row}, {old}); END"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        op.execute("DROP TABLE search_document_terms")
    for table in _SEARCHED:
        if op.get_bind().dialect.name != "postgresql":
            op.execute(f"DROP TABLE {table}_words")
        op.drop_table(table)
    op.drop_table("search_built")
