"""Lists of tickets: what a query finds, its columns, and what can be done from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from deskcore.clock import now
from deskcore.errors import Refused
from deskcore.people.services import update_profile
from deskcore.runtime import runtime
from deskcore.tickets.lists import COUNT_CAP, Page, list_tickets
from deskcore.tickets.queries import TicketQuery
from deskcore.tickets.query_language import Term, Wanted, parse
from deskcore.tickets.views import may_change
from deskcore.viewer import current_viewer
from deskcore.web import bulk_actions
from deskcore.web.badges import badges
from deskcore.web.viewer import current_person, language, safe_next
from deskcore.web.workspace import list_columns
from deskcore.web.workspace.area import blueprint, queue_title, show
from deskcore.web.workspace.chips import Chip, chips, choices, left_out
from deskcore.web.workspace.colleagues import MENU, desk_agents
from deskcore.web.workspace.due import due
from deskcore.web.workspace.filters import UNSOLVED, ListState, read_list
from deskcore.web.workspace.mine import my_desks

#: Stands for the number in the address that all rows share.
_PLACE = "NUMBER"
#: Characters of tags and description that stand behind a number, and the fewest of a description that say something.
_LINE, _LEAST = 80, 20
_OVERDUE = Wanted("due", ("overdue",))


@dataclass(frozen=True)
class Row:
    """A ticket in a list, ready to be shown."""

    number: str
    version: int
    subject: str
    url: str
    priority: int
    category: str
    status_word: str
    requester: str
    assignee: str
    desk: str
    service: str
    tags: Sequence[str]
    snippet: str
    created_at: datetime
    updated_at: datetime
    sla_state: str
    sla_text: str
    due_at: datetime | None


@dataclass(frozen=True)
class Without:
    """A term without which the list would not be empty.

    :param count: how many tickets there would be.
    """

    chip: Chip
    count: int


@blueprint.get("/tickets")
def queue() -> ResponseReturnValue:
    """Show what the address asks for."""
    if "column" in request.args or "add" in request.args:
        return redirect(_chosen(request.args))
    state = read_list(request.args)
    page, stale = _page(state.query)
    shown = rows(page, state)
    columns = list_columns.shown(state, [row.number for row in shown], has_due=any(row.sla_state for row in shown))
    whole = replace(state.query, after="", before="")
    return show(
        "workspace/queue.html",
        here=state.place,
        counted=_counted(whole, state, shown),
        worst=lambda counts: worst(state, counts),
        state=state,
        title=title(state),
        ignored=[*state.ignored, *([("after", "…")] if stale else [])],
        left_out=left_out(state),
        missing=list_columns.missing(state),
        rows=shown,
        columns=columns,
        badges=badges([row.number for row in shown]),
        bulk_actions=bulk_actions.offered() if shown else [],
        offered=list_columns.offered(state, columns),
        chips=chips(state),
        choices=choices(state),
        agents=desk_agents([desk.id for desk in my_desks()], MENU) if shown else [],
        statuses=_statuses() if shown else [],
        next_url=state.url(after=page.next) if page.next else "",
        previous_url=state.url(before=page.previous) if page.previous else "",
        first_page=not (state.query.after or state.query.before) or stale,
        cap=COUNT_CAP,
        may_change=state.view is not None and may_change(current_viewer(), state.view),
        **_addresses(state),
    )


def _chosen(args: MultiDict[str, str]) -> str:
    """Return the address that a choice on the page leads to: the same list with other columns, or one term more."""
    columns = {"columns": ",".join(args.getlist("column"))} if "column" in args else {}
    return read_list(args.to_dict() | columns).with_more(parse(args.get("add", "")))


def _addresses(state: ListState) -> dict[str, Any]:
    """Return where the same list leads to: a file, a bulk change of all of it, a saved view, what is new in it."""
    text, sort, columns, limit = state.saved
    return {
        "csv_url": url_for("workspace.export", q=text, sort=sort),
        "all_url": url_for("workspace.bulk_preview", scope="all", q=text, back=state.url()),
        "news_url": url_for("workspace.news", q=text, since=f"{now():%Y-%m-%dT%H:%M:%S.%fZ}"),
        "view_values": {"q": text, "sort": sort, "columns": ",".join(columns) or None, "limit": limit},
    }


def _counted(whole: TicketQuery, state: ListState, shown: Sequence[Row]) -> dict[str, TicketQuery]:
    """Return what is counted: the whole list, what is late in it, and for an empty one each list less narrow."""
    wanted = {"total": whole}
    if shown:
        can_be_late = UNSOLVED in state.items and any(row.due_at for row in shown)
        return wanted | ({"overdue": replace(whole, wanted=(*whole.wanted, _OVERDUE))} if can_be_late else {})
    if state.query.after or state.query.before:
        return wanted
    # That there is none is known; to count again what was not found would cost the same once more.
    places = range(len(whole.wanted)) if len(whole.wanted) > 1 else ()
    return {f"without {place}": _without(whole, place) for place in places}


def _without(query: TicketQuery, place: int) -> TicketQuery:
    return replace(query, wanted=query.wanted[:place] + query.wanted[place + 1 :])


def worst(state: ListState, counts: Mapping[str, int]) -> Without | None:
    """Return the term of an empty list that excludes most, as the counts say."""
    found = {int(name.split()[1]): count for name, count in counts.items() if name.startswith("without ")}
    if not any(found.values()):
        return None
    place = max(found, key=lambda each: found[each])
    narrowing = [at for at, item in enumerate(state.items) if isinstance(item, Term) and state.narrows(at)]
    chip = next(chip for chip in chips(state) if chip.place == narrowing[place])
    return Without(chip, found[place])


@blueprint.post("/display")
def display() -> ResponseReturnValue:
    """Keep the agent's choice between comfortable and compact rows."""
    density = request.form.get("density", "")
    if density in ("comfortable", "compact"):
        update_profile(current_person(), {"density": density})
    return redirect(safe_next(request.form.get("back"), url_for("workspace.queue")))


