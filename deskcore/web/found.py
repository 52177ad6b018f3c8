"""What of the core itself can be found: tickets and services, with the addresses of their pages."""

from __future__ import annotations

from flask import has_request_context, url_for

from deskcore.hooks.searching import Shown
from deskcore.search import analysis
from deskcore.search.hits import Hit, hit
from deskcore.tickets import searching
from deskcore.viewer import current_viewer
from deskcore.web.portal import offers
from deskcore.web.viewer import language


def find_tickets(text: str, limit: int) -> list[Hit]:
    """Return tickets that the viewer sees; the one whose number it is fits wholly."""
    page = "portal.request" if current_viewer().area == "portal" else "workspace.ticket"
    words, _pairs = analysis.asked(text)
    hits = []
    for place, row in enumerate(searching.ranked(text, limit)):
        shown = Shown(row.subject, url_for(page, number=row.number), row.text, detail=row.number)
        hits.append(hit("ticket", row.number, shown, words, place, whole=row.exact))
    return hits


def find_services(text: str, limit: int) -> list[Hit]:
    """Return what the reader of a page can ask for."""
    if not has_request_context():
        return []
    words, _pairs = analysis.asked(text)
    hits = []
    for place, entry in enumerate(offers.matching(text, limit)):
        title, summary = (each.in_language(language()) for each in (entry.type.title, entry.type.summary))
        shown = Shown(title, url_for("portal.service_form", slug=entry.slug), summary)
        names = f"{entry.type.title.en} {entry.type.title.pl} {' '.join(entry.type.keywords)}"
        hits.append(hit("service", entry.slug, shown, words, place, names=names))
    return hits
