"""What is new in a list since its page was made: asked for by the page every 20 seconds, answered in a few bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from deskcore.clock import now
from deskcore.tickets.latest import newest_on_desks
from deskcore.tickets.lists import COUNT_CAP, count_tickets
from deskcore.web.viewer import current_person
from deskcore.web.workspace.area import blueprint
from deskcore.web.workspace.conditional import if_changed
from deskcore.web.workspace.filters import read_list


@blueprint.get("/tickets/news")
def news() -> ResponseReturnValue:
    """Return how many tickets of a list are new or changed since a moment; nothing while no desk has anything new.

    Nothing is counted before something happened on a desk that the reader sees.
    """
    return if_changed(newest_on_desks(), _count)


def _count() -> dict[str, Any]:
    query = replace(read_list(request.args).query, after="", before="", updated_since=_since())
    count = count_tickets({"news": query}, current_person().id)["news"]
    words = ngettext("%(num)s new or changed", "%(num)s new or changed", min(count, COUNT_CAP))
    return {"count": count, "text": words}


def _since() -> datetime:
    """Return the moment in the address; one that cannot be read is now, since when nothing is new."""
    try:
        return datetime.strptime(request.args.get("since", ""), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        return now()
