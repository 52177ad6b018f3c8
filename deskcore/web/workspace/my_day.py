"""My day: what an agent has to look at first, and what became of the week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from deskcore.people.absentees import Absentee, absences_about
from deskcore.tickets.due import are_kept
from deskcore.tickets.lists import list_tickets
from deskcore.tickets.my_week import Week, my_week
from deskcore.tickets.queries import TicketQuery
from deskcore.web.notices import notices
from deskcore.web.viewer import current_person
from deskcore.web.workspace.area import blueprint, show
from deskcore.web.workspace.filters import ListState, read_list
from deskcore.web.workspace.queue import Row, rows

#: Rows of a list before the link to all of it.
ROWS = 5
_MINE = "is:unsolved assignee:me"
#: Only these wait for the desk; the others wait for somebody else.
_WAITS_FOR_US = "-status:waiting_requester,waiting_approval,on_hold"


@dataclass(frozen=True)
class _Declared:
    """A list of the page: its query, the icon before its title, and whether it is about due times."""

    title: LazyString
    empty: LazyString
    query: str
    icon: str
    sort: str
    about_time: bool = False
    urgent: bool = False


_LISTS: Mapping[str, _Declared] = {
    "overdue": _Declared(
        _l("Overdue"), _l("Nothing is overdue."), f"{_MINE} due:overdue -is:snoozed", "alert", "due", True, True
    ),
    "today": _Declared(
        _l("Due today"), _l("Nothing else is due today."), f"{_MINE} due:today -due:overdue -is:snoozed", "hourglass",
        "due", True,
    ),
    "waiting": _Declared(
        _l("Waiting long"), _l("Nothing has waited for more than three days."),
        f"{_MINE} updated:>3d -due:<=today -is:snoozed", "clock", "updated",
    ),
    "mentions": _Declared(_l("Mentions"), _l("No note mentions you."), "is:mentioned", "chat", "-updated"),
}  # fmt: skip


@dataclass(frozen=True)
class Block:
    """A list as the page shows it.

    :param count: name of its number among the counts of the page.
    :param url: of the whole list.
    """

    key: str
    title: str
    empty: str
    icon: str
    urgent: bool
    count: str
    url: str
    rows: Sequence[Row]


@blueprint.get("/", strict_slashes=False)
def home() -> str:
    """Show what is overdue, due today, waiting long, and where the reader is mentioned."""
    person = current_person()
    own, others = absences_about(person.id)
    states = {name: read_list({"q": each.query, "sort": each.sort}) for name, each in _shown().items()}
    blocks = [_block(name, _LISTS[name], state) for name, state in states.items()]
    stood_in = _standing_in(others) if others else None
    solved = read_list({"q": "assignee:me is:solved solved:7d"})
    counted = {each.count: state.query for each, state in zip(blocks, states.values(), strict=True)}
    counted |= {"solved": solved.query} | ({stood_in[0].count: stood_in[1].query} if stood_in else {})
    return show(
        "workspace/my_day.html",
        here="my day",
        counted=counted,
        blocks=blocks,
        quiet=not any(block.rows for block in blocks),
        standing_in=stood_in[0] if stood_in else None,
        own=own,
        absent=others,
        boards=notices("workspace"),
        week=my_week(person.id),
        share=share,
        solved_url=solved.url(),
        keeps_times=are_kept(),
    )


def share(week: Week) -> str:
    """Return how many of a hundred solved tickets were in time; nothing where none had a time to keep."""
    whole = week.in_time + week.late
    return f"{round(100 * week.in_time / whole)}%" if whole else "–"


def _shown() -> dict[str, _Declared]:
    """Return the lists; those about due times only where somebody keeps them."""
    return {name: each for name, each in _LISTS.items() if are_kept() or not each.about_time}


def _block(name: str, declared: _Declared, state: ListState) -> Block:
    said = str(declared.title), str(declared.empty)
    return Block(name, *said, declared.icon, declared.urgent, f"day {name}", state.url(), _rows(state))


def _standing_in(absent: Sequence[Absentee]) -> tuple[Block, ListState]:
    """Return the tickets of those for whom the reader stands in that wait for the desk, the latest news first."""
    emails = ",".join(each.email for each in absent)
    state = read_list({"q": f"is:unsolved assignee:{emails} {_WAITS_FOR_US}", "sort": "-updated"})
    names = ", ".join(each.name for each in absent)
    title, empty = _("Standing in for: %(names)s", names=names), _("None of these tickets waits for us.")
    return Block("deputy", title, empty, "users", False, "day deputy", state.url(), _rows(state)), state


def _rows(state: ListState) -> list[Row]:
    query: TicketQuery = replace(state.query, limit=ROWS)
    return rows(list_tickets(query, current_person().id), state)
