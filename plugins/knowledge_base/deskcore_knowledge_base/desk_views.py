"""Pages of those who write: the list, an article with its versions, and what is done with it."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Conflict, Problem, Refused, people, search
from deskcore_knowledge_base import feedback, files, reading, shelving, words, writing
from deskcore_knowledge_base.differences import differences
from deskcore_knowledge_base.models import Article
from deskcore_knowledge_base.rights import Writer, writer
from deskcore_knowledge_base.views import sent

pages = Blueprint("knowledge_base_desk", __name__)

_STEPS = {
    "publish": writing.publish,
    "review": writing.ask_for_review,
    "send_back": writing.send_back,
    "archive": writing.archive,
    "bring_back": writing.bring_back,
}


@pages.get("/articles")
def articles() -> str:
    """List what those who write look after, and what others published."""
    who = writer()
    asked = request.args.get("page", "1")
    wanted = shelving.Filter(
        tab=request.args.get("show", "all") if request.args.get("show") in shelving.TABS else "all",
        words=" ".join(request.args.get("q", "").split())[:200],
        desk=request.args.get("desk", "")[:60],
        page=max(int(asked), 1) if asked.isdecimal() and len(asked) < 6 else 1,
    )
    condition = shelving.mine(who.desks, search.audience())
    return render_template(
        "knowledge_base/articles.html",
        wanted=wanted,
        found=shelving.listed(wanted, condition),
        counts=shelving.counts(wanted, condition),
        tabs=_tabs(),
        look_of=words.look_of,
        desks=people.desks(),
        leads="lead" in who.desks.values(),
        per=shelving.PAGE,
    )


@pages.get("/articles/<slug>")
def article(slug: str) -> str:
    """Show an article with everything that is known of it."""
    return _page(slug)


@pages.post("/articles/<slug>")
def step(slug: str) -> ResponseReturnValue:
    """Publish it, ask for a review, archive it, or say that it is still right."""
    who, action = writer(), request.form.get("action", "")
    find(slug, who)
    try:
        if action == "reviewed":
            writing.reviewed(slug, who, seen(), day(request.form.get("review_on", "")) or date.min)
        elif action in _STEPS:
            _STEPS[action](slug, who, seen())
        else:
            raise Refused(_("Choose what to do."))
    except Refused as error:
        return _page(slug, error.problems), 422
    except Conflict as error:
        return _page(slug, notice=error.message), 409
    flash(_said(action), "toast")
    return redirect(url_for("knowledge_base_desk.article", slug=slug), 303)


@pages.get("/articles/<slug>/versions/<int:number>")
def version(slug: str, number: int) -> str:
    """Show one text, and what it changed."""
    who = writer()
    found = find(slug, who)
    who.require_writing(found.desk)
    text = reading.version_of(found, number)
    before = reading.version_of(found, number - 1) if number > 1 else None
    return render_template(
        "knowledge_base/version.html",
        article=found,
        version=text,
        body=files.at_the_desk(text.body),
        lines=differences(before, text) if before else [],
        by=_names([text.by]).get(text.by, text.by),
    )


@pages.post("/articles/<slug>/versions/<int:number>")
def restore(slug: str, number: int) -> ResponseReturnValue:
    """Let an older text be the newest one again."""
    who = writer()
    find(slug, who)
    try:
        writing.restore(slug, number, who, seen())
    except Conflict as error:
        return _page(slug, notice=error.message), 409
    flash(_("Restored as a draft. Publish it when it is right."), "toast")
    return redirect(url_for("knowledge_base_desk.article", slug=slug), 303)


@pages.post("/articles/<slug>/files")
def add_file(slug: str) -> ResponseReturnValue:
    """Keep a picture or a document with an article."""
    who = writer()
    found, upload = find(slug, who), request.files.get("file")
    try:
        if upload is None or not upload.filename:
            raise Refused(Problem(_("Choose a file first."), "file"))
        with closing(upload):
            files.add_file(found, upload.filename, upload.stream.read(files.MOST + 1), who)
    except Refused as error:
        return _page(slug, error.problems), 422
    flash(_("The file is kept. Copy its line into the text where it should stand."), "toast")
    return redirect(url_for("knowledge_base_desk.article", slug=slug, _anchor="files"), 303)


@pages.post("/articles/<slug>/files/<token>/remove")
def remove_file(slug: str, token: str) -> ResponseReturnValue:
    """Delete a file of an article."""
    who = writer()
    files.remove_file(find(slug, who), token, who)
    flash(_("Removed."), "toast")
    return redirect(url_for("knowledge_base_desk.article", slug=slug, _anchor="files"), 303)


@pages.get("/files/<token>")
def file(token: str) -> Response:
    """Send a file of an article that may not be published yet."""
    who = writer()
    return sent(files.find_file(token, shelving.mine(who.desks, search.audience()), who.email))


def find(slug: str, who: Writer) -> Article:
    """Return an article that somebody who writes may see."""
    return shelving.find_mine(slug, shelving.mine(who.desks, search.audience()))


def seen() -> int:
    """Return the number of the version that was on the page."""
    given = request.form.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 9 else 0


def day(text: str) -> date | None:
    """Return a day as a form sends it.

    :raises Refused: when it is none.
    """
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused(Problem(_("Write the day like 2026-11-30."), "review_on")) from None


def _page(slug: str, problems: tuple[Problem, ...] = (), notice: str = "") -> str:
    who = writer()
    found = find(slug, who)
    writes = who.writes(found.desk)
    number = found.latest if writes else found.live
    text, other = reading.version_of(found, number), reading.translation_of(found)
    versions = shelving.versions_of(found) if writes else ()
    comments = feedback.comments_on(found) if writes else ()
    context: dict[str, Any] = {
        "article": found,
        "text": text,
        "look": words.look_of(found),
        "visibility": words.VISIBILITIES[found.visibility],
        "languages": words.LANGUAGES,
        "desk": people.desks().get(found.desk),
        "other": other,
        "behind": reading.is_behind(found, other),
        "writes": writes,
        "publishes": who.publishes(found.desk),
        "versions": versions,
        "comments": comments,
        "names": _names([*(each.by for each in versions), *(each.person for each in comments)]),
        "helped": feedback.helped(found),
        "used": shelving.used_in(found),
        "body": files.at_the_desk(text.body),
        "files": [(each, files.line_of(each)) for each in files.files_of(found.pair)],
        "problems": [{"message": each.message, "id": f"kb-{each.field}" if each.field else ""} for each in problems],
        "errors": {each.field: each.message for each in problems},
        "notice": notice,
        "failed": bool(problems or notice),
    }
    return render_template("knowledge_base/desk_article.html", **context)


def _names(emails: list[str]) -> dict[str, str]:
    return {email: person.name for email, person in people.named(emails).items()}


def _tabs() -> dict[str, str]:
    return {
        "all": _("All"),
        "draft": _("Drafts"),
        "review": _("To be reviewed"),
        "published": _("Published"),
        "stale": _("Due for review"),
        "archived": _("Archive"),
    }


def _said(action: str) -> str:
    said = {
        "publish": _("Published. Readers see it now."),
        "review": _("Whoever publishes finds it under “To be reviewed”."),
        "send_back": _("It is a draft again."),
        "archive": _("Archived. Nobody finds it any more."),
        "bring_back": _("It is a draft again."),
        "reviewed": _("Noted. It is due again on the day you chose."),
    }
    return said[action]
