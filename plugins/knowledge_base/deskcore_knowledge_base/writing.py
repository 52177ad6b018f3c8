"""The only place where articles change: a new text is a new version, and every step checks who takes it."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass, replace
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.plugin import Conflict, NotFound, Problem, Refused, now, search, session, unit_of_work
from deskcore_knowledge_base.models import (
    LANGUAGES,
    MAX_BODY,
    MAX_SUMMARY,
    MAX_TITLE,
    VISIBILITIES,
    Article,
    Category,
    Version,
)
from deskcore_knowledge_base.rights import Writer
from deskcore_knowledge_base.slugs import free_slug

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Wanted:
    """An article as somebody wants it.

    :param category: its name in addresses; ``""`` for none.
    :param review_on: when somebody should read it again.
    """

    title: str = ""
    summary: str = ""
    body: str = ""
    language: str = "en"
    category: str = ""
    visibility: str = "staff"
    desk: str = ""
    review_on: date | None = None

    def cleaned(self) -> Wanted:
        """Return it as it is stored: composed, without control characters."""
        title, summary = (" ".join(_clean(text).split()) for text in (self.title, self.summary))
        return replace(self, title=title, summary=summary, body=_clean(self.body).strip("\n").rstrip())


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def new_pair() -> str:
    """Return a fresh mark for an article and its translation."""
    return secrets.token_urlsafe(16)


def is_free_for(pair: str, who: Writer) -> bool:
    """Tell whether somebody may write an article with a mark: nobody has it whose articles are not theirs to write."""
    return all(who.writes(desk) for desk in session().scalars(select(Article.desk).where(Article.pair == pair)))


def add(
    wanted: Wanted, who: Writer, pair: str = "", *, slug: str = "", source: str | None = None, digest: str = ""
) -> Article:
    """Add a draft; sent a second time, with the same pair, it is the same article.

    :param pair: of the article that it translates, or of the form that it was written in.
    :param slug: its name in addresses, which must be free; left out, one is made of the title.
    :param source: what it is called where it was imported from; ``digest`` of what was read there.
    :raises Refused: naming each field to correct.
    """
    wanted = wanted.cleaned()
    who.require_writing(wanted.desk)
    with unit_of_work() as work:
        category = _checked(work, wanted)
        pair = pair[:32] or new_pair()
        other = work.scalar(select(Article).where(Article.pair == pair, Article.language != wanted.language))
        if other is not None:
            who.require_writing(other.desk)
        known = work.scalar(select(Article).where(Article.pair == pair, Article.language == wanted.language))
        if known is not None:
            return known
        slug = slug or free_slug(work, Article, wanted.title, secrets.token_hex(4))
        article = Article(slug=slug, pair=pair, language=wanted.language)
        article.title, article.summary, article.author = wanted.title, wanted.summary, who.email
        article.latest, article.live, article.matches = 1, 0, 0
        article.source, article.digest = source, digest
        work.add(article)
        _describe(article, wanted, category)
        work.flush()
        work.add(_version(article, wanted, who))
        if other is not None:
            article.matches, other.matches = other.latest, article.latest
            other.category_id = other.category_id or article.category_id
            _as_the_other(article, other)
    return article


def save(slug: str, wanted: Wanted, who: Writer, seen: int, digest: str = "") -> Article:
    """Store what somebody changed; a text that is another becomes the newest version, and waits to be published.

    :param seen: number of the version that the change is based on.
    :raises Conflict: when there is a newer one.
    :raises Refused: naming each field to correct.
    """
    wanted = wanted.cleaned()
    with unit_of_work() as work:
        article = _found(work, slug)
        who.require_writing(article.desk)
        who.require_writing(wanted.desk)
        other = _translation(work, article)
        is_live = article.live or (other is not None and other.live)
        if is_live and (wanted.visibility, wanted.desk) != (article.visibility, article.desk):
            who.require_publishing(article.desk)
        category = _checked(work, wanted)
        before = _text(work, article, article.latest)
        if (before.title, before.summary, before.body) != (wanted.title, wanted.summary, wanted.body):
            _unchanged(article, seen)
            _write(work, article, wanted, who)
        _describe(article, wanted, category)
        article.digest = digest or article.digest
        if other is not None:
            _as_the_other(other, article)
        _changed(article, other)
    return article


def publish(slug: str, who: Writer, seen: int) -> Article:
    """Let readers see the newest text."""
    with unit_of_work() as work:
        article = _step(work, slug, who, seen, publishes=True)
        text = _text(work, article, article.latest)
        article.state, article.live, article.published_at = "published", article.latest, now()
        article.title, article.summary = text.title, text.summary
        _changed(article)
    return article


def ask_for_review(slug: str, who: Writer, seen: int) -> Article:
    """Ask whoever publishes to read the newest text."""
    with unit_of_work() as work:
        article = _step(work, slug, who, seen)
        if article.state not in ("draft", "review"):
            raise Refused(_("There is no draft to be reviewed. Change the text first."))
        article.state = "review"
    return article


def send_back(slug: str, who: Writer, seen: int) -> Article:
    """Let the newest text be a draft again."""
    with unit_of_work() as work:
        article = _step(work, slug, who, seen)
        if article.state != "review":
            raise Refused(_("The article is not in review."))
        article.state = "draft"
    return article


def archive(slug: str, who: Writer, seen: int) -> Article:
    """Take an article from its readers, and keep it."""
    with unit_of_work() as work:
        article = _step(work, slug, who, seen, publishes=True)
        article.state = "archived"
        _changed(article)
    return article


def bring_back(slug: str, who: Writer, seen: int) -> Article:
    """Let an archived article be a draft that nobody reads until it is published again."""
    with unit_of_work() as work:
        article = _step(work, slug, who, seen, publishes=True)
        if article.state != "archived":
            raise Refused(_("The article is not in the archive."))
        article.state, article.live = "draft", 0
    return article


def restore(slug: str, number: int, who: Writer, seen: int) -> Article:
    """Let an older text be the newest one again; like any change it waits to be published."""
    with unit_of_work() as work:
        article = _step(work, slug, who, seen)
        old = _text(work, article, number)
        _write(work, article, Wanted(old.title, old.summary, old.body), who)
    return article


def reviewed(slug: str, who: Writer, seen: int, until: date) -> Article:
    """Note that an article is still right, until another day."""
    with unit_of_work() as work:
        article = _step(work, slug, who, seen)
        if until <= now().date():
            raise Refused(Problem(_("Choose a day after today."), "review_on"))
        article.review_on = until
    return article


def _step(work: Session, slug: str, who: Writer, seen: int, *, publishes: bool = False) -> Article:
    article = _found(work, slug)
    if publishes:
        who.require_publishing(article.desk)
    else:
        who.require_writing(article.desk)
    _unchanged(article, seen)
    article.updated_at = now()
    return article


def _found(work: Session, slug: str) -> Article:
    article = work.scalar(select(Article).where(Article.slug == slug).with_for_update())
    if article is None:
        raise NotFound(_("There is no such article, or it is not for you."))
    return article


def _unchanged(article: Article, seen: int) -> None:
    if article.latest != seen:
        raise Conflict(_("Somebody changed the article meanwhile. Read what changed, then decide."))


def _checked(work: Session, wanted: Wanted) -> Category | None:
    problems = []
    if not wanted.title or len(wanted.title) > MAX_TITLE:
        problems.append(Problem(_("Write a title of at most %(count)s characters.", count=MAX_TITLE), "title"))
    if len(wanted.summary) > MAX_SUMMARY:
        problems.append(Problem(_("Write at most %(count)s characters.", count=MAX_SUMMARY), "summary"))
    if not wanted.body:
        problems.append(Problem(_("Write the text of the article."), "body"))
    if len(wanted.body) > MAX_BODY:
        problems.append(Problem(_("Write at most %(count)s characters, or two articles.", count=MAX_BODY), "body"))
    if wanted.language not in LANGUAGES:
        problems.append(Problem(_("Choose one of the languages."), "language"))
    if wanted.visibility not in VISIBILITIES:
        problems.append(Problem(_("Choose who may read it."), "visibility"))
    category = work.scalar(select(Category).where(Category.slug == wanted.category)) if wanted.category else None
    if wanted.category and category is None:
        problems.append(Problem(_("Choose one of the categories."), "category"))
    if problems:
        raise Refused(problems)
    return category


def _write(work: Session, article: Article, wanted: Wanted, who: Writer) -> None:
    """Add a version, and let the translation fall behind unless this one catches up with it."""
    article.latest += 1
    work.add(_version(article, wanted, who))
    if not article.live:
        article.title, article.summary = wanted.title, wanted.summary
    article.state = "draft"
    other = _translation(work, article)
    if other is not None:
        if other.latest > article.matches:
            other.matches = article.latest
        article.matches = other.latest


def _version(article: Article, wanted: Wanted, who: Writer) -> Version:
    texts = {"title": wanted.title, "summary": wanted.summary, "body": wanted.body}
    return Version(article_id=article.id, number=article.latest, by=who.email, **texts)


def _text(work: Session, article: Article, number: int) -> Version:
    found = work.scalar(select(Version).where(Version.article_id == article.id, Version.number == number))
    if found is None:
        raise NotFound(_("The article has no such version."))
    return found


def _translation(work: Session, article: Article) -> Article | None:
    wanted = select(Article).where(Article.pair == article.pair, Article.language != article.language)
    return work.scalar(wanted)


def _describe(article: Article, wanted: Wanted, category: Category | None) -> None:
    article.category_id = category.id if category else None
    article.visibility, article.desk, article.review_on = wanted.visibility, wanted.desk, wanted.review_on
    article.updated_at = now()


def _as_the_other(article: Article, other: Article) -> None:
    """Let both languages stand on one shelf and be read by the same people."""
    article.category_id, article.visibility, article.desk = other.category_id, other.visibility, other.desk


def _changed(*articles: Article | None) -> None:
    search.changed("article", [article.slug for article in articles if article is not None])
