"""One search over services, the reader's own requests and what plugins have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from deskcore import search as searching
from deskcore.hooks.searching import Searched
from deskcore.runtime import runtime
from deskcore.search.noticing import note_searched
from deskcore.web.portal import offers
from deskcore.web.portal.area import blueprint
from deskcore.web.viewer import language, seen_as

#: Characters of a query that are looked at, and things that are shown.
LONGEST = 300
MOST = 20


@dataclass(frozen=True)
class Found:
    """Something that was found, ready to be shown.

    :param label: what it is, with its number or whatever else tells it apart.
    """

    title: Markup
    line: Markup
    url: str
    icon: str
    label: str


@blueprint.get("/search")
def search() -> str:
    """Show what fits a query, best first, whatever it is."""
    query = " ".join(request.args.get("q", "").replace("\0", " ").split())[:LONGEST]
    hits = searching.find(query, limit=MOST) if query else ()
    kinds = {item.value.key for item in runtime().plugins.search_kinds}
    if query and seen_as() is None:
        note_searched(Searched(query, "portal", language(), len(hits)))
    return render_template(
        "portal/search.html",
        query=query,
        found=_found(hits, query),
        services=[] if query else offers.popular(8),
        generic=offers.generic(),
        rebuilding=bool(query and kinds) and not any(hit.kind in kinds for hit in hits) and not searching.ready(),
    )


def _found(hits: Sequence[searching.Hit], query: str) -> list[Found]:
    services = {entry.slug: entry for entry in offers.offered()}
    kinds = {item.value.key: item.value for item in runtime().plugins.search_kinds}
    rows = []
    for hit in hits:
        url, label, icon = hit.url, _("Your request"), "inbox"
        if hit.kind == "service":
            entry = services[hit.key]
            carries = entry.type.door == "broken" or entry.type.key == offers.GENERIC
            url = url_for("portal.service_form", slug=hit.key, words=query if carries else None)
            label, icon = _("Service"), entry.type.icon
        elif hit.kind in kinds:
            # The page sees what was looked for, so that the plugin learns which of its answers are opened.
            url = f"{hit.url}{'&' if '?' in hit.url else '?'}{urlencode({'searched': query})}"
            label, icon = kinds[hit.kind].title.in_language(language()), kinds[hit.kind].icon
        label = " · ".join(part for part in (label, hit.detail) if part)
        rows.append(Found(hit.marked(hit.title), hit.marked(), url, icon, label))
    return rows
