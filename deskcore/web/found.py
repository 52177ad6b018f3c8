"""What of the core itself can be found: tickets and services, with the addresses of their pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from flask import has_request_context, url_for

from deskcore.hooks.searching import Shown, Word
from deskcore.runtime import runtime
from deskcore.search import analysis
from deskcore.search.hits import Hit, hit
from deskcore.search.spelling import may_be_a_slip
from deskcore.tickets import searching
from deskcore.viewer import current_viewer
from deskcore.web.portal import offers
from deskcore.web.viewer import language


def find_tickets(text: str, limit: int) -> list[Hit]:
    """Return tickets that the viewer sees; the one whose number it is fits wholly."""
    page = "portal.request" if current_viewer().area == "portal" else "workspace.ticket"
    keys = {desk.id: desk.key for desk in runtime().catalogue.desks.values()}
    hits = []
    for place, row in enumerate(searching.ranked(text, limit)):
        url, desk = url_for(page, number=row.number), keys.get(row.desk_id, "")
        shown = Shown(row.subject, url, row.text, detail=row.number, desk=desk)
        hits.append(hit("ticket", row.number, shown, row.wanted, place, whole=row.exact))
    return hits


def find_services(text: str, limit: int) -> list[Hit]:
    """Return what whoever reads a page, or calls the API, can ask for."""
    if not has_request_context():
        return []
    words, _pairs = analysis.asked(text)
    others = {word.text: offers.meant(word.text) for word in words if may_be_a_slip(word)}
    words = tuple(_with(word, others.get(word.text, ())) for word in words)
    hits = []
    for place, entry in enumerate(offers.matching(" ".join([text, *chain(*others.values())]), limit)):
        title, summary = (each.in_language(language()) for each in (entry.type.title, entry.type.summary))
        shown = Shown(title, url_for("portal.service_form", slug=entry.slug), summary, desk=entry.desk.key)
        names = f"{entry.type.title.en} {entry.type.title.pl} {' '.join(entry.type.keywords)}"
        hits.append(hit("service", entry.slug, shown, words, place, names=names))
    return hits


def _with(word: Word, others: Iterable[str]) -> Word:
    """Return a word of a query that other words stand for, too."""
    return replace(word, stems=tuple(dict.fromkeys(chain(word.stems, *map(analysis.stems, others)))))
