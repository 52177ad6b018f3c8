"""Pages at ``/answers``: shelves, articles, and what readers say of them. Some are for people who are not signed in."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError

from deskcore.plugin import NotAllowed, NotFound, Refused, ViewerView, people, search
from deskcore_knowledge_base import feedback, files, reading, words
from deskcore_knowledge_base.models import Article, File
from deskcore_knowledge_base.words import language

pages = Blueprint("knowledge_base", __name__)

#: Articles in a list of the first page, results of a search, and characters of a search that are looked at.
_FEW, _FOUND, _LONGEST = 6, 20, 300
#: Articles about the same, beside one; and how well they have to fit, by themselves and compared with the best.
_RELATED, _FITS, _NEAR = 5, 0.1, 0.5


@pages.context_processor
def named() -> dict[str, str]:
    """Give every page of readers what the whole is called."""
    return {"answers_name": words.ANSWERS.in_language(language())}


def _reader() -> ViewerView | None:
    try:
        return people.asking()
    except NotAllowed:
        return None


def _asked(name: str) -> str:
    return " ".join(request.args.get(name, "").split())[:_LONGEST]


@pages.get("", endpoint="answers")
def answers() -> str:
    """Show the shelves, and what is read most; or what a search finds."""
    audience, asked, spoken = search.audience(), _asked("q"), language()
    if asked:
        answer = search.answer(asked, kinds=("article",), limit=_FOUND)
        return render_template("knowledge_base/found.html", words=asked, answer=answer, reader=_reader())
    return render_template(
        "knowledge_base/answers.html",
        shelves=reading.shelves(spoken, audience),
        popular=reading.popular(spoken, audience, _FEW),
        newest=reading.newest(spoken, audience, _FEW),
    )


@pages.get("/<category>")
def shelf(category: str) -> str:
    """Show the articles of a category."""
    found = reading.find_category(category)
    asked = request.args.get("page", "1")
    page = int(asked) if asked.isdecimal() and 0 < len(asked) < 6 else 1
    articles = reading.on_shelf(found, language(), search.audience(), max(page, 1))
    return render_template("knowledge_base/shelf.html", category=found, articles=articles, page=max(page, 1))


@pages.get("/a/<slug>")
def article(slug: str) -> ResponseReturnValue:
    """Show an article; where there is none for this reader, the nearest that there are."""
    try:
        found = reading.find_readable(slug, search.audience())
    except NotFound:
        hits = search.find(slug.replace("-", " ")[:_LONGEST], kinds=("article",), limit=_FEW)
        return render_template("knowledge_base/missing.html", hits=hits, reader=_reader()), 404
    _count_view(found)
    return _page(found)


@pages.post("/a/<slug>")
def say(slug: str) -> ResponseReturnValue:
    """Note whether an article helped."""
    found, reader = reading.find_readable(slug, search.audience()), people.asking()
    helped, instead = request.form.get("helped") == "yes", request.form.get("instead") == "yes"
    try:
        feedback.vote(found, reader.email, helped, request.form.get("comment", ""), instead and helped)
    except Refused as error:
        return _page(found, error.problems[0].message), 422
    if instead and helped:
        flash(_("Good to hear. Your draft is kept in case you need it after all."), "toast")
        return redirect(url_for("portal.home"), 303)
    flash(_("Thank you. The people who look after this article read it."), "toast")
    return redirect(url_for("knowledge_base.article", slug=slug, _anchor="helped"), 303)


@pages.post("/a/<slug>/request")
def write_request(slug: str) -> ResponseReturnValue:
    """Go on to a request about what the article could not answer: to the form that the reader came from, or another."""
    found = reading.find_readable(slug, search.audience())
    feedback.count_request(found)
    service = request.form.get("service", "")[:_LONGEST]
    if service:
        return redirect(url_for("portal.service_form", slug=service), 303)
    return redirect(url_for("portal.other", words=found.title), 303)


@pages.get("/files/<token>/<name>")
def file(token: str, name: str) -> Response:
    """Send a picture or a document of an article."""
    return sent(files.find_file(token, reading.readable_by(search.audience())))


def sent(found: File) -> Response:
    """Return a file as an answer: a picture to be shown, anything else to be saved."""
    response = Response(found.content, mimetype=found.picture or "application/octet-stream")
    how = "inline" if found.picture else "attachment"
    response.headers.set("Content-Disposition", how, filename=found.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _count_view(found: Article) -> None:
    """Count that the article was opened; a database that takes no writes now keeps nobody from reading it."""
    try:
        feedback.count_view(found, _asked("searched"), language())
    except OperationalError:
        return


def _related(found: Article) -> list[search.Shown]:
    """Return articles about the same; where there are none, those that stand on one shelf with it."""
    hits = search.like("article", found.slug, _RELATED)
    best = max((hit.score for hit in hits), default=0.0)
    near = [search.Shown(hit.title, hit.url) for hit in hits if hit.score >= max(_FITS, _NEAR * best)]
    if near or found.category_id is None:
        return near
    others = reading.beside(found, search.audience(), _RELATED)
    return [search.Shown(each.title, url_for("knowledge_base.article", slug=each.slug)) for each in others]


def _page(found: Article, error: str = "") -> str:
    """Return the page of an article; ``?instead=`` names the service whose form the reader came from."""
    reader, audience = _reader(), search.audience()
    found = reading.find_readable(found.slug, audience)
    other = reading.translation_of(found)
    text = reading.version_of(found, found.live)
    return render_template(
        "knowledge_base/article.html",
        article=found,
        text=text,
        other=other if other is not None and other.readable else None,
        behind=reading.is_behind(found, other),
        category=found.category_id and next((it for it in reading.categories() if it.id == found.category_id), None),
        desk=people.desks().get(found.desk),
        related=_related(found),
        reader=reader,
        vote=feedback.said_by(found, reader.email) if reader else None,
        instead=_asked("instead"),
        error=error,
        typed=request.form.get("comment", ""),
        failed=bool(error),
    )
