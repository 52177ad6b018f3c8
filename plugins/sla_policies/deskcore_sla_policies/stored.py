"""What is stored of the clocks of tickets: read, compared and written, for many of them in a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, insert, inspect, select, update
from sqlalchemy.orm import InstrumentedAttribute

from deskcore.plugin import Base, session, unit_of_work
from deskcore_sla_policies.models import ClockRow, Followed, Mark
from deskcore_sla_policies.reading import Kept, Marks

_UNTRACKED = {"synchronize_session": False}


@dataclass(frozen=True)
class Stored:
    """What is stored of the clocks of one ticket.

    :param ticket: of :class:`Followed`; nothing as long as nobody has read its clocks.
    :param clocks: of :class:`ClockRow`, by measure and cycle.
    :param marks: what was done about them already.
    """

    ticket: Row[Any] | None = None
    clocks: Mapping[tuple[str, int], Row[Any]] = field(default_factory=dict)
    marks: Marks = frozenset()

    @property
    def version(self) -> int:
        """Return what rises with every change of it; 0 while nothing is stored."""
        return self.ticket.version if self.ticket is not None else 0


@dataclass(frozen=True)
class Change:
    """What has to be written so that what is stored of one ticket says what was read.

    :param opened: its row of :class:`Followed` if nobody has read its clocks before; ``followed`` if anything differs.
    :param gone: ids of clocks that time nothing any more.
    :param marks: of what has come to be done.
    """

    opened: Sequence[Mapping[str, Any]] = ()
    followed: Sequence[Mapping[str, Any]] = ()
    begun: Sequence[Mapping[str, Any]] = ()
    changed: Sequence[Mapping[str, Any]] = ()
    gone: Sequence[int] = ()
    marks: Sequence[Mapping[str, Any]] = ()


def change_of(
    before: Stored, ticket: Mapping[str, Any], kept: Sequence[Kept], marks: Iterable[tuple[str, int, int]]
) -> Change:
    """Return what has to be written of one ticket.

    :param ticket: what its row of :class:`Followed` should say.
    :param marks: names of those to be made.
    """
    of_ticket = {"ticket_id": ticket["ticket_id"]}
    begun, changed, gone = [], [], dict(before.clocks)
    for each in kept:
        key = each.clock.measure, each.clock.cycle
        row, values = gone.pop(key, None), written(each)
        if row is None:
            begun.append({**of_ticket, "measure": key[0], "cycle": key[1], **values})
        elif _differ(row, values):
            changed.append({"id": row.id, **values})
    made = [{**of_ticket, "measure": measure, "cycle": cycle, "percent": percent} for measure, cycle, percent in marks]
    change = Change(begun=begun, changed=changed, gone=[row.id for row in gone.values()], marks=made)
    if before.ticket is None:
        return replace(change, opened=[ticket])
    if begun or changed or gone or made or _differ(before.ticket, ticket):
        return replace(change, followed=[{**ticket, "version": before.version + 1}])
    return change


def write(changes: Iterable[Change]) -> None:
    """Write what has to be, in the surrounding unit of work."""
    found = list(changes)
    with unit_of_work() as work:
        if gone := [each for change in found for each in change.gone]:
            work.execute(delete(ClockRow).where(ClockRow.id.in_(gone)), execution_options=_UNTRACKED)
        for statement, rows in (
            (insert(Followed), [each for change in found for each in change.opened]),
            (update(Followed), [each for change in found for each in change.followed]),
            (insert(ClockRow), [each for change in found for each in change.begun]),
            (update(ClockRow), [each for change in found for each in change.changed]),
            (insert(Mark), [each for change in found for each in change.marks]),
        ):
            if rows:
                work.execute(statement, rows)


def stored_of(ids: Collection[int]) -> Mapping[int, Stored]:
    """Return what is stored of the clocks of some tickets, by id."""
    # The version first: whatever changes between these statements is then seen to have changed.
    tickets = {row.ticket_id: row for row in _rows(ids, *_columns(Followed))}
    clocks: defaultdict[int, dict[tuple[str, int], Row[Any]]] = defaultdict(dict)
    for row in _rows(ids, *_columns(ClockRow)):
        clocks[row.ticket_id][row.measure, row.cycle] = row
    marks = marks_of(ids)
    return {ticket_id: Stored(tickets.get(ticket_id), clocks[ticket_id], marks[ticket_id]) for ticket_id in ids}


def versions_of(ids: Collection[int]) -> Mapping[int, int]:
    """Return the versions of what is stored of some tickets, by id; those of which nothing is are left out."""
    return {row.ticket_id: row.version for row in _rows(ids, Followed.ticket_id, Followed.version)}


def marks_of(ids: Collection[int]) -> Mapping[int, set[tuple[str, int, int]]]:
    """Return what was done about the clocks of tickets already, by id."""
    found: defaultdict[int, set[tuple[str, int, int]]] = defaultdict(set)
    for row in _rows(ids, Mark.ticket_id, Mark.measure, Mark.cycle, Mark.percent):
        found[row.ticket_id].add((row.measure, row.cycle, row.percent))
    return found


def written(kept: Kept) -> dict[str, Any]:
    """Return what is stored of a clock; of one that runs, nothing that changes with every second."""
    clock = kept.clock
    running = clock.state == "running"
    return {
        "policy": kept.policy.key,
        "revision": kept.revision,
        "state": clock.state,
        "paused_for": clock.paused_for,
        "outcome": clock.outcome,
        "goal": round(clock.goal.total_seconds()),
        "elapsed": 0 if running else round(clock.elapsed.total_seconds()),
        "started_at": clock.started_at,
        "stopped_at": clock.stopped_at,
        "due_at": clock.due_at,
        "breached_at": clock.breached_at,
    }


def _rows(ids: Collection[int], *columns: InstrumentedAttribute[Any]) -> Iterable[Row[Any]]:
    return session().execute(_of_tickets(*columns), {"ids": list(ids)})


@cache
def _of_tickets(*columns: InstrumentedAttribute[Any]) -> Select[Any]:
    """Return the query for columns of a model that belong to some tickets, their ``ids``; it is built once."""
    return select(*columns).where(columns[0].class_.ticket_id.in_(bindparam("ids", expanding=True)))


@cache
def _columns(model: type[Base]) -> Sequence[InstrumentedAttribute[Any]]:
    return [getattr(model, attribute.key) for attribute in inspect(model).column_attrs]


def _differ(row: Row[Any], values: Mapping[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in values.items())
