"""What those who write see: every article that is theirs to look after or to read, whatever its state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from deskcore.plugin import NotFound, now, session
from deskcore_knowledge_base.models import Article, Use, Version
from deskcore_knowledge_base.reading import readable_by

#: Articles of one page of the list.
PAGE = 50
#: The tabs of the list.
TABS = ("all", "draft", "review", "published", "stale", "archived")


@dataclass(frozen=True)
class Filter:
    """Which articles a page lists.

    :param words: in the title.
    """

    tab: str = "all"
    words: str = ""
    desk: str = ""
    page: int = 1


def mine(desks: Iterable[str], audience: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition for what somebody who works on ``desks`` sees: all of them, and what others published."""
    return or_(Article.desk.in_(sorted(desks)), readable_by(audience))


def listed(wanted: Filter, condition: ColumnElement[bool]) -> Sequence[Article]:
    """Return one page of articles, the last changed first, and one more if there is a next page."""
    found = _narrowed(wanted, condition).where(_on_tab(wanted.tab))
    order = (Article.review_on, Article.id) if wanted.tab == "stale" else (Article.updated_at.desc(), Article.id.desc())
    page = found.order_by(*order).offset((wanted.page - 1) * PAGE).limit(PAGE + 1)
    return session().scalars(page).all()


def counts(wanted: Filter, condition: ColumnElement[bool]) -> dict[str, int]:
    """Return how many articles stand on each tab, in one statement."""
    numbers = [func.coalesce(func.sum(case((_on_tab(tab), 1), else_=0)), 0) for tab in TABS]
    narrowed = _narrowed(wanted, condition).with_only_columns(*numbers)
    return dict(zip(TABS, session().execute(narrowed).one(), strict=True))


def find_mine(slug: str, condition: ColumnElement[bool]) -> Article:
    """Return an article.

    :raises NotFound: when there is none of this name that the reader may see.
    """
    found = session().scalar(select(Article).where(Article.slug == slug, condition))
    if found is None:
        raise NotFound(_("There is no such article, or it is not for you."))
    return found


def versions_of(article: Article) -> Sequence[Version]:
    """Return all texts of an article, the newest first."""
    wanted = select(Version).where(Version.article_id == article.id).order_by(Version.number.desc())
    return session().scalars(wanted).all()


def used_in(article: Article) -> int:
    """Return in how many tickets, of those that the reader sees, an answer led to an article."""
    return session().scalar(select(func.count()).select_from(Use).where(Use.article_id == article.id)) or 0


def _narrowed(wanted: Filter, condition: ColumnElement[bool]) -> Select[Article]:
    found = select(Article).where(condition)
    if wanted.desk:
        found = found.where(Article.desk == wanted.desk)
    for word in wanted.words.split()[:8]:
        found = found.where(Article.title.icontains(word, autoescape=True))
    return found


def _on_tab(tab: str) -> ColumnElement[bool]:
    if tab == "all":
        return Article.state != "archived"
    if tab == "stale":
        return and_(Article.review_on <= _today(), Article.state != "archived")
    if tab == "published":
        return and_(Article.live > 0, Article.state != "archived")
    return Article.state == tab


def _today() -> date:
    return now().date()
