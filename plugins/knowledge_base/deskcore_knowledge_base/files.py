"""Pictures and documents of articles: a picture is shown where its bytes say that it is one, the rest is saved.

They are in the database, beside the texts that lead to them: there are few, and so they come and go with their article
in one transaction, are in every copy and backup of the base, and are read by every server that answers.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, func, or_, select

from deskcore.plugin import NotFound, Problem, Refused, now, session, unit_of_work
from deskcore_knowledge_base.models import Article, Draft, File
from deskcore_knowledge_base.rights import Writer

#: Bytes of one file, and files of an article and its translation.
MOST, MANY = 10_000_000, 100
#: How long a file is kept whose article was never saved, and whose draft is gone.
_KEPT = timedelta(days=1)
#: How the files begin that a browser may show. SVG is not among them: it can hold a program.
_PICTURES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
}
#: The address of a file in a text, and in one that was exported.
_ADDRESS = re.compile(r"/answers/files/([\w-]{1,24})/([^\s()<>\"']+)")
_EXPORTED = re.compile(r"(?:\.\./)+files/[0-9a-f]{16}/([^\s()<>\"']+)")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\\"<>|:*?\ud800-\udfff]+")


def add_file(article: Article, name: str, content: bytes, who: Writer) -> File:
    """Keep a file with an article.

    :raises Refused: when it is empty or too large.
    """
    who.require_writing(article.desk)
    return keep_file(article.pair, name, content, who)


def keep_file(pair: str, name: str, content: bytes, who: Writer) -> File:
    """Keep a file with an article that may not be there yet.

    :param pair: of the article and its translation.
    :raises Refused: when it is empty or too large, or the article has too many already.
    """
    check(content)
    plain = _UNSAFE.sub("-", name).strip(" .-")[-200:] or "file"
    with unit_of_work() as work:
        if (work.scalar(select(func.count()).where(File.pair == pair)) or 0) >= MANY:
            raise Refused(Problem(_("An article has at most %(count)s files. Remove one first.", count=MANY), "file"))
        row = File(token=secrets.token_urlsafe(12), pair=pair, name=plain, picture=picture_type(content))
        row.size, row.content, row.by = len(content), content, who.email
        work.add(row)
    return row


def check(content: bytes) -> None:
    """Check that something can be kept.

    :raises Refused: when it is empty or too large.
    """
    if not content:
        raise Refused(Problem(_("The file is empty. Choose another one."), "file"))
    if len(content) > MOST:
        raise Refused(Problem(_("The file is larger than %(count)s MB.", count=MOST // 1_000_000), "file"))


def picture_type(content: bytes) -> str:
    """Return the media type of a picture, by its bytes, or ``""`` for anything else."""
    return next((kind for kind, begins in _PICTURES.items() if begins.match(content)), "")


def files_of(pair: str) -> Sequence[File]:
    """Return the files of an article and its translation, by name."""
    return session().scalars(select(File).where(File.pair == pair).order_by(File.name, File.id)).all()


def line_of(file: File) -> str:
    """Return the line of Markdown that shows a picture, or leads to a document."""
    return f"{'!' if file.picture else ''}[{file.name.rpartition('.')[0] or file.name}]({address_of(file)})"


def address_of(file: File) -> str:
    """Return where readers find a file, as a text says it."""
    return f"/answers/files/{file.token}/{quote(file.name)}"


def moved(body: str, to: Callable[[str, str], str]) -> str:
    """Return a text whose files are somewhere else.

    :param to: gives the new address for a token and a name.
    """
    return _ADDRESS.sub(lambda found: to(found[1], found[2]), body)


def without_places(body: str) -> str:
    """Return a text that says of its files only what they are called, so that texts of two installations compare."""
    return _EXPORTED.sub(r"\1", moved(body, lambda token, name: name))


def at_the_desk(body: str) -> str:
    """Return a text with the addresses of its files where those who write see them, also before it is published."""
    return moved(body, lambda token, name: url_for("knowledge_base_desk.file", token=token))


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


def collect_files(payload: Mapping[str, Any]) -> None:
    """Delete the files of articles that were begun and never saved; a job."""
    begun = Draft.content["pair"].as_string()
    is_lost = ~or_(
        select(Article.id).where(Article.pair == File.pair).exists(),
        select(Draft.id).where(begun == File.pair).exists(),
    )
    gone = delete(File).where(File.at < now() - _KEPT, is_lost)
    with unit_of_work() as work:
        work.execute(gone.execution_options(synchronize_session=False))


def find_file(token: str, of: ColumnElement[bool], by: str = "") -> File:
    """Return a file of an article.

    :param of: the condition for articles that the reader may see.
    :param by: whose own files are found, too: their article may not be saved yet.
    :raises NotFound: when there is none.
    """
    seen = select(Article.id).where(Article.pair == File.pair, of).exists()
    found = session().scalar(select(File).where(File.token == token, or_(seen, File.by == by) if by else seen))
    if found is None:
        raise NotFound(_("There is no such file."))
    return found
