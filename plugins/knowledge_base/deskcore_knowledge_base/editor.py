"""The editor of articles: a form that keeps everything that was typed, with a preview that needs no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Conflict, NotAllowed, Problem, Refused, people, read_ticket
from deskcore_knowledge_base import reading, words, writing
from deskcore_knowledge_base.desk_views import day, find, seen
from deskcore_knowledge_base.models import LANGUAGES, MAX_BODY, MAX_TITLE, Article
from deskcore_knowledge_base.rights import Writer, writer
from deskcore_knowledge_base.views import language
from deskcore_knowledge_base.writing import Wanted

pages = Blueprint("knowledge_base_editor", __name__)


@dataclass(frozen=True)
class Choice:
    """One choice of a list."""

    value: str
    label: str
    selected: bool = False


@pages.get("/new")
def new() -> ResponseReturnValue:
    """Ask for a new article: empty, a translation of ``?of=``, or about the ticket of ``?ticket=``."""
    who = writer()
    original = _original(who)
    if original is not None:
        known = reading.translation_of(original)
        if known is not None:
            return redirect(url_for("knowledge_base_editor.edit", slug=known.slug), 303)
    wanted = _translation(original) if original is not None else _begun(who)
    return _form(wanted, who, original=original)


@pages.post("/new")
def add() -> ResponseReturnValue:
    """Add an article, or show how it looks."""
    who, original = writer(), _original(writer())
    wanted, problems = _sent()
    if not problems and request.form.get("action") == "preview":
        return _form(wanted, who, original=original, preview=True)
    try:
        if problems:
            raise Refused(problems)
        article = writing.add(wanted, who, original.pair if original else request.form.get("pair", ""))
        _go_on(article.slug, who, article.latest)
    except Refused as error:
        return _form(wanted, who, original=original, problems=error.problems)
    return redirect(url_for("knowledge_base_desk.article", slug=article.slug), 303)


@pages.get("/edit/<slug>")
def edit(slug: str) -> ResponseReturnValue:
    """Show an article to be changed."""
    who = writer()
    article = _changeable(slug, who)
    return _form(_stored(article), who, article)


@pages.post("/edit/<slug>")
def change(slug: str) -> ResponseReturnValue:
    """Store a change, or show how it looks; a text that crosses somebody else's is kept beside it."""
    who = writer()
    article = _changeable(slug, who)
    wanted, problems = _sent()
    wanted = replace(wanted, language=article.language)
    if not problems and request.form.get("action") == "preview":
        return _form(wanted, who, article, preview=True, version=seen())
    try:
        if problems:
            raise Refused(problems)
        stored = writing.save(slug, wanted, who, seen())
        _go_on(slug, who, stored.latest)
    except Refused as error:
        return _form(wanted, who, _changeable(slug, who), problems=error.problems, version=seen())
    except Conflict:
        return _form(wanted, who, _changeable(slug, who), crossed=True)
    return redirect(url_for("knowledge_base_desk.article", slug=slug), 303)


def _go_on(slug: str, who: Writer, version: int) -> None:
    """Publish what was just saved, or ask for a review, if that was the button."""
    action = request.form.get("action")
    if action == "publish":
        writing.publish(slug, who, version)
        flash(_("Published. Readers see it now."), "toast")
    elif action == "review":
        writing.ask_for_review(slug, who, version)
        flash(_("Saved. Whoever publishes finds it under “To be reviewed”."), "toast")
    else:
        flash(_("Saved as a draft."), "toast")


def _changeable(slug: str, who: Writer) -> Article:
    article = find(slug, who)
    who.require_writing(article.desk)
    return article


def _original(who: Writer) -> Article | None:
    slug = request.values.get("of", "")
    return _changeable(slug, who) if slug else None


def _translation(article: Article) -> Wanted:
    other = next(each for each in LANGUAGES if each != article.language)
    return replace(_stored(article), language=other)


