"""Working time: when a team works, and how much of that lies between two moments.

A calendar is cut once, on first use, into pieces that are working time or not; every question is then a search in a
sorted list. Nothing in here knows of tickets, of Flask or of a database.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from deskcore_sla_policies.hours import DAY, BadCalendar, OwnDay, Span, check_spans, check_week

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_DAY = DAY * _MINUTE
#: So much of a calendar is worked out at a time: about a year.
_CHUNK = 366 * _DAY
#: After so many years without enough working time the answer is never.
_FURTHEST = 30


class Piece(NamedTuple):
    """Time of one kind.

    :param kind: ``working``, ``outside`` or ``holiday``.
    :param name: the holiday's.
    """

    start: datetime
    end: datetime
    kind: str
    name: str = ""


class _Table(NamedTuple):
    """About a year, cut into pieces: where each starts, what was worked before it, and whether it is worked."""

    starts: list[int]
    before: list[int]
    working: list[bool]
    names: list[str]
    total: int


def microseconds(moment: datetime) -> int:
    """Return a moment as whole microseconds since 1970, with which many sums are done at once."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * _SECOND + since.microseconds


def moment(counted: int) -> datetime:
    """Return the moment that :func:`microseconds` turned into a number."""
    return _EPOCH + timedelta(microseconds=counted)


#: Where Python's dates end, with room for any time zone.
_FIRST, _LAST = (microseconds(datetime(year, 1, 1, tzinfo=UTC)) for year in (2, 9998))


