"""Articles for the search: what is indexed of each, and how a hit is shown to whoever may read it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from flask import url_for
from sqlalchemy import and_, func, select

from deskcore.plugin import search, session
from deskcore_knowledge_base import reading
from deskcore_knowledge_base.models import Article, Category, Version
from deskcore_knowledge_base.reading import audience_of, readable_by
from deskcore_knowledge_base.words import IN, language

#: Articles that are read at once while everything is indexed anew.
_PIECE = 200
#: Characters of a text that are looked through for the line that has the words.
_LOOKED_AT = 4000
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
#: The text of an article that readers see.
PUBLISHED = and_(Version.article_id == Article.id, Version.number == Article.live)


def documents(keys: Sequence[str] | None) -> Iterable[search.Document]:
    """Return what is to be found of articles: of these, or of all."""
    wanted = (
        select(Article, Version.body, Category.title_en, Category.title_pl)
        .join(Version, PUBLISHED)
        .outerjoin(Category, Category.id == Article.category_id)
        .where(Article.live > 0, Article.state != "archived")
        .order_by(Article.id)
    )
    if keys is not None:
        yield from map(_document, session().execute(wanted.where(Article.slug.in_(keys))))
        return
    after = 0
    while rows := session().execute(wanted.where(Article.id > after).limit(_PIECE)).all():
        yield from map(_document, rows)
        after = rows[-1][0].id
        session().expunge_all()


def _document(row: Sequence[object]) -> search.Document:
    article, body, title_en, title_pl = row
    assert isinstance(article, Article)
    shelf = title_pl if article.language == "pl" else title_en
    return search.Document(
        key=article.slug,
        title=article.title,
        text=f"{article.summary}\n\n{body}",
        language=article.language,
        audience=audience_of(article.visibility, article.desk),
        keywords=str(shelf or ""),
    )


def show(keys: Sequence[str], audience: frozenset[str]) -> Mapping[str, search.Shown]:
    """Return how these articles are shown, as far as the audience may read them now.

    Readers see each pair once, where the better one stands, and in their own language if that was found, too; those
    who work on a desk see both, for they answer in either.
    """
    wanted = select(Article, func.substr(Version.body, 1, _LOOKED_AT), Category.title_en, Category.title_pl)
    wanted = wanted.join(Version, PUBLISHED).outerjoin(Category, Category.id == Article.category_id)
    rows = session().execute(wanted.where(Article.slug.in_(keys), readable_by(audience))).all()
    found = {row[0].slug: row for row in rows}
    at_work = search.AGENTS in audience
    own = {} if at_work else {article.pair: article.slug for article, *_more in rows if article.language == language()}
    first = {found[key][0].pair: key for key in reversed(keys) if key in found}
    return {
        key: _shown(found[own.get(found[key][0].pair, key)], at_work)
        for key in keys
        if key in found and (at_work or first[found[key][0].pair] == key)
    }


def _shown(row: Sequence[object], at_work: bool) -> search.Shown:
    article, body, title_en, title_pl = row
    assert isinstance(article, Article)
    spoken = language()
    return search.Shown(
        article.title,
        url_for("knowledge_base_desk.article" if at_work else "knowledge_base.article", slug=article.slug),
        f"{article.summary} {body}",
        article.language,
        detail="" if article.language == spoken else str(IN[article.language]),
        category=str((title_pl if spoken == "pl" else title_en) or ""),
        desk=article.desk,
    )


def popular(audience: frozenset[str], language: str, most: int) -> Sequence[search.Shown]:
    """Return the articles that are read most, for the first page of the portal, with the words that lead to them."""
    return [
        search.Shown(
            each.title,
            url_for("knowledge_base.article", slug=each.slug),
            detail=_of_title(words, each.title, each.language),
        )
        for each, words in reading.popular_with_words(language, audience, most)
    ]


def _of_title(words: str, title: str, language: str) -> str:
    """Return what people typed in the words of a title, as it writes them.

    So nothing gets to the first page that only those have written who search.
    """
    said = {token: word for word in _WORD.findall(title) for token in _tokens(word, language)}
    found = (said.get(token) for typed in _WORD.findall(words) for token in _tokens(typed, language))
    return " ".join(dict.fromkeys(word if word[1:] != word[1:].lower() else word.lower() for word in found if word))


def _tokens(word: str, language: str) -> Sequence[str]:
    return search.analysed(search.Document("", word, language=language)).title
