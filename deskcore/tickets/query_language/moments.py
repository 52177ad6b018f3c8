"""Moments in a query: days by name or date, and lengths of time before or after now."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from deskcore.clock import now
from deskcore.extensions import UTCDateTime

_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_LENGTH = re.compile(r"([0-9]{1,4})(h|g|d|w|t)")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
#: Polish letters of units.
_UNIT_OF = {"g": "h", "t": "w"}
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_POLISH = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
#: Years in which a day can be: at the ends of the calendar midnight has no name elsewhere.
_YEARS = range(1970, 3000)


def canonical(word: str) -> str:
    """Return a day or a length of time in the form in which it is kept, or ``""`` when it is neither."""
    if word in _DAYS:
        return word
    if found := _LENGTH.fullmatch(word):
        return f"{int(found[1])}{_UNIT_OF.get(found[2], found[2])}"
    if found := _ISO.fullmatch(word):
        return _date(found[1], found[2], found[3])
    if found := _POLISH.fullmatch(word):
        return _date(found[3], found[2], found[1])
    return ""


def _date(year: str, month: str, day: str) -> str:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return ""
    return found.isoformat() if found.year in _YEARS else ""


@dataclass(frozen=True)
class Span:
    """A day, from its first moment up to the first of the next; or one moment, where both are the same."""

    begins: Callable[[], datetime]
    ends: Callable[[], datetime]


def span(word: str, zone: str, *, ahead: bool) -> Span:
    """Return what a canonical word means; nothing is computed before it is asked, because statements are kept.

    :param zone: in which a day begins and ends.
    :param ahead: a length of time counts from now on, not back from now.
    """
    if found := _LENGTH.fullmatch(word):
        length = int(found[1]) * _UNITS[found[2]]
        moment = partial(_from_now, length if ahead else -length)
        return Span(moment, moment)
    return Span(partial(_midnight, word, zone, 0), partial(_midnight, word, zone, 1))


def _from_now(length: timedelta) -> datetime:
    return now() + length


def _midnight(word: str, zone: str, days_later: int) -> datetime:
    place = ZoneInfo(zone)
    day = now().astimezone(place).date() + timedelta(days=_DAYS[word]) if word in _DAYS else date.fromisoformat(word)
    return datetime.combine(day + timedelta(days=days_later), time(), place)


def bound(moment: Callable[[], datetime]) -> sa.BindParameter[Any]:
    """Return a parameter whose value is asked for at each execution."""
    return sa.bindparam("moment", callable_=moment, type_=UTCDateTime(), unique=True)
