"""Who has what: the open tickets of a desk by agent, each number leading to its list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import request, url_for
from flask_babel import gettext as _

from deskcore.clock import now
from deskcore.desks.catalogue import DeskEntry
from deskcore.errors import NotFound
from deskcore.people.absentees import Absentee, absent_on
from deskcore.tickets.due import are_kept
from deskcore.tickets.overview import Open, open_now
from deskcore.web.viewer import language
from deskcore.web.workspace.area import Item, blueprint, show
from deskcore.web.workspace.colleagues import Agent, desk_agents
from deskcore.web.workspace.filters import read_list
from deskcore.web.workspace.mine import my_desks

#: From when on an open ticket is old.
_OLD = timedelta(days=7)
_NOBODY = ("", "")
#: What a column of the board adds to the query of a list; what is old is so by the day it was opened.
_COLUMNS: Mapping[str, str] = {
    "open": "",
    "waiting": "status:waiting_requester,waiting_approval,on_hold",
    "overdue": "due:overdue",
    "old": "created:>7d",
}


@dataclass(frozen=True)
class Number:
    """How many tickets there are, and where they are listed."""

    count: int
    url: str


@dataclass(frozen=True)
class Line:
    """The tickets that one agent has, or nobody.

    :param works: whether the agent works on the desk now.
    :param deputy: who stands in while the agent is away.
    :param reassign_url: where all of them can be given to somebody else, after a preview.
    """

    name: str
    email: str
    works: bool
    away_until: datetime | None
    deputy: str
    numbers: Sequence[Number]
    reassign_url: str


@blueprint.get("/board")
def board() -> str:
    """Show who has how many tickets of a desk, and what nobody has."""
    desks = my_desks()
    desk = next((each for each in desks if each.key == request.args.get("desk", desks[0].key)), None)
    if desk is None:
        raise NotFound(_("There is no such desk."))
    columns = [name for name in _COLUMNS if name != "overdue" or are_kept()]
    return show(
        "workspace/board.html",
        tabs=[_tab(each, desk) for each in desks] if len(desks) > 1 else [],
        desk_title=desk.title.in_language(language()),
        heads=[_heads()[name] for name in columns],
        lines=_lines(desk, columns),
    )


def _tab(desk: DeskEntry, chosen: DeskEntry) -> Item:
    title = desk.title.in_language(language())
    return Item(title, url_for("workspace.board", desk=desk.key), current=desk is chosen)


def _heads() -> dict[str, str]:
    return {
        "open": _("Open"),
        "waiting": _("Waiting"),
        "overdue": _("Overdue"),
        "old": _("Older than 7 days"),
    }


def _lines(desk: DeskEntry, columns: Sequence[str]) -> list[Line]:
    """Return what nobody has, and then the agents in the order of their names; those who have left last."""
    of_whom: dict[tuple[str, str], list[Open]] = {_NOBODY: []}
    for each in open_now([now() - _OLD], desk.id):
        of_whom.setdefault(each.assignee or _NOBODY, []).append(each)
    agents, away = desk_agents([desk.id]), absent_on(desk.id)
    names = {agent.id: agent.name for agent in agents}
    nobody = Agent(0, _("Nobody has them"), "")
    found = [_line(desk, nobody, of_whom.pop(_NOBODY), columns, names, None)]
    for agent in agents:
        theirs = of_whom.pop((agent.email, agent.name), [])
        found.append(_line(desk, agent, theirs, columns, names, away.get(agent.id)))
    gone = (Agent(-1, name, email) for email, name in sorted(of_whom))
    return found + [_line(desk, each, of_whom[each.email, each.name], columns, names, None) for each in gone]


def _line(
    desk: DeskEntry,
    agent: Agent,
    tickets: Sequence[Open],
    columns: Iterable[str],
    names: Mapping[int, str],
    away: Absentee | None,
) -> Line:
    whose = f"is:unsolved desk:{desk.key} assignee:{agent.email or 'none'}"
    numbers = [Number(_counted(name, tickets), _list(f"{whose} {_COLUMNS[name]}")) for name in columns]
    back = url_for("workspace.board", desk=desk.key)
    reassign = url_for("workspace.bulk_preview", scope="all", q=whose, back=back) if tickets else ""
    deputy = names.get(away.deputy_id or 0, "") if away else ""
    return Line(agent.name, agent.email, agent.id > 0, agent.away_until, deputy, numbers, reassign)


def _counted(column: str, tickets: Iterable[Open]) -> int:
    """Return how many of some tickets belong into a column."""
    return sum(each.count for each in tickets if _belongs(each, column))


def _belongs(tickets: Open, column: str) -> bool:
    belong = {"open": True, "waiting": tickets.waiting, "overdue": tickets.overdue, "old": tickets.age > 0}
    return belong[column]


def _list(query: str) -> str:
    return read_list({"q": query}).url()
