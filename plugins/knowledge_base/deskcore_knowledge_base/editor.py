"""The editor of articles: a form that keeps everything that was typed, with a preview that needs no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Conflict, NotAllowed, Problem, Refused, people, tickets
from deskcore_knowledge_base import drafts, files, reading, words, writing
from deskcore_knowledge_base.desk_views import day, find, seen
from deskcore_knowledge_base.draft_pages import (
    DraftView,
    answer,
    draft_view,
    place_of,
    received,
    sent_stamp,
    sent_view,
    written,
)
from deskcore_knowledge_base.models import LANGUAGES, MAX_BODY, MAX_TITLE, Article
from deskcore_knowledge_base.rights import Writer, writer
from deskcore_knowledge_base.words import language
from deskcore_knowledge_base.writing import Wanted

pages = Blueprint("knowledge_base_editor", __name__)


@dataclass(frozen=True)
class Choice:
    """One choice of a list."""

    value: str
    label: str
    selected: bool = False


@dataclass(frozen=True)
class Matter:
    """What is being written: a new article, a translation of ``original``, or a change of ``article``."""

    who: Writer
    article: Article | None = None
    original: Article | None = None

    @property
    def place(self) -> str:
        """Where its draft is kept."""
        return place_of(self.article, self.original)

    @cached_property
    def pair(self) -> str:
        """The mark of the article and its translation: for a new one that of its form, unless it is of others."""
        known = self.article or self.original
        return known.pair if known else self.own(request.form.get("pair", ""))

    def own(self, pair: str) -> str:
        """Return a mark that somebody sends, or a fresh one where it is none, or that of somebody else's article."""
        return pair[:32] if pair and writing.is_free_for(pair[:32], self.who) else writing.new_pair()


@pages.get("/new")
def new() -> ResponseReturnValue:
    """Ask for a new article: empty, a translation of ``?of=``, or about the ticket of ``?ticket=``."""
    matter = _matter()
    if matter.original is not None:
        known = reading.translation_of(matter.original)
        if known is not None:
            return redirect(url_for("knowledge_base_editor.edit", slug=known.slug), 303)
    begun = _translation(matter.original) if matter.original is not None else _begun(matter.who)
    return _opened(matter, begun)


@pages.post("/new")
def add() -> ResponseReturnValue:
    """Add an article, or show how it looks."""
    matter = _matter()
    wanted, problems = _sent(matter)
    if not problems and request.form.get("action") == "preview":
        return _form(matter, wanted, preview=True, draft=_kept(matter))
    try:
        if problems:
            raise Refused(problems)
        article = writing.add(wanted, matter.who, matter.pair)
        _go_on(article.slug, matter.who, article.latest)
    except Refused as error:
        return _form(matter, wanted, problems=error.problems, draft=_kept(matter))
    drafts.discard(matter.place, matter.who.email)
    return redirect(url_for("knowledge_base_desk.article", slug=article.slug), 303)


@pages.get("/edit/<slug>")
def edit(slug: str) -> ResponseReturnValue:
    """Show an article to be changed."""
    matter = _matter(slug)
    assert matter.article is not None
    return _opened(matter, _stored(matter.article))


@pages.post("/edit/<slug>")
def change(slug: str) -> ResponseReturnValue:
    """Store a change, or show how it looks; a text that crosses somebody else's is kept beside it."""
    matter = _matter(slug)
    wanted, problems = _sent(matter)
    if not problems and request.form.get("action") == "preview":
        return _form(matter, wanted, preview=True, version=seen(), draft=_kept(matter))
    try:
        if problems:
            raise Refused(problems)
        stored = writing.save(slug, wanted, matter.who, seen())
        _go_on(slug, matter.who, stored.latest)
    except Refused as error:
        return _form(_matter(slug), wanted, problems=error.problems, version=seen(), draft=_kept(matter))
    except Conflict:
        return _form(_matter(slug), wanted, crossed=True, draft=_kept(matter))
    drafts.discard(matter.place, matter.who.email)
    return redirect(url_for("knowledge_base_desk.article", slug=slug), 303)


@pages.post("/draft")
def keep_draft() -> ResponseReturnValue:
    """Keep what is in the form, with a file that was chosen; or forget it."""
    matter = _matter(request.args.get("article", ""))
    if "_discard" in request.form:
        drafts.discard(matter.place, matter.who.email)
        flash(_("The draft was discarded."), "toast")
        return redirect(_here(matter), 303)
    added, problems = received(matter.pair, matter.who)
    try:
        kept = drafts.keep(sent_stamp(matter.place), matter.who.email, written())
    except (Conflict, Refused) as error:
        if request.accept_mimetypes.best == "application/json":
            return {"said": str(error)}, 409
        draft = draft_view(drafts.find(matter.place, matter.who.email), _saved_to(matter), conflict=str(error))
        return _form(matter, _read(request.form)[0], draft=draft, version=seen(), status=409)
    return answer(kept, added, problems, _here(matter))


def _matter(slug: str = "") -> Matter:
    """Return what the page is about; who may not write it is refused."""
    who = writer()
    if not who.desks:
        raise NotAllowed(_("Only people who work on a desk write articles."))
    original = request.args.get("of", "") or request.form.get("of", "")
    return Matter(
        who, _changeable(slug, who) if slug else None, _changeable(original, who) if original and not slug else None
    )


