"""What stands beside a ticket: answers that fit it, each to be put into the reply, and the way to write a new one."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.plugin import PanelRow, TicketView, ViewerView, search, session
from deskcore_knowledge_base.finding import PUBLISHED
from deskcore_knowledge_base.models import Article, Version

#: Answers that are offered, characters of a ticket that are looked at, and of a text that fits into a reply.
_MOST, _LONGEST, _FITS = 3, 300, 4000
#: How well an answer has to fit, compared with the best one.
_NEAR = 0.4


def rows(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """Return articles about what a ticket is about, and the way to write one."""
    said = f"{ticket.subject}\n{ticket.description}"[:_LONGEST]
    hits = search.find(said, kinds=("article",), limit=_MOST)
    hits = tuple(hit for hit in hits if hit.score >= _NEAR * hits[0].score > 0)
    texts = _texts([hit.key for hit in hits])
    found = [PanelRow(hit.title, url=hit.url, icon="doc", inserts=_inserts(hit, texts.get(hit.key))) for hit in hits]
    url = url_for("knowledge_base_editor.new", ticket=ticket.number)
    return [*found, PanelRow(_("Write an article from this ticket"), url=url, icon="pencil")]


def _texts(slugs: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return what these articles say, and to whom, in one statement."""
    if not slugs:
        return {}
    wanted = select(Article.slug, Version.body, Article.visibility).join(Version, PUBLISHED)
    rows = session().execute(wanted.where(Article.slug.in_(slugs)))
    return {slug: (body, visibility) for slug, body, visibility in rows}


def _inserts(hit: search.Hit, found: tuple[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Return what goes into a reply: only what whoever reads the reply may read, too."""
    body, visibility = found or ("", "desk")
    if visibility not in ("public", "staff"):
        return ()
    link = f"{hit.title}\n{url_for('knowledge_base.article', slug=hit.key, _external=True)}"
    whole = f"{body}\n\n{link}"
    return ((_("Insert link"), link), *([(_("Insert text"), whole)] if len(whole) <= _FITS else ()))
