"""Categories, articles with their versions, what readers said and searched for, where they were used, and files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.plugin import UTCDateTime

revision = "0001_articles"
down_revision = None

_TABLES = ("term", "file", "use", "vote", "version", "article", "category")


def upgrade() -> None:
    op.create_table(
        "knowledge_base_category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(100), nullable=False),
        sa.Column("title_en", sa.String(120), nullable=False),
        sa.Column("title_pl", sa.String(120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_base_category")),
        sa.UniqueConstraint("slug", name=op.f("uq_knowledge_base_category_slug")),
    )
    _articles()
    _versions()
    _votes()
    _uses()
    op.create_table(
        "knowledge_base_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("pair", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("picture", sa.String(20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_base_file")),
        sa.UniqueConstraint("token", name=op.f("uq_knowledge_base_file_token")),
    )
    op.create_index("ix_knowledge_base_file_pair", "knowledge_base_file", ["pair"])
    _terms()


def _articles() -> None:
    op.create_table(
        "knowledge_base_article",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(100), nullable=False),
        sa.Column("pair", sa.String(32), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("summary", sa.String(300), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("visibility", sa.String(10), nullable=False),
        sa.Column("desk", sa.String(60), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("live", sa.Integer(), nullable=False),
        sa.Column("matches", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(300), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["knowledge_base_category.id"],
            name=op.f("fk_knowledge_base_article_category_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_base_article")),
        sa.UniqueConstraint("slug", name=op.f("uq_knowledge_base_article_slug")),
        sa.UniqueConstraint("source", name=op.f("uq_knowledge_base_article_source")),
        sa.UniqueConstraint("pair", "language", name=op.f("uq_knowledge_base_article_pair_language")),
    )
    for name, columns in {
        "category_id": ["category_id"],
        "desk": ["desk"],
        "review_on": ["review_on"],
        "shelf": ["category_id", "language", "title"],
        "state": ["state", "updated_at"],
    }.items():
        op.create_index(f"ix_knowledge_base_article_{name}", "knowledge_base_article", columns)


def _of_an_article(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["article_id"],
        ["knowledge_base_article.id"],
        name=op.f(f"fk_knowledge_base_{table}_article_id"),
        ondelete="CASCADE",
    )


def _versions() -> None:
    op.create_table(
        "knowledge_base_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("summary", sa.String(300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        _of_an_article("version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_base_version")),
        sa.UniqueConstraint("article_id", "number", name=op.f("uq_knowledge_base_version_article_id_number")),
    )


def _votes() -> None:
    op.create_table(
        "knowledge_base_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(254), nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("instead", sa.Boolean(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        _of_an_article("vote"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_base_vote")),
        sa.UniqueConstraint("article_id", "person", name=op.f("uq_knowledge_base_vote_article_id_person")),
    )


def _uses() -> None:
    op.create_table(
        "knowledge_base_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        _of_an_article("use"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_knowledge_base_use_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_base_use")),
        sa.UniqueConstraint("article_id", "ticket_id", name=op.f("uq_knowledge_base_use_article_id_ticket_id")),
    )
    op.create_index("ix_knowledge_base_use_ticket_id", "knowledge_base_use", ["ticket_id"])


def _terms() -> None:
    op.create_table(
        "knowledge_base_term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(120), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("empty", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_base_term")),
        sa.UniqueConstraint("words", "language", name=op.f("uq_knowledge_base_term_words_language")),
    )


def downgrade() -> None:
    for name in _TABLES:
        op.drop_table(f"knowledge_base_{name}")
