"""The pages of calendars: all of them, and one with its week, its days, and a month as it will be."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from deskcore.plugin import Conflict, NotFound, Problem, Refused, now, people
from deskcore_sla_policies import calendar_store as stored
from deskcore_sla_policies.admin import pages
from deskcore_sla_policies.calendar_store import ALWAYS, Edited, Stored
from deskcore_sla_policies.calendars import BadCalendar, Calendar, OwnDay, Span
from deskcore_sla_policies.lengths import day_in_words, length
from deskcore_sla_policies.policy_forms import key_for
from deskcore_sla_policies.policy_views import language
from deskcore_sla_policies.rules import ruleset
from deskcore_sla_policies.typed import Typed, read_hours, read_pairs
from deskcore_sla_policies.watching import begin_run

#: Days of the list that are shown at once: those of past years are folded.
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


@pages.get("/calendars")
def calendars() -> str:
    """Show all calendars."""
    held = ruleset()
    lines = [
        {
            "key": each.key,
            "title": each.title(language()),
            "zone": each.calendar.zone,
            "week": week_in_words(each.calendar),
            "days": len(each.calendar.days),
            "used": sum(policy.calendar == each.key and policy.enabled for policy in held.policies),
        }
        for each in stored.stored_calendars().values()
    ]
    return render_template("sla_policies/calendars.html", lines=lines)


@pages.get("/calendars/new")
def new_calendar() -> str:
    """Show the form of another calendar."""
    office = stored.stored_calendar(stored.OFFICE)
    return _page("", Typed(_values(Stored("", {}, office.calendar)) | {"en": [""], "pl": [""]}), None)


@pages.post("/calendars/new")
def add_calendar() -> ResponseReturnValue:
    """Add a calendar, with the holidays of the office's."""
    return _saved("")


@pages.get("/calendars/<key>")
def calendar(key: str) -> str:
    """Show a calendar; ``?month=2026-12`` shows how that month will be."""
    found = stored.stored_calendar(key)
    return _page(key, Typed(_values(found)), found)


@pages.post("/calendars/<key>")
def save_calendar(key: str) -> ResponseReturnValue:
    """Change the name, the time zone and the week of a calendar."""
    _editable(key)
    return _saved(key)


@pages.post("/calendars/<key>/days")
def add_day(key: str) -> ResponseReturnValue:
    """Add a day that is unlike others: one off, or one with hours of its own."""
    found, typed = _editable(key), Typed(request.form.to_dict(flat=False))
    day, spans = _typed_day(typed), _typed_spans(typed)
    if not typed.text("day_name"):
        typed.refuse("day_name", _("Say what day it is."))
    if typed.problems or day is None:
        return _page(key, _with(found, typed), found), 422
    own = OwnDay(typed.text("day_name", 120), tuple(spans))
    return _stored(found, {**found.calendar.days, day: own}, typed, _("The day was added."))


@pages.post("/calendars/<key>/days/remove")
def remove_days(key: str) -> ResponseReturnValue:
    """Take away the days that were ticked."""
    found, typed = _editable(key), Typed(request.form.to_dict(flat=False))
    gone = typed.ticked("remove")
    days = {day: own for day, own in found.calendar.days.items() if f"{day:%Y-%m-%d}" not in gone}
    return _stored(found, days, typed, _("Removed."))


@pages.post("/calendars/<key>/holidays")
def copy_holidays(key: str) -> ResponseReturnValue:
    """Copy the public holidays of a country into a calendar, where they can be changed."""
    found, typed = _editable(key), Typed(request.form.to_dict(flat=False))
    years = _typed_years(typed)
    copied: dict[date, str] = {}
    try:
        copied = stored.holidays_of(typed.text("country"), years)
    except Refused as error:
        typed.refuse("country", error.message)
    if typed.problems:
        return _page(key, _with(found, typed), found), 422
    own = {day: OwnDay(name[:120]) for day, name in copied.items() if day not in found.calendar.days}
    return _stored(found, {**found.calendar.days, **own}, typed, _("The holidays were copied."))


@pages.post("/calendars/<key>/remove")
def remove_calendar(key: str) -> ResponseReturnValue:
    """Take a calendar away that no policy counts by."""
    found = _editable(key)
    try:
        stored.remove(key)
    except Refused as error:
        typed = Typed(_values(found), list(error.problems))
        return _page(key, typed, found), 422
    flash(_("Removed."), "toast")
    return redirect(url_for("sla_policies_admin.calendars"), 303)


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


def _editable(key: str) -> Stored:
    if key == ALWAYS:
        raise NotFound(_("This calendar has no end and cannot be changed."))
    return stored.stored_calendar(key)


def _values(found: Stored) -> dict[str, list[str]]:
    week = {
        f"hours.{weekday}": [hours_in_words([(s.begin, s.end) for s in found.calendar.weekly if s.weekday == weekday])]
        for weekday in range(7)
    }
    names = {spoken: [found.name.get(spoken, "")] for spoken in ("en", "pl")}
    return {**names, "zone": [found.calendar.zone], "version": [found.version], **week}


