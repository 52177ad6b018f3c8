"""What readers say of articles and look for: only counts, and their own words where they wrote some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Update, case, func, select, update
from sqlalchemy.orm import Session

from deskcore.plugin import Problem, Refused, now, session, unit_of_work
from deskcore_knowledge_base.models import MAX_COMMENT, MAX_WORDS, Article, Term, Vote


@dataclass(frozen=True)
class Helped:
    """How many said that an article helped them, that it did not, and that it spared them a request."""

    yes: int = 0
    no: int = 0
    instead: int = 0


def vote(article: Article, person: str, helped: bool, comment: str = "", instead: bool = False) -> None:
    """Note what a reader says; said again, it takes the place of what was said before.

    :param instead: it helped while a request was being written, which was then not sent.
    :raises Refused: when the comment is too long.
    """
    comment = comment.replace("\0", "").strip()
    if len(comment) > MAX_COMMENT:
        raise Refused(Problem(_("Write at most %(count)s characters.", count=MAX_COMMENT), "comment"))
    with unit_of_work() as work:
        row = work.scalar(select(Vote).where(Vote.article_id == article.id, Vote.person == person))
        if row is None:
            row = Vote(article_id=article.id, person=person, instead=False)
        row.helped, row.comment, row.at = helped, comment or row.comment or "", now()
        row.instead = instead or (helped and row.instead)
        work.add(row)


def said_by(article: Article, person: str) -> Vote | None:
    """Return what a reader said of an article before."""
    return session().scalar(select(Vote).where(Vote.article_id == article.id, Vote.person == person))


def helped(article: Article) -> Helped:
    """Return how many an article helped."""
    yes, no, instead = (
        func.coalesce(func.sum(case((each, 1), else_=0)), 0) for each in (Vote.helped, ~Vote.helped, Vote.instead)
    )
    found = session().execute(select(yes, no, instead).where(Vote.article_id == article.id)).one()
    return Helped(*found)


def comments_on(article: Article, most: int = 20) -> Sequence[Vote]:
    """Return what readers wrote about an article, the newest first."""
    wanted = select(Vote).where(Vote.article_id == article.id, Vote.comment != "")
    return session().scalars(wanted.order_by(Vote.at.desc(), Vote.id.desc()).limit(most)).all()


def count_view(article: Article, searched: str, language: str) -> None:
    """Count that an article was opened, and the words that led there."""
    with unit_of_work() as work:
        work.execute(_one_more(article, views=Article.views + 1))
        if normal(searched):
            term = _term(work, searched, language)
            term.opened, term.article_id = term.opened + 1, article.id


def count_request(article: Article) -> None:
    """Count that somebody went on from an article to write a request."""
    with unit_of_work() as work:
        work.execute(_one_more(article, asked=Article.asked + 1))


def count_search(words: str, language: str, found: int) -> None:
    """Count that words were searched for."""
    if not normal(words):
        return
    with unit_of_work() as work:
        term = _term(work, words, language)
        term.times += 1
        term.empty += found == 0
        term.last_at = now()


def normal(words: str) -> str:
    """Return words as they are counted; ``""`` for what may be a name, an address or a number of a ticket."""
    line = " ".join(words.lower().replace("\0", "").split())
    private = "@" in line or any(char.isdigit() for char in line)
    return "" if private or len(line) > MAX_WORDS else line


def _one_more(article: Article, **values: object) -> Update:
    statement = update(Article).where(Article.id == article.id).values(**values)
    return statement.execution_options(synchronize_session=False)


def _term(work: Session, words: str, language: str) -> Term:
    line = normal(words)
    term = work.scalar(select(Term).where(Term.words == line, Term.language == language))
    if term is None:
        term = Term(words=line, language=language, times=0, empty=0, opened=0)
        work.add(term)
    return term
