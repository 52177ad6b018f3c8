"""The clock: how long something took by what was promised, as a pure function of what happened.

It is given facts of a ticket's timeline and the terms that held, and answers with time that runs, stands still for a
reason, or lies outside working hours; that adds up to the figure. Nothing is remembered between two calls, so that
recomputing a ticket gives what was shown before. Nothing in here knows of Flask or of a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple, TypeVar

from deskcore_sla_policies.calendars import Calendar, microseconds, moment
from deskcore_sla_policies.cycles import FINISHED, Cycle, Fact, cycles

_MICROSECOND = timedelta(microseconds=1)
Found = TypeVar("Found")


@dataclass(frozen=True)
class Terms:
    """What was promised, and how time is counted for it.

    :param goal: so much time may pass.
    :param pauses: categories of status in which the clock stands still.
    :param grace: so much longer nobody calls it late; what is shown as due stays the goal.
    :param since: from when they hold; the first ones hold from the beginning.
    :param name: of the policy, to explain with.
    """

    goal: timedelta
    calendar: Calendar
    pauses: frozenset[str] = frozenset()
    grace: timedelta = timedelta(0)
    since: datetime | None = None
    name: str = ""


class Stretch(NamedTuple):
    """A part of the time between a clock's start and its end.

    :param kind: ``running``, ``paused``, ``outside`` or ``holiday``.
    :param reason: the category of status that stopped the clock, or the holiday's name.
    """

    start: datetime
    end: datetime
    kind: str
    reason: str = ""

    @property
    def counted(self) -> timedelta:
        """Return how much of it counts."""
        return self.end - self.start if self.kind == "running" else timedelta(0)


class _Part(NamedTuple):
    """Time under the same terms that runs or stands still as one; ``reason`` says why it stands still."""

    start: int
    end: int
    reason: str
    terms: Terms
    counted: int


@dataclass(frozen=True)
class Clock:
    """One clock of a ticket, read at one moment.

    :param cycle: which one of its kind it is in this ticket, from 1 on.
    :param stopped_at: when what was promised was done.
    :param terms: that hold at its end.
    """

    measure: str
    cycle: int
    terms: Terms
    started_at: datetime
    stopped_at: datetime | None
    _parts: Sequence[_Part]

    @property
    def state(self) -> str:
        """Return ``running``, ``paused`` or ``stopped``."""
        if self.stopped_at is not None:
            return "stopped"
        return "paused" if self._parts[-1].reason else "running"

    @property
    def paused_for(self) -> str:
        """Return the category of status for which the clock stands still now."""
        return self._parts[-1].reason if self.state == "paused" else ""

    @property
    def goal(self) -> timedelta:
        """Return how much time may pass."""
        return self.terms.goal

    @cached_property
    def elapsed(self) -> timedelta:
        """Return how much time counts so far."""
        return timedelta(microseconds=sum(part.counted for part in self._parts))

    @property
    def remaining(self) -> timedelta:
        """Return what is left; less than nothing when it is late."""
        return self.goal - self.elapsed

    @cached_property
    def due_at(self) -> datetime | None:
        """Return when the goal is, or was, used up; nothing while the clock stands still before that."""
        return self.moment_of(self.goal)

    @cached_property
    def breached_at(self) -> datetime | None:
        """Return when it became late: nothing as long as it is not, and never before the terms promised it.

        What was done in the very moment in which the time was used up is not late.
        """
        used_up = self.moment_of(self.goal + self.terms.grace)
        if used_up is None or used_up > self.ended_at or used_up == self.stopped_at:
            return None
        since = self.terms.since
        return max(used_up, since) if since is not None else used_up

    @property
    def ended_at(self) -> datetime:
        """Return the moment up to which it was read."""
        return moment(self._parts[-1].end)

    @property
    def late(self) -> bool:
        """Tell whether more time passed than was promised."""
        return self.breached_at is not None

    @property
    def outcome(self) -> str:
        """Return ``late``, ``met``, or ``open`` while nothing is decided."""
        if self.late:
            return "late"
        return "open" if self.stopped_at is None else "met"

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """Return the time from start to end without a gap, with the reason for each part that does not count."""
        return tuple(stretch for part in self._parts for stretch in _stretches(part))

    def moment_of(self, amount: timedelta) -> datetime | None:
        """Return when so much time had counted, or will have if nothing else happens.

        :returns: nothing for a clock that stands still or was stopped before that, or with a calendar without hours.
        """
        left = amount // _MICROSECOND
        for part in self._parts:
            if not part.reason and part.counted >= left:
                return _later(part, left)
            left -= part.counted
        if self.state != "running":
            return None
        last = self._parts[-1]
        return _later(last, left + last.counted)


def clocks(measure: str, facts: Sequence[Fact], terms: Sequence[Terms], now: datetime) -> list[Clock]:
    """Return the clocks of one kind that a ticket has had: one, or for the next reply one for each time of waiting.

    A fact whose time lies before that of the one before it (somebody set the server's clock back) counts as the same
    moment, and so does ``now``. A finished ticket stops its clocks; taken up again, its resolution goes on from the
    time that had counted. Terms that came on the way leave what was counted and paused under the earlier ones.

    :param measure: one of :data:`~deskcore_sla_policies.cycles.MEASURES`.
    :param facts: of one ticket; the first one opens it.
    :param terms: in the order in which they came to hold.
    :raises ValueError: without facts or terms, or for an unknown measure.
    """
    end, timed = _timed(measure, facts, terms, now)
    return [_clock(measure, number, cycle, terms, end) for number, cycle in enumerate(timed, start=1)]


def clock(measure: str, facts: Sequence[Fact], terms: Sequence[Terms], now: datetime) -> Clock | None:
    """Return the last one of :func:`clocks`, or ``None`` when none has started."""
    end, timed = _timed(measure, facts, terms, now)
    return _clock(measure, len(timed), timed[-1], terms, end) if timed else None


def _timed(measure: str, facts: Sequence[Fact], terms: Sequence[Terms], now: datetime) -> tuple[int, list[Cycle]]:
    """Return the moment at which clocks are read, and what they time."""
    if not facts or not terms:
        raise ValueError("a clock needs facts and terms")
    latest = max(now, max(facts, key=attrgetter("at")).at)
    return microseconds(latest), cycles(measure, facts)


def _clock(measure: str, number: int, cycle: Cycle, terms: Sequence[Terms], now: int) -> Clock:
    end = now if cycle.stop is None else cycle.stop
    parts = _parts(cycle.changes, end, terms)
    stopped = None if cycle.stop is None else moment(cycle.stop)
    return Clock(measure, number, parts[-1].terms, moment(cycle.changes[0][0]), stopped, parts)


def _parts(changes: Sequence[tuple[int, str]], end: int, terms: Sequence[Terms]) -> list[_Part]:
    """Cut the time of a cycle where it begins or ceases to count, or where other terms begin to hold."""
    borders: list[tuple[int, str, Terms]] = []
    for at, category, term in _borders(changes, end, terms):
        reason = category if category in FINISHED or category in term.pauses else ""
        if borders and borders[-1][0] == at:
            borders.pop()
        if not borders or borders[-1][1] != reason or borders[-1][2] is not term:
            borders.append((at, reason, term))
    ends = [*(at for at, _reason, _term in borders[1:]), end]
    return [_part(start, stop, reason, term) for (start, reason, term), stop in zip(borders, ends, strict=True)]


def _borders(changes: Sequence[tuple[int, str]], end: int, terms: Sequence[Terms]) -> Sequence[tuple[int, str, Terms]]:
    """Return each moment at which the category or the terms change, with what holds from then on."""
    if len(terms) == 1:
        return [(at, category, terms[0]) for at, category in changes]
    begins = [(microseconds(term.since), term) for term in terms[1:] if term.since is not None]
    moments = {*(at for at, _ in changes), *(at for at, _ in begins if changes[0][0] < at <= end)}
    return [(at, _latest(changes, at, changes[0][1]), _latest(begins, at, terms[0])) for at in sorted(moments)]


def _latest(dated: Sequence[tuple[int, Found]], at: int, otherwise: Found) -> Found:
    """Return what began last, at a moment."""
    return next((found for begins, found in reversed(dated) if begins <= at), otherwise)


def _part(start: int, end: int, reason: str, terms: Terms) -> _Part:
    return _Part(start, end, reason, terms, 0 if reason else terms.calendar.worked(start, end))


def _later(part: _Part, counted: int) -> datetime | None:
    found = part.terms.calendar.later(part.start, counted)
    return None if found is None else moment(found)


def _stretches(part: _Part) -> list[Stretch]:
    if part.reason:
        paused = Stretch(moment(part.start), moment(part.end), "paused", part.reason)
        return [paused] if part.start < part.end else []
    return [
        Stretch(piece.start, piece.end, "running" if piece.kind == "working" else piece.kind, piece.name)
        for piece in part.terms.calendar.intervals(moment(part.start), moment(part.end))
    ]