def _with(found: Stored, typed: Typed) -> Typed:
    """Return the form of a calendar with what was typed beside it."""
    return Typed({**_values(found), **typed.values}, typed.problems)


def _saved(key: str) -> ResponseReturnValue:
    typed = Typed(request.form.to_dict(flat=False))
    before = stored.stored_calendar(key) if key else None
    kept = before or stored.stored_calendar(stored.OFFICE)
    name = {spoken: typed.text(spoken, 120) for spoken in ("en", "pl")}
    if not any(name.values()):
        typed.refuse("en", _("Give the calendar a name."))
    weekly = _typed_week(typed)
    named = key or key_for(name["en"] or name["pl"], stored.stored_calendars())
    if typed.problems:
        return _page(key, typed, before), 422
    try:
        stored.save(Edited(named, name, typed.text("zone"), weekly, typed.text("version")), kept.calendar.days)
    except (Refused, Conflict) as error:
        return _refused(key, typed, before, error)
    begin_run("calendar")
    flash(_("Saved. Open tickets are being read again."), "toast")
    return redirect(url_for("sla_policies_admin.calendar", key=named), 303)


def _stored(found: Stored, days: Mapping[date, OwnDay], typed: Typed, said: str) -> ResponseReturnValue:
    edited = Edited(found.key, found.name, found.calendar.zone, found.calendar.weekly, typed.text("version"))
    try:
        stored.save(edited, days)
    except (Refused, Conflict) as error:
        return _refused(found.key, _with(found, typed), found, error)
    begin_run("calendar")
    flash(said, "toast")
    return redirect(url_for("sla_policies_admin.calendar", key=found.key, _anchor="days"), 303)


def _refused(key: str, typed: Typed, before: Stored | None, error: Refused | Conflict) -> ResponseReturnValue:
    if isinstance(error, Refused):
        typed.problems.extend(error.problems)
        return _page(key, typed, before), 422
    typed.problems.append(Problem(error.message, ""))
    return _page(key, typed, before), 409


def _typed_week(typed: Typed) -> list[Span]:
    found: list[Span] = []
    for weekday in range(7):
        try:
            found += read_hours(typed.text(f"hours.{weekday}"), weekday)
        except BadCalendar:
            said = _("Write hours such as 08:00–16:00, several with a comma between them; the latest is 24:00.")
            typed.refuse(f"hours.{weekday}", said)
    return found


def _typed_day(typed: Typed) -> date | None:
    try:
        return date.fromisoformat(typed.text("day"))
    except ValueError:
        typed.refuse("day", _("Write the day as year, month and day, such as 2026-12-24."))
        return None


def _typed_spans(typed: Typed) -> list[tuple[int, int]]:
    try:
        return read_pairs(typed.text("day_hours"))
    except BadCalendar:
        said = _("Write hours such as 08:00–12:00; empty for a day off.")
        typed.refuse("day_hours", said)
        return []


def _typed_years(typed: Typed) -> list[int]:
    """Return the years whose holidays are wanted: ten at most."""
    first, last = typed.text("first_year", 4), typed.text("last_year", 4) or typed.text("first_year", 4)
    sound = first.isdecimal() and last.isdecimal() and 2000 <= int(first) <= int(last) <= min(2100, int(first) + 9)
    if not sound:
        typed.refuse("first_year", _("Write a year, or from which year to which; ten at most."))
        return []
    return list(range(int(first), int(last) + 1))


def _page(key: str, typed: Typed, found: Stored | None) -> str:
    today = now().date()
    days = found.calendar.days if found else {}
    return render_template(
        "sla_policies/calendar.html",
        key=key,
        typed=typed,
        version=found.version if found else "",
        title=found.title(language()) if found else "",
        editable=key != ALWAYS,
        weekdays=[(weekday, day_in_words(_MONDAY + timedelta(days=weekday), "EEEE")) for weekday in range(7)],
        zones=sorted(available_timezones()),
        ahead=_listed({day: own for day, own in days.items() if day >= today}),
        past=_listed({day: own for day, own in days.items() if day < today}),
        countries=_countries() if found and key != ALWAYS else (),
        this_year=today.year,
        month=_month(found.calendar) if found else None,
        own_zone=people.time_zone,
        failed=bool(typed.problems),
    )


def _countries() -> list[tuple[str, str]]:
    """Return the countries whose holidays can be copied, by their names in the reader's language."""
    locale = get_locale()
    named = locale.territories if locale is not None else {}
    return sorted(((code, str(named.get(code, code))) for code in stored.countries()), key=lambda each: each[1])


def _listed(days: Mapping[date, OwnDay]) -> list[dict[str, Any]]:
    return [
        {
            "key": f"{day:%Y-%m-%d}",
            "day": day_in_words(day, "EEE d MMM yyyy"),
            "name": own.name,
            "hours": hours_in_words(list(own.spans)),
        }
        for day, own in sorted(days.items())
    ]


def _month(calendar: Calendar) -> dict[str, Any]:
    """Return the picture of the month that the address asks for."""
    first = _first_day(request.args.get("month", ""))
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
