"""The form of the editor: what it says, and its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _

from deskcore.plugin import Problem, Refused, people
from deskcore_knowledge_base import drafts, files, reading, words, writing
from deskcore_knowledge_base.desk_views import day
from deskcore_knowledge_base.draft_pages import DraftView, draft_view, sent_view
from deskcore_knowledge_base.matters import Matter
from deskcore_knowledge_base.models import MAX_BODY
from deskcore_knowledge_base.rights import Writer
from deskcore_knowledge_base.words import language
from deskcore_knowledge_base.writing import Wanted


@dataclass(frozen=True)
class Choice:
    """One choice of a list."""

    value: str
    label: str
    selected: bool = False


def read(form: Mapping[str, str]) -> tuple[Wanted, tuple[Problem, ...]]:
    """Return what a form or a draft says, and what of it cannot be stored."""
    keys = ("title", "summary", "body", "language", "category", "visibility", "desk")
    title, summary, body, spoken, category, visibility, desk = (form.get(key, "") for key in keys)
    wanted = Wanted(title, summary, body, spoken, category, visibility, desk)
    try:
        return replace(wanted, review_on=day(form.get("review_on", ""))), ()
    except Refused as error:
        return wanted, error.problems


@dataclass(frozen=True)
class Shown:
    """How the form is shown.

    :param problems: what of it could not be stored.
    :param preview: with what readers would see.
    :param crossed: somebody else stored another text meanwhile, which is shown beside this one.
    :param version: that the change is based on; left out, the newest.
    :param draft: what is kept of it; left out, what the page that was sent knows.
    :param pair: the mark that a new article was begun with.
    """

    problems: Iterable[Problem] = ()
    preview: bool = False
    crossed: bool = False
    version: int = 0
    draft: DraftView | None = None
    pair: str = ""


_EMPTY = Shown()


def opened(matter: Matter, begun: Wanted) -> str:
    """Return the form as it opens: with the draft there is, else with the article, or empty."""
    row = drafts.find(matter.place, matter.who.email)
    if row is None:
        return form_page(matter, begun)
    wanted, _problems = read(row.content)
    version = row.content.get("version", "")
    restored = Shown(
        draft=replace(draft_view(row, matter.saved_to), restored=True),
        version=int(version) if version.isdecimal() and len(version) < 9 else 0,
        pair=row.content.get("pair", ""),
    )
    return form_page(matter, wanted, restored)


def form_page(matter: Matter, wanted: Wanted, shown: Shown = _EMPTY) -> str:
    """Return the form, with what is wanted in it."""
    errors = {problem.field: problem.message for problem in shown.problems}
    return render_template(
        "knowledge_base/editor.html",
        wanted=wanted,
        page=request.form.get("_page", "") or writing.new_pair(),
        here=matter.page,
        draft=shown.draft or sent_view(matter.saved_to),
        review_on=request.form.get("review_on") or (wanted.review_on.isoformat() if wanted.review_on else ""),
        choices=_choices(wanted, matter.who),
        publishes=matter.who.publishes(wanted.desk),
        preview=files.at_the_desk(wanted.cleaned().body) if shown.preview else None,
        most=MAX_BODY,
        errors=errors,
        summary=[{"id": f"kb-{field}" if field else "", "message": said} for field, said in errors.items()],
        failed=bool(errors) or shown.crossed,
        **_known(matter, shown),
    )


def _known(matter: Matter, shown: Shown) -> dict[str, Any]:
    """Return what is known of the article that is changed or translated, and of its files."""
    article, original = matter.article, matter.original
    pair = matter.own(shown.pair) if shown.pair and not article and not original else matter.pair
    others = drafts.writing(matter.place, matter.who.email) if article else ()
    return {
        "article": article,
        "original": original,
        "original_body": files.at_the_desk(reading.version_of(original, original.latest).body) if original else "",
        "stored": reading.version_of(article, article.latest) if article and shown.crossed else None,
        "version": shown.version or (article.latest if article else 0),
        "pair": pair,
        "others": people.named([each.person for each in others]) if others else {},
        "files": [(each, files.line_of(each)) for each in files.files_of(pair)],
    }


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