@dataclass(frozen=True)
class Calendar:
    """When work is done.

    A shift belongs to the day on which it begins: a holiday takes away those that begin on it, and leaves the end of
    the night before. While the clocks change, what the clock on the wall shows decides.

    :param zone: the time zone in which the times are meant.
    :param weekly: what comes every week; several a day are possible.
    :param days: holidays, and days with hours of their own, which take the place of the weekly ones.
    :raises BadCalendar: for an unknown time zone, a time that does not exist, or spans that overlap.
    """

    zone: str
    weekly: tuple[Span, ...] = ()
    days: Mapping[date, OwnDay] = field(default_factory=dict, hash=False)
    _tables: dict[int, _Table] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def always(cls, zone: str = "UTC") -> Calendar:
        """Return the calendar by which working time is time."""
        return cls(zone, tuple(Span(weekday, 0, DAY) for weekday in range(7)))

    def __post_init__(self) -> None:
        """Check it, so that whoever holds a calendar can reckon with it."""
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as unknown:
            raise BadCalendar("zone") from unknown
        check_week(self.weekly)
        for day, own in self.days.items():
            check_spans(own.spans, day)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from ``start`` to ``end``; none when ``end`` is not later."""
        return timedelta(microseconds=self.worked(microseconds(start), microseconds(end)))

    def add(self, start: datetime, working: timedelta) -> datetime | None:
        """Return the earliest moment by which so much working time has passed since ``start``.

        :returns: ``None`` for never: there are not enough hours in thirty years.
        :raises ValueError: when ``working`` is negative.
        """
        if working < timedelta(0):
            raise ValueError("working time cannot be negative")
        found = self.later(microseconds(start), working // timedelta(microseconds=1))
        return None if found is None else moment(found)

    def intervals(self, start: datetime, end: datetime) -> list[Piece]:
        """Return the time from ``start`` to ``end`` without a gap, by what it is."""
        pieces: list[Piece] = []
        for begin, stop, kind, name in self._pieces(microseconds(start), microseconds(end)):
            if pieces and pieces[-1][2:] == (kind, name):
                pieces[-1] = pieces[-1]._replace(end=moment(stop))
            else:
                pieces.append(Piece(moment(begin), moment(stop), kind, name))
        return pieces

    def worked(self, start: int, end: int) -> int:
        """Return what :meth:`between` does, of moments and in a length counted in microseconds."""
        if end <= start:
            return 0
        first, last = start // _CHUNK, end // _CHUNK
        if first == last:
            table = self._tables.get(first) or self._table(first)
            return _worked(table, end) - _worked(table, start)
        whole = sum(self._table(chunk).total for chunk in range(first, last))
        return whole + _worked(self._table(last), end) - _worked(self._table(first), start)

    def later(self, start: int, working: int) -> int | None:
        """Return what :meth:`add` does, of a moment and a length counted in microseconds."""
        if working <= 0:
            return start
        chunk = start // _CHUNK
        wanted = working + _worked(self._table(chunk), start)
        for number in range(chunk, min(chunk + _FURTHEST, _LAST // _CHUNK)):
            table = self._table(number)
            if wanted <= table.total:
                piece = bisect_left(table.before, wanted) - 1
                return table.starts[piece] + wanted - table.before[piece]
            wanted -= table.total
        return None

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int, str, str]]:
        while start < end:
            chunk = start // _CHUNK
            table = self._table(chunk)
            piece = bisect_right(table.starts, start) - 1
            following = table.starts[piece + 1] if piece + 1 < len(table.starts) else (chunk + 1) * _CHUNK
            name = table.names[piece]
            kind = "working" if table.working[piece] else "holiday" if name else "outside"
            yield start, min(following, end), kind, name
            start = following

    def _table(self, chunk: int) -> _Table:
        found = self._tables.get(chunk)
        if found is None:
            found = self._tables[chunk] = self._cut(chunk * _CHUNK, (chunk + 1) * _CHUNK)
        return found

    def _cut(self, start: int, end: int) -> _Table:
        """Cut the time between two moments into pieces of working and other time."""
        table, worked = _Table([], [], [], [], 0), 0
        for begin, stop, working, name in self._by_offset(start, end):
            if begin == stop:
                continue
            if not table.starts or (table.working[-1], table.names[-1]) != (working, name):
                table.starts.append(begin)
                table.before.append(worked)
                table.working.append(working)
                table.names.append(name)
            worked += stop - begin if working else 0
        return table._replace(total=worked)

    def _by_offset(self, start: int, end: int) -> Iterator[tuple[int, int, bool, str]]:
        """Yield all pieces, each between two changes of the clocks: there the time on the wall is plain arithmetic."""
        for begin, stop, offset in _offsets(ZoneInfo(self.zone), start, end):
            for number in range((begin + offset) // _DAY, (stop + offset - 1) // _DAY + 1):
                midnight = number * _DAY - offset
                for first, last, working, name in self._day(number):
                    yield (
                        min(max(midnight + first * _MINUTE, begin), stop),
                        min(max(midnight + last * _MINUTE, begin), stop),
                        working,
                        name,
                    )

    def _day(self, number: int) -> Iterator[tuple[int, int, bool, str]]:
        """Yield a day from midnight to midnight in minutes: from where to where, whether it is worked, and its name."""
        own = self._own.get(number)
        name = own.name if own and not own.spans else ""
        passed = 0
        night = [(begin - DAY, end - DAY) for begin, end in self._spans(number - 1) if end > DAY]
        for begin, end in sorted((*night, *self._spans(number))):
            first, last = max(begin, passed), min(end, DAY)
            if first < last:
                yield passed, first, False, name
                yield first, last, True, ""
                passed = last
        yield passed, DAY, False, name

    def _spans(self, number: int) -> tuple[tuple[int, int], ...]:
        own = self._own.get(number)
        return self._week[(number + 3) % 7] if own is None else own.spans

    @cached_property
    def _own(self) -> Mapping[int, OwnDay]:
        return {day.toordinal() - _EPOCH_DAY: own for day, own in self.days.items()}

    @cached_property
    def _week(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        return tuple(tuple((s.begin, s.end) for s in self.weekly if s.weekday == weekday) for weekday in range(7))


def _worked(table: _Table, at: int) -> int:
    starts, before, working, _names, _total = table
    piece = bisect_right(starts, at) - 1
    return before[piece] + at - starts[piece] if working[piece] else before[piece]


def _offsets(zone: ZoneInfo, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches in which a zone's clocks run on, each with what they are ahead of UTC."""
    begin, offset = start, _ahead(zone, start)
    for day in range(start + _DAY, end + 1, _DAY):
        if (now := _ahead(zone, day)) != offset:
            changed = _change(zone, day - _DAY, day, offset)
            yield begin, changed, offset
            begin, offset = changed, now
    yield begin, end, offset


def _change(zone: ZoneInfo, before: int, after: int, offset: int) -> int:
    """Return the moment, to the second, at which a zone's clocks changed."""
    while after - before > _SECOND:
        between = (before + after) // (2 * _SECOND) * _SECOND
        if _ahead(zone, between) == offset:
            before = between
        else:
            after = between
    return after


def _ahead(zone: ZoneInfo, at: int) -> int:
    """Return the microseconds that a zone's clocks are ahead of UTC."""
    utc = moment(min(max(at, _FIRST), _LAST))
    ahead = utc.astimezone(zone).utcoffset() or timedelta(0)
    return ahead // timedelta(microseconds=1)
