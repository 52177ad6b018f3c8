"""Articles from elsewhere, put into the base: the same again changes nothing, and what was edited here stays."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.plugin import Refused, unit_of_work
from deskcore_knowledge_base import writing
from deskcore_knowledge_base.models import MAX_SUMMARY, MAX_TITLE, Article, Version
from deskcore_knowledge_base.numbers import category_named
from deskcore_knowledge_base.rights import IMPORTER
from deskcore_knowledge_base.sources import Bad, Read
from deskcore_knowledge_base.writing import Wanted

#: Articles of one transaction.
_BATCH = 100


@dataclass(frozen=True)
class Options:
    """How articles are taken over.

    :param language: of those that do not say it.
    :param desk: key of the desk that looks after them.
    """

    language: str
    desk: str
    visibility: str = "staff"
    publish: bool = False


@dataclass
class Report:
    """What an import did."""

    read: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the form for scripts."""
        errors = [{"row": place, "message": message} for place, message in self.errors]
        counts = {"read": self.read, "created": self.created, "updated": self.updated, "skipped": self.skipped}
        return counts | {"errors": errors}


def import_articles(
    found: Iterable[Read | Bad], options: Options, progress: Callable[[Report], None] = lambda report: None
) -> Report:
    """Add articles, and change those that are there already; a bad one keeps no other out.

    :param progress: called after each transaction.
    """
    report, rest = Report(), iter(found)
    while batch := list(islice(rest, _BATCH)):
        with unit_of_work() as work:
            for each in batch:
                report.read += 1
                if isinstance(each, Bad):
                    report.errors.append((each.place, each.message))
                    continue
                try:
                    _take(work, each, options, report)
                except Refused as refused:
                    report.errors.append((each.place, str(refused)))
        progress(report)
    return report


def _take(work: Session, each: Read, options: Options, report: Report) -> None:
    language = each.language or options.language
    digest = hashlib.sha256(f"{language}\0{each.title}\0{each.summary}\0{each.body}".encode()).hexdigest()
    known = work.scalar(select(Article).where(Article.source == each.source))
    wanted = _wanted(each, language, options, known)
    if known is None:
        article = writing.add(wanted, IMPORTER, _pair(work, each, language), source=each.source, digest=digest)
        report.created += 1
    elif known.digest == digest:
        report.skipped += 1
        return
    elif _edited_here(work, known):
        raise Refused(_("It was changed here since it was imported, and stays as it is: %(slug)s.", slug=known.slug))
    else:
        article = writing.save(known.slug, wanted, IMPORTER, known.latest, digest)
        report.updated += 1
    if options.publish or (known is not None and known.live):
        writing.publish(article.slug, IMPORTER, article.latest)


def _wanted(each: Read, language: str, options: Options, known: Article | None) -> Wanted:
    """Return an article as the file has it; its desk and its readers are those that were chosen here meanwhile."""
    return Wanted(
        each.title[:MAX_TITLE],
        each.summary[:MAX_SUMMARY],
        each.body,
        language,
        category=category_named(each.category[:120]) if each.category else "",
        visibility=known.visibility if known else options.visibility,
        desk=known.desk if known else options.desk,
        review_on=known.review_on if known else None,
    )


def _pair(work: Session, each: Read, language: str) -> str:
    """Return the mark of an article and its translation; a fresh one where it is taken by something else."""
    if not each.pair:
        return ""
    pair = hashlib.sha256(each.pair.encode()).hexdigest()[:32]
    taken = work.scalar(select(Article.id).where(Article.pair == pair, Article.language == language))
    return pair if taken is None else ""


def _edited_here(work: Session, article: Article) -> bool:
    """Tell whether the newest text was written by a person, and not imported."""
    newest = select(Version.by).where(Version.article_id == article.id, Version.number == article.latest)
    return bool(work.scalar(newest))
