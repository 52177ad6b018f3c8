"""Moments that lie a number of working hours ahead, by the business hours of a desk."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from deskcore.desks.hours import DAYS, Hours

#: So many days are looked at, however few hours a desk works.
_FURTHEST = 3660
#: Countries whose days off a desk may keep, by how its hours name them.
_COUNTRIES = {"poland": "PL"}


def later(hours: Hours, zone: ZoneInfo, start: datetime, working: timedelta) -> datetime:
    """Return the moment that lies so much working time after ``start``.

    :param hours: without any day the desk works always, and working time is time.
    :param zone: of the organisation, where the hours name none.
    """
    if not hours.weekly:
        return start + working
    own = ZoneInfo(hours.time_zone) if hours.time_zone else zone
    left = working
    for begin, end in _spans(hours, own, start):
        if end - begin >= left:
            return begin + left
        left -= end - begin
    return start + timedelta(days=_FURTHEST)


def opens_at(hours: Hours, zone: ZoneInfo, moment: datetime) -> datetime | None:
    """Return when a desk that is closed at a moment works again; nothing while it works, or where it always does.

    :param zone: of the organisation, where the hours name none.
    """
    if not hours.weekly:
        return None
    own = ZoneInfo(hours.time_zone) if hours.time_zone else zone
    begin = next((begin for begin, _end in _spans(hours, own, moment)), None)
    return begin if begin is not None and begin > moment else None


def _spans(hours: Hours, zone: ZoneInfo, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the stretches of working time from ``start`` on, in UTC."""
    first, off = start.astimezone(zone).date(), _days_off(hours.holidays)
    for number in range(_FURTHEST):
        day = first + timedelta(days=number)
        if day in off:
            continue
        for begins, ends in hours.weekly.get(DAYS[day.weekday()], ()):
            begin, end = (_moment(day, text, zone) for text in (begins, ends))
            if end > start:
                yield max(begin, start), end


def _moment(day: date, text: str, zone: ZoneInfo) -> datetime:
    hour, minute = int(text[:2]), int(text[3:])
    if hour == 24:
        day, hour = day + timedelta(days=1), 0
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC)


@cache
def _days_off(holidays: str) -> Container[date]:
    """Return the days off by law, of any year; each year is worked out when it is first looked at."""
    if holidays not in _COUNTRIES:
        return ()
    # On first use: most of it is the calendars of other countries.
    from holidays import country_holidays

    return country_holidays(_COUNTRIES[holidays])