def rows(page: Page, state: ListState | None = None) -> list[Row]:
    """Return the rows of a page, each leading to its ticket in the surroundings of this list."""
    # One address for all rows: a number needs no quoting.
    pattern = url_for("workspace.ticket", number=_PLACE, **(state.carried if state else {}))
    catalogue = runtime().catalogue
    desks = {desk.id: desk for desk in catalogue.desks.values()}
    words = {
        (desk.id, status.key): status.title.in_language(language()) for desk in desks.values() for status in desk.worn
    }
    titles = {entry.id: entry.type.title.in_language(language()) for entry in catalogue.types.values()}
    found = []
    for row in page.rows:
        desk = desks[row.desk_id].title.in_language(language())
        word, service = words.get((row.desk_id, row.status), ""), titles.get(row.request_type_id, "")
        found.append(_row(row, pattern, word, desk, service, crowded=state is not None and state.crowded))
    return found


def _row(row: Any, pattern: str, status_word: str, desk: str, service: str, *, crowded: bool) -> Row:
    left = due(row.due_at, row.status_category, row.due_state, row.due_soon_at)
    tags = row.tags[: 1 if crowded else 3]
    room = 0 if crowded else _LINE - sum(len(tag) + 3 for tag in tags)
    return Row(
        number=row.number,
        version=row.version,
        subject=row.subject,
        url=pattern.replace(_PLACE, row.number, 1),
        priority=row.priority,
        category=row.status_category,
        status_word=status_word,
        requester=row.requester_name,
        assignee=row.assignee_name or "",
        desk=desk,
        service=service,
        tags=tags,
        snippet=_snippet(row.excerpt, row.subject, room),
        created_at=row.created_at,
        updated_at=row.updated_at,
        sla_state=left.state if left else "",
        sla_text=left.text if left else "",
        due_at=row.due_at,
    )


def _snippet(excerpt: str, subject: str, room: int) -> str:
    """Return the beginning of the description, as far as there is room, without what the subject says already."""
    line = " ".join(excerpt.split()).removeprefix(subject.rstrip("…")).lstrip(" .,:;–-")
    if not line or room < _LEAST:
        return ""
    return f"“{line[:room]}…”" if len(line) > room else f"“{line}”"


def _page(query: TicketQuery) -> tuple[Page, bool]:
    """Return the page asked for, or the first one when its cursor has gone stale."""
    try:
        return list_tickets(query, current_person().id), False
    except Refused:
        return list_tickets(replace(query, after="", before=""), current_person().id), True


def title(state: ListState) -> str:
    """Return what a list is called."""
    if state.view is not None:
        return state.view.name
    desk = next((desk for desk in my_desks() if desk.key == state.desk), None)
    return desk.title.in_language(language()) if desk is not None else queue_title(state.base)


def _statuses() -> list[tuple[str, str, str]]:
    """Return the statuses of my desks that a ticket can be moved to: key, word, category; each word once."""
    found = {
        status.key: (status.key, status.title.in_language(language()), status.category)
        for desk in my_desks()
        for status in desk.statuses
        if status.category != "new"
    }
    return list(found.values())
