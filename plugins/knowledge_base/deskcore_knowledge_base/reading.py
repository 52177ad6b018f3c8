"""What readers may see of the articles, each list in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import aliased

from deskcore.plugin import NotFound, search, session
from deskcore_knowledge_base.models import Article, Category, Term, Version

#: Articles of one page of a shelf, and how often people have to find an article by the same words.
PAGE, OFTEN = 50, 3


@dataclass(frozen=True)
class Shelf:
    """A category, with how many articles the reader finds there."""

    category: Category
    count: int


def audience_of(visibility: str, desk: str) -> frozenset[str]:
    """Return the tokens of those who may read an article."""
    tokens = {"public": search.EVERYONE, "staff": search.PEOPLE, "internal": search.AGENTS}
    return frozenset([tokens.get(visibility) or search.desk(desk)])


def seen_by(audience: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition for what an audience may read of all that is written."""
    tokens = set(audience)
    open_to = {"public": search.EVERYONE, "staff": search.PEOPLE, "internal": search.AGENTS}
    named = [name for name, token in open_to.items() if token in tokens]
    prefix = search.desk("")
    desks = [token.removeprefix(prefix) for token in tokens if token.startswith(prefix)]
    of_desk = and_(Article.visibility == "desk", Article.desk.in_(desks)) if desks else false()
    return or_(Article.visibility.in_(named), of_desk)


def readable_by(audience: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition for what an audience may read of all that is published."""
    return and_(Article.live > 0, Article.state != "archived", seen_by(audience))


def find_readable(slug: str, audience: Iterable[str]) -> Article:
    """Return a published article.

    :raises NotFound: when there is none of this name that the audience may read.
    """
    found = session().scalar(select(Article).where(Article.slug == slug, readable_by(audience)))
    if found is None:
        raise NotFound(_("There is no such article, or it is not for you."))
    return found


def version_of(article: Article, number: int) -> Version:
    """Return one text of an article.

    :raises NotFound: when it has none of this number.
    """
    wanted = select(Version).where(Version.article_id == article.id, Version.number == number)
    found = session().scalar(wanted)
    if found is None:
        raise NotFound(_("The article has no such version."))
    return found


def translation_of(article: Article) -> Article | None:
    """Return the article in the other language, whatever its state."""
    wanted = select(Article).where(Article.pair == article.pair, Article.language != article.language)
    return session().scalar(wanted)


def is_behind(article: Article, other: Article | None) -> bool:
    """Tell whether the published translation says something that this article does not say yet."""
    return other is not None and other.readable and other.live > article.matches


def _in_language(language: str, audience: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition for one article of each pair: in the reader's language if there is one."""
    other = aliased(Article)
    condition = readable_by(audience)
    translated = select(other.id).where(other.pair == Article.pair, other.language == language, other.live > 0)
    translated = translated.where(other.state != "archived", other.visibility == Article.visibility)
    return and_(condition, or_(Article.language == language, ~translated.exists()))


def shelves(language: str, audience: Iterable[str]) -> list[Shelf]:
    """Return the categories in which the audience finds anything."""
    counted = (
        select(Category, func.count(Article.id))
        .join(Article, Article.category_id == Category.id)
        .where(_in_language(language, sorted(audience)))
        .group_by(Category.id)
        .order_by(Category.position, Category.slug)
    )
    return [Shelf(category, count) for category, count in session().execute(counted)]


def find_category(slug: str) -> Category:
    """Return a category.

    :raises NotFound: when there is none of this name.
    """
    found = session().scalar(select(Category).where(Category.slug == slug))
    if found is None:
        raise NotFound(_("There is no such category."))
    return found


def categories() -> Sequence[Category]:
    """Return all categories in their order."""
    return session().scalars(select(Category).order_by(Category.position, Category.slug)).all()


def on_shelf(category: Category, language: str, audience: Iterable[str], page: int) -> Sequence[Article]:
    """Return the articles of one page of a category by title, and one more if there is a next page."""
    wanted = _listed(language, audience).where(Article.category_id == category.id)
    return session().scalars(wanted.order_by(Article.title, Article.id).offset((page - 1) * PAGE).limit(PAGE + 1)).all()


def popular(language: str, audience: Iterable[str], most: int) -> Sequence[Article]:
    """Return the articles that are read most."""
    wanted = _listed(language, audience).order_by(Article.views.desc(), Article.title, Article.id)
    return session().scalars(wanted.limit(most)).all()


def popular_with_words(language: str, audience: Iterable[str], most: int) -> Sequence[tuple[Article, str]]:
    """Return the articles that are read most, each with what people often look for who open it, or ``""``."""
    led = select(Term.words).where(Term.article_id == Article.id, Term.language == language, Term.opened >= OFTEN)
    words = led.order_by(Term.opened.desc(), Term.id).limit(1).correlate(Article).scalar_subquery()
    wanted = _listed(language, audience).add_columns(func.coalesce(words, ""))
    rows = session().execute(wanted.order_by(Article.views.desc(), Article.title, Article.id).limit(most))
    return [(article, said) for article, said in rows]


def beside(article: Article, audience: Iterable[str], most: int) -> Sequence[Article]:
    """Return the articles that are read most of those on the shelf of one, in its language."""
    wanted = select(Article).where(readable_by(audience), Article.category_id == article.category_id)
    wanted = wanted.where(Article.language == article.language, Article.id != article.id)
    return session().scalars(wanted.order_by(Article.views.desc(), Article.title, Article.id).limit(most)).all()


def newest(language: str, audience: Iterable[str], most: int) -> Sequence[Article]:
    """Return the articles that were published last."""
    wanted = _listed(language, audience).order_by(Article.published_at.desc(), Article.id.desc())
    return session().scalars(wanted.limit(most)).all()


def _listed(language: str, audience: Iterable[str]) -> Select[Any]:
    return select(Article).where(_in_language(language, sorted(audience)))
