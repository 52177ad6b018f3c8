"""Articles from elsewhere, put into the base: the same again changes nothing, and what was edited here stays."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, islice
from time import monotonic
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.plugin import Refused, people, unit_of_work
from deskcore_knowledge_base import files, writing
from deskcore_knowledge_base.bringing import led_to
from deskcore_knowledge_base.models import MAX_SLUG, MAX_SUMMARY, MAX_TITLE, Article, Category, Version
from deskcore_knowledge_base.numbers import category_named
from deskcore_knowledge_base.rights import IMPORTER
from deskcore_knowledge_base.slugs import slug_of
from deskcore_knowledge_base.sources import Bad, Read
from deskcore_knowledge_base.writing import Wanted

#: Articles of one transaction, and seconds after which it takes no more: whoever else writes waits for its end.
_BATCH, _SECONDS = 100, 0.5


@dataclass(frozen=True)
class Options:
    """How articles are taken over.

    :param language: of those that do not say it; ``visibility``, too.
    :param desk: key of the desk that looks after those that name none of this organisation.
    :param publish: publish them, save those that say that they are drafts, in review or in the archive.
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
    found: Iterable[Read | Bad],
    options: Options,
    progress: Callable[[Report], None] = lambda report: None,
    clock: Callable[[], float] = monotonic,
) -> Report:
    """Add articles, and change those that are there already; a bad one keeps no other out.

    :param progress: called after each transaction.
    :param clock: seconds that only ever grow; replaceable in tests.
    """
    report, rest = Report(), iter(found)
    for first in rest:
        with unit_of_work() as work:
            for each in _of_one_transaction(chain([first], rest), clock):
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


def _of_one_transaction(rest: Iterator[Read | Bad], clock: Callable[[], float]) -> Iterator[Read | Bad]:
    until = clock() + _SECONDS
    for each in islice(rest, _BATCH):
        yield each
        if clock() > until:
            return


def import_topics(told: Mapping[str, Mapping[str, Any]]) -> None:
    """Add the topics of an export that are not there yet.

    :param told: their titles and places by name.
    """
    with unit_of_work() as work:
        known = set(work.scalars(select(Category.slug)))
        for slug in sorted(told.keys() - known):
            titles, place = told[slug], told[slug].get("position", 100)
            if slug == slug_of(slug, MAX_SLUG):
                row = Category(slug=slug, position=place if isinstance(place, int) else 100)
                row.title_en, row.title_pl = (str(titles.get(each) or slug)[:120] for each in ("en", "pl"))
                work.add(row)


def _take(work: Session, each: Read, options: Options, report: Report) -> None:
    language = each.language or options.language
    brought = _contents(each, report)
    digest = _digest(each, language, brought)
    known = work.scalar(select(Article).where(Article.source == each.source)) or _of_this_base(work, each, language)
    if known is not None and (known.digest == digest or _says_the_same(work, known, each)):
        report.skipped += 1
        return
    if known is not None and _edited_here(work, known):
        raise Refused(_("It was changed here since it was imported, and stays as it is: %(slug)s.", slug=known.slug))
    pair = known.pair if known else _pair(work, each, language)
    wanted = replace(_wanted(each, language, options, known), body=_with_files(pair, each.body, brought))
    if known is None:
        slug = _free(work, each.slug)
        article = writing.add(wanted, IMPORTER, pair, slug=slug, source=each.source, digest=digest)
        report.created += 1
    else:
        article = writing.save(known.slug, wanted, IMPORTER, known.latest, digest)
        report.updated += 1
    if known is not None and known.live:
        writing.publish(article.slug, IMPORTER, article.latest)
    elif options.publish:
        _publish(article, each.state)


def _publish(article: Article, state: str) -> None:
    """Publish an article, or let it stand where an export says that it stood."""
    if state in ("", "published", "archived"):
        writing.publish(article.slug, IMPORTER, article.latest)
    if state == "archived":
        writing.archive(article.slug, IMPORTER, article.latest)
    elif state == "review":
        writing.ask_for_review(article.slug, IMPORTER, article.latest)


def _contents(each: Read, report: Report) -> dict[str, tuple[str, bytes]]:
    """Return name and bytes of the files that a text leads to, by link; what cannot be taken is reported."""
    found = {}
    for file in each.files:
        try:
            content = file.read()
            files.check(content)
        except (OSError, Refused) as error:
            report.errors.append((each.place, f"{file.name}: {error}"))
        else:
            found[file.link] = (file.name, content)
    return found


def _digest(each: Read, language: str, brought: Mapping[str, tuple[str, bytes]]) -> str:
    parts = [language, each.title, each.summary, each.body]
    parts += [hashlib.sha256(content).hexdigest() for _name, content in brought.values()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _with_files(pair: str, body: str, brought: Mapping[str, tuple[str, bytes]]) -> str:
    """Keep the files of a text, and return it with links that lead to them."""
    kept = {link: files.keep_file(pair, name, content, IMPORTER) for link, (name, content) in brought.items()}
    return led_to(body, {link: files.address_of(file) for link, file in kept.items()})


def _wanted(each: Read, language: str, options: Options, known: Article | None) -> Wanted:
    """Return an article as the file has it; its desk and its readers are those that were chosen here meanwhile."""
    desk = each.desk if each.desk in people.desks() else options.desk
    return Wanted(
        each.title[:MAX_TITLE],
        each.summary[:MAX_SUMMARY],
        each.body,
        language,
        category=category_named(each.category[:120]) if each.category else "",
        visibility=known.visibility if known else each.visibility or options.visibility,
        desk=known.desk if known else desk,
        review_on=known.review_on if known else _day(each.review_on),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _free(work: Session, slug: str) -> str:
    """Return a name in addresses if it is one, and nobody's yet."""
    if not slug or slug != slug_of(slug, MAX_SLUG):
        return ""
    return "" if work.scalar(select(Article.id).where(Article.slug == slug)) else slug


def _pair(work: Session, each: Read, language: str) -> str:
    """Return the mark of an article and its translation; a fresh one where it is taken by something else."""
    if not each.pair:
        return writing.new_pair()
    digest = hashlib.sha256(each.pair.encode()).hexdigest()[:32]
    marks = [each.pair, digest] if len(each.pair) <= len(digest) else [digest]
    known = dict(work.execute(select(Article.pair, Article.language).where(Article.pair.in_(marks))).all())
    mark = next((mark for mark in marks if mark in known), marks[0])
    taken = select(Article.id).where(Article.pair == mark, Article.language == language)
    return mark if work.scalar(taken) is None else writing.new_pair()


def _of_this_base(work: Session, each: Read, language: str) -> Article | None:
    """Return the article that was written here, and comes back in an export of this base."""
    if not each.slug or each.source != each.slug:
        return None
    mine = select(Article).where(Article.slug == each.slug, Article.language == language, Article.source.is_(None))
    return work.scalar(mine)


def _says_the_same(work: Session, article: Article, each: Read) -> bool:
    newest = select(Version).where(Version.article_id == article.id, Version.number == article.latest)
    text = work.scalars(newest).one()
    same = (text.title, text.summary) == (each.title, each.summary)
    return same and files.without_places(text.body) == files.without_places(each.body.strip("\n").rstrip())


def _edited_here(work: Session, article: Article) -> bool:
    """Tell whether the newest text was written by a person, and not imported."""
    newest = select(Version.by).where(Version.article_id == article.id, Version.number == article.latest)
    return bool(work.scalar(newest))