def _here(matter: Matter) -> str:
    if matter.article is not None:
        return url_for("knowledge_base_editor.edit", slug=matter.article.slug)
    return url_for("knowledge_base_editor.new", **_about(matter))


def _saved_to(matter: Matter) -> str:
    return url_for("knowledge_base_editor.keep_draft", article=matter.article and matter.article.slug, **_about(matter))


def _about(matter: Matter) -> dict[str, Any]:
    """Return what the address of a new article says of it: what it translates, a ticket, words of a search."""
    if matter.article is not None:
        return {}
    if matter.original is not None:
        return {"of": matter.original.slug}
    return {name: request.args[name] for name in ("ticket", "title") if request.args.get(name)}


def _kept(matter: Matter) -> DraftView | None:
    """Keep what was sent and not taken, as a draft; another page's is left alone."""
    stamp = sent_stamp(matter.place)
    try:
        kept = drafts.keep(replace(stamp, step=stamp.step + 1), matter.who.email, written())
    except (Conflict, Refused):
        return None
    return draft_view(kept, _saved_to(matter))


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


def _changeable(slug: str, who: Writer) -> Article:
    article = find(slug, who)
    who.require_writing(article.desk)
    return article


def _translation(article: Article) -> Wanted:
    other = next(each for each in LANGUAGES if each != article.language)
    return replace(_stored(article), language=other)


def _begun(who: Writer) -> Wanted:
    """Return what a new article begins with: the words of a search that found nothing, or a ticket's."""
    number, title = request.args.get("ticket", ""), request.args.get("title", "")[:MAX_TITLE]
    first = next(iter(sorted(who.desks)), "")
    if not number:
        return Wanted(title=title, language=language(), desk=first)
    read = tickets.read(number, messages=True)
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


def _sent(matter: Matter) -> tuple[Wanted, tuple[Problem, ...]]:
    wanted, problems = _read(request.form)
    if "file" in request.files:
        problems += received(matter.pair, matter.who)[1]
    return (replace(wanted, language=matter.article.language) if matter.article else wanted), problems


def _read(form: Mapping[str, str]) -> tuple[Wanted, tuple[Problem, ...]]:
    """Return what a form or a draft says, and what of it cannot be stored."""
    keys = ("title", "summary", "body", "language", "category", "visibility", "desk")
    title, summary, body, spoken, category, visibility, desk = (form.get(key, "") for key in keys)
    wanted = Wanted(title, summary, body, spoken, category, visibility, desk)
    try:
        return replace(wanted, review_on=day(form.get("review_on", ""))), ()
    except Refused as error:
        return wanted, error.problems


def _opened(matter: Matter, begun: Wanted) -> ResponseReturnValue:
    """Return the form as it opens: with the draft there is, else with the article, or empty."""
    row = drafts.find(matter.place, matter.who.email)
    if row is None:
        return _form(matter, begun)
    wanted, _problems = _read(row.content)
    version = row.content.get("version", "")
    return _form(
        matter,
        wanted,
        draft=replace(draft_view(row, _saved_to(matter)), restored=True),
        version=int(version) if version.isdecimal() and len(version) < 9 else 0,
        pair=row.content.get("pair", ""),
    )


def _form(
    matter: Matter,
    wanted: Wanted,
    *,
    problems: Iterable[Problem] = (),
    preview: bool = False,
    crossed: bool = False,
    version: int = 0,
    draft: DraftView | None = None,
    pair: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    """Return the form.

    :param version: that the change is based on; left out, the newest.
    :param crossed: somebody else stored another text meanwhile, which is shown beside this one.
    :param draft: what is kept of it; left out, what the page that was sent knows.
    :param pair: the mark that a new article was begun with.
    """
    article, original = matter.article, matter.original
    errors = {problem.field: problem.message for problem in problems}
    pair = matter.own(pair) if pair and not article and not original else matter.pair
    mine = matter.who.email
    context: dict[str, Any] = {
        "wanted": wanted,
        "article": article,
        "original": original,
        "original_body": _shown(reading.version_of(original, original.latest).body) if original else "",
        "stored": reading.version_of(article, article.latest) if article and crossed else None,
        "version": version or (article.latest if article else 0),
        "pair": pair,
        "page": request.form.get("_page", "") or writing.new_pair(),
        "here": _here(matter),
        "draft": draft or sent_view(_saved_to(matter)),
        "others": people.named([each.person for each in drafts.writing(matter.place, mine)]) if article else {},
        "files": [(each, files.line_of(each)) for each in files.files_of(pair)],
        "review_on": request.form.get("review_on") or (wanted.review_on.isoformat() if wanted.review_on else ""),
        "choices": _choices(wanted, matter.who),
        "publishes": matter.who.publishes(wanted.desk),
        "preview": _shown(wanted.cleaned().body) if preview else None,
        "most": MAX_BODY,
        "errors": errors,
        "summary": [{"id": f"kb-{field}" if field else "", "message": said} for field, said in errors.items()],
        "failed": bool(errors) or crossed,
    }
    page = render_template("knowledge_base/editor.html", **context)
    return make_response(page, 409 if crossed else 422 if errors else status)


def _shown(body: str) -> str:
    return files.at_the_desk(body)


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
