"""Lists of tickets: the queues, their filters, and the search that leads to one ticket or to a list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.errors import NotFound, Refused
from deskcore.hooks.contributions import PRIORITIES, STATUS_CATEGORIES
from deskcore.people.services import find_person, update_profile
from deskcore.runtime import runtime
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.queries import COUNT_CAP, Page, TicketQuery, list_tickets
from deskcore.web import slots
from deskcore.web.viewer import current_person, language, safe_next
from deskcore.web.vocabulary import priority_look, status_look
from deskcore.web.workspace.area import blueprint, my_desks, queue_title, show
from deskcore.web.workspace.colleagues import desk_agents
from deskcore.web.workspace.due import due
from deskcore.web.workspace.filters import ListState, chips, read_list

#: Stands for the number in the address that all rows share.
_PLACE = "NUMBER"
_NUMBER = re.compile(r"[a-z]{2,5}-[0-9a-z]{1,12}", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """A ticket in a list, ready to be shown."""

    number: str
    subject: str
    url: str
    priority: int
    category: str
    status_word: str
    requester: str
    assignee: str
    tags: Sequence[str]
    snippet: str
    updated_at: datetime
    sla_state: str
    sla_text: str
    due_at: datetime | None


@dataclass(frozen=True)
class Head:
    """A column's head: where it sorts, and how it is sorted now."""

    label: str
    url: str
    sort: str


@blueprint.get("/", strict_slashes=False)
def home() -> ResponseReturnValue:
    """Lead to the agent's own tickets."""
    return redirect(url_for("workspace.queue", queue="mine"))


@blueprint.get("/tickets")
def queue() -> ResponseReturnValue:
    """Show a queue, narrowed by what the address says."""
    if set(request.args) == {"q"}:
        return redirect(url_for("workspace.search", q=request.args["q"]))
    state = read_list(request.args)
    page, stale = _page(state.query)
    numbers = [row.number for row in page.rows]
    return show(
        "workspace/queue.html",
        here=state.query,
        counted={"total": replace(state.query, after="", before="")},
        state=state,
        title=_title(state),
        ignored=[*state.ignored, *([("after", "…")] if stale else [])],
        rows=rows(page, state),
        columns=slots.columns(numbers),
        heads=_heads(state),
        chips=chips(state),
        choices=_choices(state),
        agents=desk_agents([desk.id for desk in my_desks()]) if page.rows else [],
        next_url=state.url(after=page.next) if page.next else "",
        previous_url=state.url(before=page.previous) if page.previous else "",
        first_page=not (state.query.after or state.query.before) or stale,
        cap=COUNT_CAP,
    )


@blueprint.get("/search")
def search() -> ResponseReturnValue:
    """Open the ticket whose number was written or the person whose address was; else list what matches."""
    words = " ".join(request.args.get("q", "").split())
    if _NUMBER.fullmatch(words):
        try:
            return redirect(url_for("workspace.ticket", number=find_ticket(words).number))
        except NotFound:
            pass
    if "@" in words and (person := find_person(words)) is not None:
        return redirect(url_for("workspace.person", email=person.email))
    return redirect(url_for("workspace.queue", queue="all", q=words or None))


@blueprint.post("/display")
def display() -> ResponseReturnValue:
    """Keep the agent's choice between comfortable and compact rows."""
    density = request.form.get("density", "")
    if density in ("comfortable", "compact"):
        update_profile(current_person(), {"density": density})
    return redirect(safe_next(request.form.get("back"), url_for("workspace.queue")))


@blueprint.get("/shortcuts")
def shortcuts() -> str:
    """Show the keys of the workspace."""
    return show("workspace/shortcuts.html")


def rows(page: Page, state: ListState | None = None) -> list[Row]:
    """Return the rows of a page, each leading to its ticket in the surroundings of this list."""
    context: dict[str, Any] = {"queue": state.query.queue, "desk": state.given.get("desk")} if state else {}
    # One address for all rows: a number needs no quoting.
    pattern = url_for("workspace.ticket", number=_PLACE, **context)
    words = {
        (desk.id, status.key): status.title.in_language(language())
        for desk in runtime().catalogue.desks.values()
        for status in desk.statuses
    }
    return [_row(row, pattern, words) for row in page.rows]


def _row(row: Any, pattern: str, words: Mapping[tuple[int, str], str]) -> Row:
    left = due(row.due_at, row.status_category)
    return Row(
        number=row.number,
        subject=row.subject,
        url=pattern.replace(_PLACE, row.number),
        priority=row.priority,
        category=row.status_category,
        status_word=words.get((row.desk_id, row.status), ""),
        requester=row.requester_name,
        assignee=row.assignee_name or "",
        tags=row.tags[:3],
        snippet=_snippet(row.excerpt, row.subject),
        updated_at=row.updated_at,
        sla_state=left.state if left else "",
        sla_text=left.text if left else "",
        due_at=row.due_at,
    )


def _snippet(excerpt: str, subject: str) -> str:
    """Return the beginning of the description, without what the subject says already."""
    line = " ".join(excerpt.split()).removeprefix(subject.rstrip("…")).lstrip(" .,:;–-")
    return f"“{line[:90]}…”" if len(line) > 90 else f"“{line}”" if line else ""


def _page(query: TicketQuery) -> tuple[Page, bool]:
    """Return the page asked for, or the first one when its cursor has gone stale."""
    try:
        return list_tickets(query, current_person().id), False
    except Refused:
        return list_tickets(replace(query, after="", before=""), current_person().id), True


def _title(state: ListState) -> str:
    desk = next((desk for desk in my_desks() if desk.id == state.query.desk_id), None)
    if desk is not None and state.query.queue == "open":
        return desk.title.in_language(language())
    return queue_title(state.query.queue)


def _heads(state: ListState) -> dict[str, Head]:
    labels = {"priority": _("Priority"), "due": _("Due"), "updated": _("Updated")}
    return {name: _head(state, name, label) for name, label in labels.items()}


def _head(state: ListState, name: str, label: str) -> Head:
    """Return a head that turns the order round when it is the one that counts now."""
    now = state.query.sort
    first = name if name == "due" else f"-{name}"
    following = (name if now.startswith("-") else f"-{name}") if now.removeprefix("-") == name else first
    direction = "" if now.removeprefix("-") != name else "descending" if now.startswith("-") else "ascending"
    return Head(label, state.url(sort=following), direction)


def _choices(state: ListState) -> list[dict[str, Any]]:
    """Return the filters that can be added, each with its choices."""
    desks = [(desk.key, desk.title.in_language(language())) for desk in my_desks()]
    found: list[tuple[str, str, list[tuple[str, Any]]]] = [
        ("category", _("Status"), [(name, status_look(name).word) for name in STATUS_CATEGORIES]),
        ("priority", _("Priority"), [(name, priority_look(name).word) for name in reversed(PRIORITIES)]),
        ("desk", _("Desk"), desks if len(desks) > 1 else []),
    ]
    return [
        {"label": label, "items": [{"label": word, "url": state.url(**{name: value})} for value, word in items]}
        for name, label, items in found
        if items and name not in state.given
    ]
