"""When a desk works: hours of each day of the week, in a time zone, without holidays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import available_timezones

from flask_babel import gettext as _

from deskcore.errors import Problem, Refused

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAYS = ("none", "poland")
_TIME = re.compile(r"([01]?[0-9]|2[0-4])[:.]([0-5][0-9])")
Weekly = Mapping[str, Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Hours:
    """Business hours.

    :param time_zone: empty is the organisation's.
    :param weekly: pairs of beginning and end by day, such as ``{"mon": [["08:00", "16:00"]]}``; a day that is missing
        is free, and without any day the desk works always.
    :param holidays: ``none``, or ``poland`` for the days off by Polish law.
    """

    time_zone: str = ""
    weekly: Weekly = field(default_factory=dict)
    holidays: str = "none"


def checked_hours(hours: Hours) -> Hours:
    """Return business hours as they may be stored.

    :raises Refused: naming each field to correct: ``time_zone``, ``holidays``, or a day.
    """
    problems = []
    if hours.time_zone and hours.time_zone not in available_timezones():
        problems.append(Problem(_("Choose a time zone from the list, such as Europe/Warsaw"), "time_zone"))
    if hours.holidays not in HOLIDAYS:
        problems.append(Problem(_("Choose which days are off"), "holidays"))
    weekly: dict[str, list[list[str]]] = {}
    for day in DAYS:
        try:
            spans = [_span(begin, end) for begin, end in hours.weekly.get(day, ()) if begin or end]
        except ValueError:
            problems.append(Problem(_("Write when the day begins and ends, such as 08:00 and 16:00"), day))
            continue
        if spans:
            weekly[day] = spans
    if problems:
        raise Refused(problems)
    return Hours(hours.time_zone, weekly, hours.holidays)


def _span(begin: str, end: str) -> list[str]:
    times = [_time(begin), _time(end)]
    if times[0] >= times[1]:
        raise ValueError
    return times


def _time(text: str) -> str:
    found = _TIME.fullmatch(text.strip())
    if found is None or (found[1] == "24" and found[2] != "00"):
        raise ValueError
    return f"{int(found[1]):02}:{found[2]}"
