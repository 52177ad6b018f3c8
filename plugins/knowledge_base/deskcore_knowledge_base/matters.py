"""What is being written: a new article, a translation, or a change; where its draft is, and with what it begins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from deskcore.plugin import NotAllowed, tickets
from deskcore_knowledge_base import reading, writing
from deskcore_knowledge_base.desk_views import find
from deskcore_knowledge_base.draft_pages import place_of
from deskcore_knowledge_base.models import LANGUAGES, MAX_TITLE, Article
from deskcore_knowledge_base.rights import Writer, writer
from deskcore_knowledge_base.words import language
from deskcore_knowledge_base.writing import Wanted


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

    @property
    def page(self) -> str:
        """Where it is written."""
        if self.article is not None:
            return url_for("knowledge_base_editor.edit", slug=self.article.slug)
        return url_for("knowledge_base_editor.new", **self._about)

    @property
    def saved_to(self) -> str:
        """Where its draft is sent."""
        return url_for("knowledge_base_editor.keep_draft", article=self.article and self.article.slug, **self._about)

    @property
    def _about(self) -> dict[str, Any]:
        """What the address of a new article says of it: what it translates, a ticket, words of a search."""
        if self.article is not None:
            return {}
        if self.original is not None:
            return {"of": self.original.slug}
        return {name: request.args[name] for name in ("ticket", "title") if request.args.get(name)}


def matter_of_page(slug: str = "") -> Matter:
    """Return what the page is about; who may not write it is refused."""
    who = writer()
    if not who.desks:
        raise NotAllowed(_("Only people who work on a desk write articles."))
    original = request.args.get("of", "") or request.form.get("of", "")
    return Matter(
        who, _changeable(slug, who) if slug else None, _changeable(original, who) if original and not slug else None
    )


def _changeable(slug: str, who: Writer) -> Article:
    article = find(slug, who)
    who.require_writing(article.desk)
    return article


def translation(article: Article) -> Wanted:
    """Return what a translation of an article begins with."""
    other = next(each for each in LANGUAGES if each != article.language)
    return replace(stored(article), language=other)


def begun(who: Writer) -> Wanted:
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


def stored(article: Article) -> Wanted:
    """Return the newest text of an article, and whom it is for."""
    text = reading.version_of(article, article.latest)
    shelf = next((each.slug for each in reading.categories() if each.id == article.category_id), "")
    texts = (text.title, text.summary, text.body, article.language)
    return Wanted(*texts, shelf, article.visibility, article.desk, article.review_on)
