"""The tables of the plugin: categories, articles with every version and draft, and what readers said of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.plugin import Base, JSONType, Text, TicketScoped, now

#: Longest texts.
MAX_TITLE, MAX_SUMMARY, MAX_BODY, MAX_COMMENT = 200, 300, 400_000, 2000
#: Longest name in an address, and longest words that are counted.
MAX_SLUG, MAX_WORDS = 100, 120
LANGUAGES = ("en", "pl")
#: Where an article's newest text stands on its way.
STATES = ("draft", "review", "published", "archived")
#: Who may read: everybody, whoever is signed in, whoever works on any desk, whoever works on the owner desk.
VISIBILITIES = ("public", "staff", "internal", "desk")


class Category(Base):
    """A shelf of the knowledge base."""

    __tablename__ = "knowledge_base_category"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(MAX_SLUG), unique=True)
    title_en: Mapped[str] = mapped_column(String(120))
    title_pl: Mapped[str] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(default=100)

    @property
    def title(self) -> Text:
        """What it is called."""
        return Text(self.title_en, self.title_pl)


class Article(Base):
    """An article in one language; translations of each other have the same ``pair``."""

    __tablename__ = "knowledge_base_article"
    __table_args__ = (
        UniqueConstraint("pair", "language"),
        Index("ix_knowledge_base_article_shelf", "category_id", "language", "title"),
        Index("ix_knowledge_base_article_state", "state", "updated_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Its name in addresses, kept when the title changes.
    slug: Mapped[str] = mapped_column(String(MAX_SLUG), unique=True)
    pair: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(2))
    category_id: Mapped[int | None] = mapped_column(
        ForeignKey("knowledge_base_category.id", ondelete="SET NULL"), index=True
    )
    #: What readers see in lists: of the published text, or of the newest while none is published.
    title: Mapped[str] = mapped_column(String(MAX_TITLE))
    summary: Mapped[str] = mapped_column(String(MAX_SUMMARY), default="")
    state: Mapped[str] = mapped_column(String(10), default="draft")
    visibility: Mapped[str] = mapped_column(String(10), default="staff")
    #: Key of the desk that looks after it.
    desk: Mapped[str] = mapped_column(String(60), index=True)
    #: Numbers of the newest version, and of the published one (0 for none).
    latest: Mapped[int] = mapped_column(default=1)
    live: Mapped[int] = mapped_column(default=0)
    #: Number of the version of the translation that says the same.
    matches: Mapped[int] = mapped_column(default=0)
    author: Mapped[str] = mapped_column(String(254))
    review_on: Mapped[date | None] = mapped_column(Date, index=True)
    published_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)
    views: Mapped[int] = mapped_column(default=0)
    #: How many went on from it to write a request.
    asked: Mapped[int] = mapped_column(default=0)
    #: What it is called where it was imported from, and a digest of what was read there.
    source: Mapped[str | None] = mapped_column(String(300), unique=True)
    digest: Mapped[str] = mapped_column(String(64), default="")

    @property
    def readable(self) -> bool:
        """Whether there is anything to read for those who do not write."""
        return self.live > 0 and self.state != "archived"


class Version(Base):
    """One text of an article; none is ever changed."""

    __tablename__ = "knowledge_base_version"
    __table_args__ = (UniqueConstraint("article_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("knowledge_base_article.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(MAX_TITLE))
    summary: Mapped[str] = mapped_column(String(MAX_SUMMARY), default="")
    body: Mapped[str] = mapped_column(LongText)
    #: Address of whoever wrote it.
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime] = mapped_column(default=now)


class Draft(Base):
    """What one person has begun to write at one place, and not saved."""

    __tablename__ = "knowledge_base_draft"
    __table_args__ = (UniqueConstraint("person", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(String(254))
    #: ``new``, or what is changed, translated, or written about.
    place: Mapped[str] = mapped_column(String(120), index=True)
    #: Of this text: another one each time that it is kept.
    revision: Mapped[str] = mapped_column(String(16))
    #: The page that kept it last, and how often that page did.
    page: Mapped[str] = mapped_column(String(32))
    step: Mapped[int]
    content: Mapped[dict[str, str]] = mapped_column(JSONType)
    saved_at: Mapped[datetime] = mapped_column(default=now)


class Vote(Base):
    """What one reader says of an article: whether it helped, and why not."""

    __tablename__ = "knowledge_base_vote"
    __table_args__ = (UniqueConstraint("article_id", "person"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("knowledge_base_article.id", ondelete="CASCADE"))
    person: Mapped[str] = mapped_column(String(254))
    helped: Mapped[bool]
    comment: Mapped[str] = mapped_column(LongText, default="")
    #: It helped while a request was being written, which was then not sent.
    instead: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(default=now)


class Use(TicketScoped, Base):
    """An article that a reply to a ticket leads to."""

    __tablename__ = "knowledge_base_use"
    __table_args__ = (UniqueConstraint("article_id", "ticket_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("knowledge_base_article.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(default=now)


class File(Base):
    """A picture or a document of an article."""

    __tablename__ = "knowledge_base_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in addresses.
    token: Mapped[str] = mapped_column(String(24), unique=True)
    pair: Mapped[str] = mapped_column(String(32), index=True)
    name: Mapped[str] = mapped_column(String(200))
    #: Of a picture that a browser may show, or ``""`` for what it only saves.
    picture: Mapped[str] = mapped_column(String(20), default="")
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime] = mapped_column(default=now)


class Term(Base):
    """Words that people searched for, and nobody's name."""

    __tablename__ = "knowledge_base_term"
    __table_args__ = (UniqueConstraint("words", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(String(MAX_WORDS))
    language: Mapped[str] = mapped_column(String(2))
    #: How often: in all, with nothing found, and with an article opened.
    times: Mapped[int] = mapped_column(default=0)
    empty: Mapped[int] = mapped_column(default=0)
    opened: Mapped[int] = mapped_column(default=0)
    #: The article that was opened last.
    article_id: Mapped[int | None] = mapped_column(
        ForeignKey("knowledge_base_article.id", ondelete="SET NULL"), index=True
    )
    last_at: Mapped[datetime] = mapped_column(default=now)
