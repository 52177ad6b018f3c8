"""Hours of a day and of a week as people give them, and what makes them impossible.

Nothing in here knows of time zones, of Flask or of a database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import NamedTuple

#: Minutes of a day.
DAY = 24 * 60
_TIME = re.compile(r"([01]?[0-9]|2[0-4])[:.]([0-5][0-9])")


class BadCalendar(ValueError):
    """A calendar that makes no sense.

    :param reason: ``zone``, ``time`` or ``overlap``.
    :param where: the weekday (0 is Monday) or the date on which it is.
    """

    def __init__(self, reason: str, where: int | date | None = None) -> None:
        super().__init__(reason if where is None else f"{reason}: {where}")
        self.reason, self.where = reason, where


def minutes(text: str) -> int:
    """Return the minute of the day that ``8:30`` or ``24:00`` stands for.

    :raises BadCalendar: for anything that is no time of a day, such as 25:00.
    """
    found = _TIME.fullmatch(text.strip())
    minute = int(found[1]) * 60 + int(found[2]) if found else DAY + 1
    if minute > DAY:
        raise BadCalendar("time")
    return minute


def shift(begin: str, end: str) -> tuple[int, int]:
    """Return a stretch of working time in minutes of the day on which it begins.

    :param end: not later than ``begin``, it is on the next day.
    :raises BadCalendar: when one is no time of a day, or it would begin at 24:00.
    """
    first, last = minutes(begin), minutes(end)
    if first == DAY:
        raise BadCalendar("time")
    return first, last if last > first else last + DAY


class Span(NamedTuple):
    """Working time that comes every week.

    :param weekday: on which it begins; 0 is Monday.
    :param begin: minute of that day.
    :param end: minute counted from that day's midnight; beyond 1440 it is on the next day.
    """

    weekday: int
    begin: int
    end: int

    @classmethod
    def of(cls, weekday: int, begin: str, end: str) -> Span:
        """Return the span from ``begin`` to ``end``, such as 08:00 and 16:00, or 22:00 and 06:00 over midnight."""
        return cls(weekday, *shift(begin, end))


@dataclass(frozen=True)
class OwnDay:
    """A day that is unlike others.

    :param name: such as the holiday's.
    :param spans: when it is worked, as :func:`shift` gives them; without any it is a day off.
    """

    name: str
    spans: tuple[tuple[int, int], ...] = ()


def check_week(weekly: tuple[Span, ...]) -> None:
    """Refuse working time of a week that does not exist, or overlaps, over its end too.

    :raises BadCalendar: naming what is wrong, and the weekday.
    """
    for span in weekly:
        if span.weekday not in range(7):
            raise BadCalendar("time", span.weekday)
        check_spans(((span.begin, span.end),), span.weekday)
    in_order = sorted((span.weekday * DAY + span.begin, span.weekday * DAY + span.end) for span in weekly)
    for number, (begin, end) in enumerate(in_order):
        following = in_order[number + 1][0] if number + 1 < len(in_order) else in_order[0][0] + 7 * DAY
        if end > following:
            raise BadCalendar("overlap", begin // DAY)


def check_spans(spans: tuple[tuple[int, int], ...], where: int | date) -> None:
    """Refuse working time of one day that does not exist, or overlaps.

    :param where: the weekday or the date, for the error.
    :raises BadCalendar: naming what is wrong.
    """
    if any(not 0 <= begin < DAY or not begin < end <= begin + DAY for begin, end in spans):
        raise BadCalendar("time", where)
    in_order = sorted(spans)
    for (_, end), (begin, _later) in pairwise(in_order):
        if end > begin:
            raise BadCalendar("overlap", where)