def _begun(who: Writer) -> Wanted:
    """Return what a new article begins with: the words of a search that found nothing, or a ticket's."""
    number, title = request.args.get("ticket", ""), request.args.get("title", "")[:MAX_TITLE]
    first = next(iter(sorted(who.desks)), "")
    if not number:
        return Wanted(title=title, language=language(), desk=first)
    read = read_ticket(number, messages=True)
    ticket, answers = read.ticket, [one.text for one in read.messages if one.from_agent]
    # Who asked is left out: an article outlives the ticket, and more people read it.
    parts = (f"## {_('Problem')}", ticket.description, f"## {_('Solution')}", *answers[-1:])
    body = "\n\n".join(part for part in parts if part)
    desk = ticket.desk if ticket.desk in who.desks else first
    return Wanted(title=ticket.subject, body=body, language=language(), desk=desk, visibility="desk")


def _stored(article: Article) -> Wanted:
    text = reading.version_of(article, article.latest)
    shelf = next((each.slug for each in reading.categories() if each.id == article.category_id), "")
    texts = (text.title, text.summary, text.body, article.language)
    return Wanted(*texts, shelf, article.visibility, article.desk, article.review_on)


def _sent() -> tuple[Wanted, tuple[Problem, ...]]:
    keys = ("title", "summary", "body", "language", "category", "visibility", "desk")
    title, summary, body, spoken, category, visibility, desk = (request.form.get(key, "") for key in keys)
    wanted = Wanted(title, summary, body, spoken, category, visibility, desk)
    try:
        return replace(wanted, review_on=day(request.form.get("review_on", ""))), ()
    except Refused as error:
        return wanted, error.problems


def _form(
    wanted: Wanted,
    who: Writer,
    article: Article | None = None,
    *,
    original: Article | None = None,
    problems: Iterable[Problem] = (),
    preview: bool = False,
    crossed: bool = False,
    version: int = 0,
) -> ResponseReturnValue:
    """Return the form.

    :param version: that the change is based on; left out, the newest.
    :param crossed: somebody else stored another text meanwhile, which is shown beside this one.
    """
    if not who.desks:
        raise NotAllowed(_("Only people who work on a desk write articles."))
    errors = {problem.field: problem.message for problem in problems}
    context: dict[str, Any] = {
        "wanted": wanted,
        "article": article,
        "original": original,
        "original_body": reading.version_of(original, original.latest).body if original else "",
        "stored": reading.version_of(article, article.latest) if article and crossed else None,
        "version": version or (article.latest if article else 0),
        "pair": request.form.get("pair") or writing.new_pair(),
        "review_on": request.form.get("review_on") or (wanted.review_on.isoformat() if wanted.review_on else ""),
        "choices": _choices(wanted, who),
        "publishes": who.publishes(wanted.desk),
        "preview": wanted.cleaned().body if preview else None,
        "most": MAX_BODY,
        "errors": errors,
        "summary": [{"id": f"kb-{field}" if field else "", "message": said} for field, said in errors.items()],
        "failed": bool(errors) or crossed,
    }
    page = render_template("knowledge_base/editor.html", **context)
    return make_response(page, 409 if crossed else 422 if errors else 200)


def _choices(wanted: Wanted, who: Writer) -> dict[str, list[Choice]]:
    spoken, desks = language(), people.desks()
    shelves = {"": _("No topic")} | {each.slug: each.title.in_language(spoken) for each in reading.categories()}
    mine = {key: title.in_language(spoken) for key, title in desks.items() if key in who.desks}
    return {
        "category": _chosen(shelves, wanted.category),
        "desk": _chosen(mine, wanted.desk),
        "language": _chosen(words.LANGUAGES, wanted.language),
        "visibility": _chosen(words.VISIBILITIES, wanted.visibility),
    }


def _chosen(labels: Mapping[str, object], value: str) -> list[Choice]:
    return [Choice(key, str(label), key == value) for key, label in labels.items()]
