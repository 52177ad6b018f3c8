"""Pictures and documents of articles: a picture is shown where its bytes say that it is one, the rest is saved."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select

from deskcore.plugin import NotFound, Problem, Refused, session, unit_of_work
from deskcore_knowledge_base.models import Article, File
from deskcore_knowledge_base.rights import Writer

#: Bytes of one file.
MOST = 10_000_000
#: How the files begin that a browser may show. SVG is not among them: it can hold a program.
_PICTURES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
}
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\\"<>|:*?\ud800-\udfff]+")


def add_file(article: Article, name: str, content: bytes, who: Writer) -> File:
    """Keep a file with an article.

    :raises Refused: when it is empty or too large.
    """
    who.require_writing(article.desk)
    if not content:
        raise Refused(Problem(_("The file is empty. Choose another one."), "file"))
    if len(content) > MOST:
        raise Refused(Problem(_("The file is larger than %(count)s MB.", count=MOST // 1_000_000), "file"))
    plain = _UNSAFE.sub("-", name).strip(" .-")[-200:] or "file"
    with unit_of_work() as work:
        row = File(token=secrets.token_urlsafe(12), pair=article.pair, name=plain, picture=picture_type(content))
        row.size, row.content, row.by = len(content), content, who.email
        work.add(row)
    return row


def picture_type(content: bytes) -> str:
    """Return the media type of a picture, by its bytes, or ``""`` for anything else."""
    return next((kind for kind, begins in _PICTURES.items() if begins.match(content)), "")


def files_of(article: Article) -> Sequence[File]:
    """Return the files of an article and its translation, by name."""
    return session().scalars(select(File).where(File.pair == article.pair).order_by(File.name, File.id)).all()


def remove_file(article: Article, token: str, who: Writer) -> None:
    """Delete a file.

    :raises NotFound: when the article has none of this name.
    """
    who.require_writing(article.desk)
    with unit_of_work() as work:
        row = work.scalar(select(File).where(File.token == token, File.pair == article.pair))
        if row is None:
            raise NotFound(_("There is no such file."))
        work.delete(row)


def find_file(token: str, of: ColumnElement[bool]) -> File:
    """Return a file of an article.

    :param of: the condition for articles that the reader may see.
    :raises NotFound: when there is none.
    """
    seen = select(Article.id).where(Article.pair == File.pair, of)
    found = session().scalar(select(File).where(File.token == token, seen.exists()))
    if found is None:
        raise NotFound(_("There is no such file."))
    return found
