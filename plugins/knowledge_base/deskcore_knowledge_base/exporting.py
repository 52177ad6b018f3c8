"""The whole base as Markdown files with front matter, which an import reads again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml
from sqlalchemy import and_, select

from deskcore.plugin import session
from deskcore_knowledge_base.models import Article, Category, File, Version

#: Articles that are read at once.
_PIECE = 200


def export_articles(folder: Path) -> int:
    """Write every article with its newest text to ``<language>/<topic>/<slug>.md``, and every file beside them.

    :returns: how many articles there were.
    """
    count = 0
    for article, text, shelf in _articles():
        place = folder / article.language / (shelf or "no-topic") / f"{article.slug}.md"
        place.parent.mkdir(parents=True, exist_ok=True)
        front = yaml.safe_dump(_front(article, text, shelf), allow_unicode=True, sort_keys=False)
        place.write_text(f"---\n{front}---\n{text.body}\n", encoding="utf-8")
        count += 1
    for token, name, content in session().execute(select(File.token, File.name, File.content)):
        place = folder / "files" / token / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return count


def _articles() -> Iterator[tuple[Article, Version, str]]:
    newest = and_(Version.article_id == Article.id, Version.number == Article.latest)
    wanted = select(Article, Version, Category.slug).join(Version, newest)
    wanted = wanted.outerjoin(Category, Category.id == Article.category_id).order_by(Article.id).limit(_PIECE)
    after = 0
    while rows := session().execute(wanted.where(Article.id > after)).all():
        yield from ((article, text, shelf or "") for article, text, shelf in rows)
        after = rows[-1][0].id
        session().expunge_all()


def _front(article: Article, text: Version, shelf: str) -> dict[str, object]:
    front = {
        "id": article.source or article.slug,
        "title": text.title,
        "lang": article.language,
        "pair": article.pair,
        "summary": text.summary,
        "category": shelf,
        "desk": article.desk,
        "visibility": article.visibility,
        "state": article.state,
        "review_on": article.review_on.isoformat() if article.review_on else "",
    }
    return {key: value for key, value in front.items() if value}
