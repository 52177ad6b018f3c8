"""What the database keeps of what can be found: its words as tokens, never its text."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.plugin import Base, TicketScoped, now

#: Tokens with a space between, or as PostgreSQL keeps them.
TOKENS = sa.String().with_variant(TSVECTOR(), "postgresql")


class SearchedTicket(TicketScoped, Base):
    """The words of a ticket; those of its notes and tags apart, because not everybody who sees it sees these."""

    __tablename__ = "search_ticket"

    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    public: Mapped[str] = mapped_column(TOKENS)
    internal: Mapped[str] = mapped_column(TOKENS)
    #: Of the tokens, to compare two indexes.
    digest: Mapped[str] = mapped_column(sa.String(32))


class SearchedDocument(Base):
    """The words of a document of a plugin."""

    __tablename__ = "search_document"
    __table_args__ = (sa.UniqueConstraint("kind", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(60))
    key: Mapped[str] = mapped_column(sa.String(200))
    language: Mapped[str] = mapped_column(sa.String(2))
    audience: Mapped[str] = mapped_column(TOKENS)
    words: Mapped[str] = mapped_column(TOKENS)
    title: Mapped[str] = mapped_column(TOKENS)
    parts: Mapped[str] = mapped_column(TOKENS)
    pairs: Mapped[str] = mapped_column(TOKENS)
    #: How many tokens each of the four has: a long text has a word more easily than a short one.
    words_size: Mapped[int]
    title_size: Mapped[int]
    parts_size: Mapped[int]
    pairs_size: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(32))


class Built(Base):
    """An index in the database that is whole."""

    __tablename__ = "search_built"

    kind: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    #: The name under which its documents stand: a rebuild gives others another one.
    current: Mapped[str] = mapped_column(sa.String(100), default="", server_default="")
    #: Of the analysis: tokens of another version say nothing.
    version: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
