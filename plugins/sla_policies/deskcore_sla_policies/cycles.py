"""What is timed: the stretches of a ticket's life that a measure begins and ends, and where the ticket was meanwhile.

Nothing in here knows of working hours, of Flask or of a database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from deskcore_sla_policies.calendars import microseconds

#: What can be promised.
MEASURES = ("first_reply", "next_reply", "resolution")
#: Categories of a status in which nothing is left to do.
FINISHED = frozenset({"resolved", "closed"})
#: When, in microseconds; the kind of fact; and the category of status that begins.
_Mark = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something in a ticket's timeline that a clock goes by.

    :param kind: ``opened`` and ``status`` (a ``category`` begins), ``answered`` (an agent wrote to the requester),
        ``asked`` (the requester wrote), or ``team`` (another team has it).
    :param seq: its place in the timeline; facts are taken in this order, whatever order they are given in.
    """

    at: datetime
    kind: str
    category: str = ""
    team: str = ""
    seq: int = 0


class Cycle(NamedTuple):
    """From where to where something is timed, and the categories of status that began in between."""

    changes: list[tuple[int, str]]
    stop: int | None


class Stay(NamedTuple):
    """Time that a ticket spent with one team in one category of status."""

    team: str
    category: str
    start: datetime
    end: datetime


def cycles(measure: str, facts: Sequence[Fact]) -> list[Cycle]:
    """Return what is timed of a ticket by one measure, in order.

    :raises ValueError: for an unknown measure.
    """
    if measure not in _OF:
        raise ValueError(f"unknown measure: {measure}")
    return _OF[measure](_marks(facts))


def stays(facts: Sequence[Fact], now: datetime) -> list[Stay]:
    """Return where a ticket was, without a gap: with which team, and in which category of status."""
    found: list[Stay] = []
    team = category = ""
    latest = facts[0].at
    for fact in sorted(facts, key=attrgetter("seq")):
        latest = max(latest, fact.at) if found else fact.at
        if found:
            found[-1] = found[-1]._replace(end=latest)
        team = fact.team if fact.kind in ("opened", "team") else team
        category = fact.category or category
        found.append(Stay(team, category, latest, latest))
    found[-1] = found[-1]._replace(end=max(latest, now))
    return _joined([stay for stay in found if stay.start < stay.end])


def _joined(found: list[Stay]) -> list[Stay]:
    joined: list[Stay] = []
    for stay in found:
        if joined and joined[-1][:2] == stay[:2]:
            joined[-1] = joined[-1]._replace(end=stay.end)
        else:
            joined.append(stay)
    return joined


def _marks(facts: Sequence[Fact]) -> Iterator[_Mark]:
    """Yield facts in their order: when, the kind and the category, in times that never go back."""
    latest = 0
    for number, fact in enumerate(sorted(facts, key=attrgetter("seq"))):
        at = microseconds(fact.at)
        if at > latest or not number:
            latest = at
        yield latest, fact.kind, fact.category or ("" if number else "new")


def _first_reply(marks: Iterable[_Mark]) -> list[Cycle]:
    """Time from the beginning to the first answer, or to the end of a ticket that never got one."""
    changes: list[tuple[int, str]] = []
    for at, kind, category in marks:
        if kind == "answered" or category in FINISHED:
            return [Cycle(changes or [(at, "new")], at)]
        if category:
            changes.append((at, category))
    return [Cycle(changes, None)]


def _resolution(marks: Iterable[_Mark]) -> list[Cycle]:
    """Time from the beginning to the solution that lasted."""
    changes = [(at, category) for at, _kind, category in marks if category]
    opened, stop = changes[0][0], None
    while changes and changes[-1][1] in FINISHED:
        stop = changes.pop()[0]
    return [Cycle(changes or [(opened, "new")], stop)]


def _next_reply(marks: Iterable[_Mark]) -> list[Cycle]:
    """Time from each question, once there was a first answer, to the answer that follows."""
    cycles: list[Cycle] = []
    current: Cycle | None = None
    now, answered, asked = "", False, False
    for at, kind, category in marks:
        now = category or now
        if kind == "answered":
            answered, asked = True, False
        elif kind == "asked":
            asked = answered
        if current and (kind == "answered" or now in FINISHED):
            cycles.append(current._replace(stop=at))
            current, asked = None, False
        elif current and category:
            current.changes.append((at, category))
        elif asked and not current and now not in FINISHED:
            current = Cycle([(at, now)], None)
    return [*cycles, current] if current else cycles


_OF: dict[str, Callable[[Iterable[_Mark]], list[Cycle]]] = {
    "first_reply": _first_reply,
    "next_reply": _next_reply,
    "resolution": _resolution,
}
