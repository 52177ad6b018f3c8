"""The columns of a list: the core's and those of plugins, chosen by the list itself or by the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from deskcore.web import slots
from deskcore.web.workspace.filters import COLUMNS, ListState

#: Columns by which a list can be sorted, and how it is when its head is pressed first.
_SORTS = {"priority": "-priority", "due": "due", "created": "-created", "updated": "-updated"}


@dataclass(frozen=True)
class Column:
    """A column of a list, ready to be shown.

    :param url: where its head leads, if one can sort by it; ``sort`` says how it is sorted now.
    :param plugin: which adds it; its ``cells`` stand by ticket number.
    """

    name: str
    label: str
    url: str = ""
    sort: str = ""
    plugin: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    failed: bool = False


@dataclass(frozen=True)
class Offered:
    """A column that can be chosen."""

    name: str
    label: str
    chosen: bool


_LABELS: Mapping[str, LazyString] = {
    "priority": _l("Priority"),
    "requester": _l("Requester"),
    "status": _l("Status"),
    "due": _l("Due"),
    "assignee": _l("Assignee"),
    "desk": _l("Desk"),
    "service": _l("Service"),
    "created": _l("Created"),
    "updated": _l("Updated"),
}


def shown(state: ListState, numbers: Sequence[str], *, has_due: bool) -> list[Column]:
    """Return the columns of a list in their order, those of plugins filled; an empty one only where it was chosen.

    :param has_due: whether any row has a due time.
    """
    wanted = _wanted(state, has_due=has_due)
    filled = {column.name: column for column in slots.columns(numbers, wanted)}
    found = []
    for name in wanted:
        if name in _LABELS:
            found.append(_head(state, name, str(_LABELS[name])))
        elif (column := filled.get(name)) and (state.columns or column.failed or any(column.cells.values())):
            found.append(Column(name, column.label, "", "", column.plugin, column.cells, column.failed))
    return found


def _wanted(state: ListState, *, has_due: bool) -> tuple[str, ...]:
    if state.columns:
        return state.columns
    due = has_due or state.query.sort.removeprefix("-") == "due"
    left_out = {"desk", "service", "created"} | ({"assignee"} if state.base in ("mine", "unassigned") else set())
    own = [name for name in COLUMNS if name not in left_out and (due or name != "due")]
    return (*own[:-1], *(column.name for column in slots.columns_offered()), own[-1])


def offered(state: ListState, columns: Sequence[Column]) -> list[Offered]:
    """Return all columns that can be chosen."""
    chosen = {column.name for column in columns}
    every = [*_LABELS.items(), *((column.name, column.label) for column in slots.columns_offered())]
    return [Offered(name, str(label), name in chosen) for name, label in every]


def missing(state: ListState) -> list[str]:
    """Return the names of chosen columns that nobody has now: their plugin is off, or gone."""
    there = {*COLUMNS, *(column.name for column in slots.columns_offered())}
    return [name for name in state.columns if name not in there]


def _head(state: ListState, name: str, label: str) -> Column:
    """Return a head that turns the order round when it is the one that counts now."""
    if name not in _SORTS:
        return Column(name, label)
    now = state.query.sort
    here = now.removeprefix("-") == name
    following = (name if now.startswith("-") else f"-{name}") if here else _SORTS[name]
    direction = "" if not here else "descending" if now.startswith("-") else "ascending"
    return Column(name, label, state.url(sort=following), direction)
