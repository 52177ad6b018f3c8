"""Calendars as pages show them: the week in words, the days unlike others, and a month as it will be."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deskcore.plugin import now
from deskcore_sla_policies import calendar_store as stored
from deskcore_sla_policies.calendars import Calendar
from deskcore_sla_policies.hours import OwnDay
from deskcore_sla_policies.lengths import day_in_words, length

#: The first day of some week, whose days have the names of all.
_MONDAY = date(2024, 1, 1)


@dataclass(frozen=True)
class Cell:
    """A day in the picture of a month.

    :param hours: that are worked, in words; ``name`` of a day unlike others.
    """

    day: date
    hours: str
    name: str
    total: str


def weekdays() -> list[str]:
    """Return the names of the days from Monday on."""
    return [day_in_words(_MONDAY + timedelta(days=weekday), "EEEE") for weekday in range(7)]


def week_in_words(calendar: Calendar) -> list[tuple[str, str]]:
    """Return when a calendar works: each day of the week with its hours, days that are alike together."""
    found: list[tuple[list[int], str]] = []
    for weekday in range(7):
        hours = hours_in_words([(s.begin, s.end) for s in calendar.weekly if s.weekday == weekday])
        if found and found[-1][1] == hours:
            found[-1][0].append(weekday)
        else:
            found.append(([weekday], hours))
    return [(_days(weekdays), hours) for weekdays, hours in found]


def hours_in_words(spans: list[tuple[int, int]]) -> str:
    """Return stretches of time as they are typed, such as ``08:00–12:00, 13:00–16:00``."""
    return ", ".join(f"{stored.clock(begin)}–{stored.clock(end)}" for begin, end in sorted(spans))


def _days(weekdays: list[int]) -> str:
    names = [day_in_words(_MONDAY + timedelta(days=weekday), "EEE") for weekday in weekdays]
    return names[0] if len(names) == 1 else f"{names[0]}–{names[-1]}"


def listed(days: Mapping[date, OwnDay]) -> list[dict[str, Any]]:
    """Return days unlike others in their order, with what a page says of them."""
    return [
        {
            "key": f"{day:%Y-%m-%d}",
            "day": day_in_words(day, "EEE d MMM yyyy"),
            "name": own.name,
            "hours": hours_in_words(list(own.spans)),
        }
        for day, own in sorted(days.items())
    ]


def month_of(calendar: Calendar, asked: str) -> dict[str, Any]:
    """Return the picture of a month.

    :param asked: such as ``2026-12``; anything else is the present month.
    """
    first = _first_day(asked)
    days = [first + timedelta(days=number) for number in range(monthrange(first.year, first.month)[1])]
    cells: list[Cell | None] = [None] * first.weekday() + [_cell(calendar, day) for day in days]
    cells += [None] * (-len(cells) % 7)
    zone = ZoneInfo(calendar.zone)
    whole = calendar.between(_midnight(first, zone), _midnight(days[-1] + timedelta(days=1), zone))
    return {
        "title": day_in_words(first, "LLLL yyyy"),
        "weeks": [cells[place : place + 7] for place in range(0, len(cells), 7)],
        "heads": [day_in_words(_MONDAY + timedelta(days=weekday), "EEE") for weekday in range(7)],
        "total": length(whole),
        "before": f"{first - timedelta(days=1):%Y-%m}",
        "after": f"{days[-1] + timedelta(days=1):%Y-%m}",
    }


def _cell(calendar: Calendar, day: date) -> Cell:
    own = calendar.days.get(day)
    spans = list(own.spans) if own else [(s.begin, s.end) for s in calendar.weekly if s.weekday == day.weekday()]
    zone = ZoneInfo(calendar.zone)
    worked = calendar.between(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))
    return Cell(day, hours_in_words(spans), own.name if own else "", length(worked) if worked else "")


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _first_day(text: str) -> date:
    try:
        asked = date.fromisoformat(f"{text}-01")
    except ValueError:
        return now().date().replace(day=1)
    return asked if 2000 <= asked.year <= 2100 else now().date().replace(day=1)
