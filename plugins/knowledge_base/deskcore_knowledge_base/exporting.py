"""The whole base as Markdown files with front matter, which an import reads again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from sqlalchemy import and_, select

from deskcore.plugin import session
from deskcore_knowledge_base import files, reading
from deskcore_knowledge_base.models import Article, Category, File, Version
from deskcore_knowledge_base.sources import FILES, TOPICS

#: Articles that are read at once.
_PIECE = 200


def export_articles(folder: Path) -> int:
    """Write every article with its newest text to ``<language>/<topic>/<slug>.md``, and every file beside them.

    :returns: how many articles there were.
    """
    count, places = 0, _write_files(folder)
    for article, text, shelf in _articles():
        place = folder / article.language / (shelf or "no-topic") / f"{article.slug}.md"
        place.parent.mkdir(parents=True, exist_ok=True)
        front = yaml.safe_dump(_front(article, text, shelf), allow_unicode=True, sort_keys=False)
        place.write_text(f"---\n{front}---\n{_beside(text.body, places)}\n", encoding="utf-8")
        count += 1
    topics = {each.slug: _titles(each) for each in reading.categories()}
    if topics:
        (folder / TOPICS).write_text(yaml.safe_dump(topics, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return count


def _write_files(folder: Path) -> dict[str, str]:
    """Write every file, and return where each is by its token: under what it holds, which is the same everywhere."""
    places = {}
    folder.mkdir(parents=True, exist_ok=True)
    for token in session().scalars(select(File.token).order_by(File.id)).all():
        name, content = session().execute(select(File.name, File.content).where(File.token == token)).one()
        places[token] = f"{FILES}/{hashlib.sha256(content).hexdigest()[:16]}"
        (folder / places[token]).mkdir(parents=True, exist_ok=True)
        (folder / places[token] / name).write_bytes(content)
    return places


def _beside(body: str, places: Mapping[str, str]) -> str:
    """Return a text that leads to the files beside it."""

    def to(token: str, name: str) -> str:
        return f"../../{places[token]}/{name}" if token in places else f"/answers/files/{token}/{name}"

    return files.moved(body, to)


def _titles(category: Category) -> dict[str, object]:
    return {"en": category.title_en, "pl": category.title_pl, "position": category.position}


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
        "slug": article.slug,
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
