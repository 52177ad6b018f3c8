"""Pages about the whole base: its topics, and what people look for in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, case, func, or_, select

from deskcore.plugin import NotAllowed, Problem, Refused, search, session, unit_of_work
from deskcore_knowledge_base import reading, shelving
from deskcore_knowledge_base.feedback import Helped
from deskcore_knowledge_base.models import Article, Category, Term, Vote
from deskcore_knowledge_base.rights import Writer, writer
from deskcore_knowledge_base.slugs import free_slug

pages = Blueprint("knowledge_base_numbers", __name__)

#: Rows of one list.
_MOST = 25


@dataclass(frozen=True)
class Ending:
    """An article after which people wrote a request, or said that it did not help."""

    article: Article
    no: int


@dataclass(frozen=True)
class Total:
    """What the articles that somebody sees did together."""

    views: int
    yes: int
    no: int
    instead: int


@pages.get("/numbers")
def numbers() -> str:
    """Show what people look for and do not find."""
    condition = shelving.mine(writer().desks, search.audience())
    empty = select(Term).where(Term.empty > 0).order_by(Term.empty.desc(), Term.id)
    unopened = select(Term).where(Term.times > Term.empty, Term.opened == 0).order_by(Term.times.desc(), Term.id)
    return render_template(
        "knowledge_base/numbers.html",
        empty=session().scalars(empty.limit(_MOST)).all(),
        unopened=session().scalars(unopened.limit(_MOST)).all(),
        ending=_ending(condition),
        total=_total(condition),
    )


@pages.get("/topics")
def categories() -> str:
    """Show all topics, and one of them to be changed."""
    _require_lead(writer())
    slug = request.args.get("change", "")
    if not slug:
        return _categories({})
    row = reading.find_category(slug)
    given = {"slug": slug, "title_en": row.title_en, "title_pl": row.title_pl, "position": str(row.position)}
    return _categories(given)


@pages.post("/topics")
def save_category() -> ResponseReturnValue:
    """Add a topic, or change one."""
    _require_lead(writer())
    given = {key: request.form.get(key, "").strip() for key in ("slug", "title_en", "title_pl", "position")}
    try:
        _save(given)
    except Refused as error:
        return _categories(given, error.problems), 422
    flash(_("Saved."), "toast")
    return redirect(url_for("knowledge_base_numbers.categories"), 303)


@pages.post("/topics/<slug>/remove")
def remove_category(slug: str) -> ResponseReturnValue:
    """Remove a topic; its articles stay, under no topic."""
    _require_lead(writer())
    reading.find_category(slug)
    with unit_of_work() as work:
        row = work.scalar(select(Category).where(Category.slug == slug))
        if row is not None:
            work.delete(row)
    flash(_("Removed. Its articles stay, under no topic."), "toast")
    return redirect(url_for("knowledge_base_numbers.categories"), 303)


def category_named(title: str) -> str:
    """Return the name in addresses of the topic with that name or title, which is added if there is none."""
    with unit_of_work() as work:
        named = or_(Category.slug == title, Category.title_en == title, Category.title_pl == title)
        row = work.scalar(select(Category).where(named).limit(1))
        if row is None:
            row = Category(slug=free_slug(work, Category, title, "topic"), title_en=title, title_pl=title, position=100)
            work.add(row)
        return row.slug


def _require_lead(who: Writer) -> None:
    if "lead" not in who.desks.values():
        raise NotAllowed(_("Only leads of desks change the topics."))


def _save(given: Mapping[str, str]) -> None:
    problems = [
        Problem(_("Write a name of at most %(count)s characters.", count=120), key)
        for key in ("title_en", "title_pl")
        if not 0 < len(given[key]) <= 120
    ]
    if not given["position"].isdecimal() or len(given["position"]) > 4:
        problems.append(Problem(_("Write a number from 0 to 9999."), "position"))
    if problems:
        raise Refused(problems)
    if given["slug"]:
        reading.find_category(given["slug"])
    with unit_of_work() as work:
        row = work.scalar(select(Category).where(Category.slug == given["slug"])) if given["slug"] else None
        if row is None:
            row = Category(slug=free_slug(work, Category, given["title_en"], "topic"))
        row.title_en, row.title_pl, row.position = given["title_en"], given["title_pl"], int(given["position"])
        work.add(row)


def _categories(sent: Mapping[str, str], problems: Sequence[Problem] = ()) -> str:
    return render_template(
        "knowledge_base/categories.html",
        rows=reading.categories(),
        sent=sent,
        errors={each.field: each.message for each in problems},
        summary=[{"id": f"c-{each.field}", "message": each.message} for each in problems],
        failed=bool(problems),
    )


def _ending(condition: ColumnElement[bool]) -> list[Ending]:
    no = func.count(Vote.id)
    unhappy = select(Article, no).outerjoin(Vote, (Vote.article_id == Article.id) & ~Vote.helped)
    unhappy = unhappy.where(condition).group_by(Article.id).having((Article.asked > 0) | (no > 0))
    rows = session().execute(unhappy.order_by((Article.asked + no).desc(), Article.title).limit(_MOST))
    return [Ending(article, count) for article, count in rows]


def _total(condition: ColumnElement[bool]) -> Total:
    views = session().scalar(select(func.coalesce(func.sum(Article.views), 0)).where(condition)) or 0
    counts = [
        func.coalesce(func.sum(case((each, 1), else_=0)), 0) for each in (Vote.helped, ~Vote.helped, Vote.instead)
    ]
    joined = select(*counts).join(Article, Article.id == Vote.article_id).where(condition)
    helped = Helped(*session().execute(joined).one())
    return Total(views, helped.yes, helped.no, helped.instead)
