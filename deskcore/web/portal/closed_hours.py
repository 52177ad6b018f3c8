"""When a desk works, said to whoever asks it something while it does not: who asks at night wants to know by when."""

from __future__ import annotations

from datetime import datetime, tzinfo
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from deskcore import clock
from deskcore.desks.catalogue import DeskEntry
from deskcore.desks.hours import DAYS, Hours
from deskcore.desks.working_time import opens_at
from deskcore.runtime import runtime
from deskcore.tickets.models import Ticket
from deskcore.web import formatting
from deskcore.web.templating import language, time_zone

#: A day of the coming week; Polish has a form of its own for each.
_ON = (
    _l("on Monday"),
    _l("on Tuesday"),
    _l("on Wednesday"),
    _l("on Thursday"),
    _l("on Friday"),
    _l("on Saturday"),
    _l("on Sunday"),
)
_WEEK = 7


def closed_hours(desk: DeskEntry) -> str:
    """Return when a desk works and when it reads what is sent now; nothing while it works."""
    moment, zone = clock.now(), runtime().config.zone
    opens = opens_at(desk.hours, zone, moment)
    if opens is None:
        return ""
    works = in_words(desk.hours, language())
    its_zone = ZoneInfo(desk.hours.time_zone) if desk.hours.time_zone else zone
    if opens.astimezone(its_zone).utcoffset() != opens.astimezone(time_zone()).utcoffset():
        works = _("%(hours)s (time zone %(zone)s)", hours=works, zone=its_zone.key)
    return _(
        "%(desk)s works %(hours)s. We will read this %(day)s at %(time)s.",
        desk=desk.title.in_language(language()),
        hours=works,
        day=_day(opens, moment, time_zone()),
        time=formatting.clock_time(opens, time_zone()),
    )


def closed_hours_of(ticket: Ticket) -> str:
    """Return the same for a ticket that nobody has read yet; nothing for any other."""
    return closed_hours(runtime().catalogue.desk_by_id(ticket.desk_id)) if ticket.status_category == "new" else ""


def in_words(hours: Hours, spoken: str) -> str:
    """Return business hours in short, days with the same hours together: ``Monday–Friday 8:00–16:00``."""
    names = get_day_names("wide", locale="pl" if spoken == "pl" else "en_GB")
    by_day = [(number, tuple(map(tuple, hours.weekly.get(day, ())))) for number, day in enumerate(DAYS)]
    parts = []
    for spans, days in groupby(by_day, key=lambda pair: pair[1]):
        if spans:
            numbers = [number for number, _spans in days]
            ends = dict.fromkeys(names[number] for number in (numbers[0], numbers[-1]))
            times = ", ".join(f"{_short(begin)}–{_short(end)}" for begin, end in spans)
            parts.append(f"{'–'.join(ends)} {times}")
    return "; ".join(parts)


def _short(time: str) -> str:
    return time.removeprefix("0")


def _day(opens: datetime, moment: datetime, zone: tzinfo) -> str:
    """Return a day as it stands in a sentence, by the reader's clock."""
    day = opens.astimezone(zone).date()
    ahead = (day - moment.astimezone(zone).date()).days
    if ahead == 0:
        return _("today")
    if ahead == 1:
        return _("tomorrow")
    if ahead < _WEEK:
        return str(_ON[day.weekday()])
    return _("on %(date)s", date=format_date(day, "d MMMM", locale="pl" if language() == "pl" else "en_GB"))
