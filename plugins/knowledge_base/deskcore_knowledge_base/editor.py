"""The editor of articles: a form that keeps everything that was typed, with a preview that needs no script."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Conflict, Problem, Refused
from deskcore_knowledge_base import drafts, reading, writing
from deskcore_knowledge_base.desk_views import seen
from deskcore_knowledge_base.draft_pages import DraftView, answer, draft_view, received, sent_stamp, written
from deskcore_knowledge_base.editor_form import Shown, form_page, opened, read
from deskcore_knowledge_base.matters import Matter, begun, matter_of_page, stored, translation
from deskcore_knowledge_base.rights import Writer
from deskcore_knowledge_base.writing import Wanted

pages = Blueprint("knowledge_base_editor", __name__)


@pages.get("/new")
def new() -> ResponseReturnValue:
    """Ask for a new article: empty, a translation of ``?of=``, or about the ticket of ``?ticket=``."""
    matter = matter_of_page()
    if matter.original is not None:
        known = reading.translation_of(matter.original)
        if known is not None:
            return redirect(url_for("knowledge_base_editor.edit", slug=known.slug), 303)
    return opened(matter, translation(matter.original) if matter.original is not None else begun(matter.who))


@pages.post("/new")
def add() -> ResponseReturnValue:
    """Add an article, or show how it looks."""
    matter = matter_of_page()
    wanted, problems = _sent(matter)
    if not problems and request.form.get("action") == "preview":
        return form_page(matter, wanted, Shown(preview=True, draft=_kept(matter)))
    try:
        if problems:
            raise Refused(problems)
        article = writing.add(wanted, matter.who, matter.pair)
        _go_on(article.slug, matter.who, article.latest)
    except Refused as error:
        return form_page(matter, wanted, Shown(problems=error.problems, draft=_kept(matter))), 422
    drafts.discard(matter.place, matter.who.email)
    return redirect(url_for("knowledge_base_desk.article", slug=article.slug), 303)


@pages.get("/edit/<slug>")
def edit(slug: str) -> ResponseReturnValue:
    """Show an article to be changed."""
    matter = matter_of_page(slug)
    assert matter.article is not None
    return opened(matter, stored(matter.article))


@pages.post("/edit/<slug>")
def change(slug: str) -> ResponseReturnValue:
    """Store a change, or show how it looks; a text that crosses somebody else's is kept beside it."""
    matter = matter_of_page(slug)
    wanted, problems = _sent(matter)
    if not problems and request.form.get("action") == "preview":
        return form_page(matter, wanted, Shown(preview=True, version=seen(), draft=_kept(matter)))
    try:
        if problems:
            raise Refused(problems)
        _go_on(slug, matter.who, writing.save(slug, wanted, matter.who, seen()).latest)
    except Refused as error:
        return form_page(
            matter_of_page(slug), wanted, Shown(problems=error.problems, version=seen(), draft=_kept(matter))
        ), 422
    except Conflict:
        return form_page(matter_of_page(slug), wanted, Shown(crossed=True, draft=_kept(matter))), 409
    drafts.discard(matter.place, matter.who.email)
    return redirect(url_for("knowledge_base_desk.article", slug=slug), 303)


@pages.post("/draft")
def keep_draft() -> ResponseReturnValue:
    """Keep what is in the form, with a file that was chosen; or forget it."""
    matter = matter_of_page(request.args.get("article", ""))
    if "_discard" in request.form:
        drafts.discard(matter.place, matter.who.email)
        flash(_("The draft was discarded."), "toast")
        return redirect(matter.page, 303)
    added, problems = received(matter.pair, matter.who)
    try:
        kept = drafts.keep(sent_stamp(matter.place), matter.who.email, written())
    except (Conflict, Refused) as error:
        if request.accept_mimetypes.best == "application/json":
            return {"said": str(error)}, 409
        draft = draft_view(drafts.find(matter.place, matter.who.email), matter.saved_to, conflict=str(error))
        return form_page(matter, read(request.form)[0], Shown(draft=draft, version=seen())), 409
    return answer(kept, added, problems, matter.page)


def _kept(matter: Matter) -> DraftView | None:
    """Keep what was sent and not taken, as a draft; another page's is left alone."""
    stamp = sent_stamp(matter.place)
    try:
        kept = drafts.keep(replace(stamp, step=stamp.step + 1), matter.who.email, written())
    except (Conflict, Refused):
        return None
    return draft_view(kept, matter.saved_to)


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
        flash(_("Saved. Readers do not see it until it is published."), "toast")


def _sent(matter: Matter) -> tuple[Wanted, tuple[Problem, ...]]:
    wanted, problems = read(request.form)
    if "file" in request.files:
        problems += received(matter.pair, matter.who)[1]
    return (replace(wanted, language=matter.article.language) if matter.article else wanted), problems
