"""The forms of calendars: what an administrator typed, and a calendar as it stands in the form."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from deskcore_sla_policies.calendar_pictures import hours_in_words
from deskcore_sla_policies.calendar_store import Stored
from deskcore_sla_policies.hours import BadCalendar, Span
from deskcore_sla_policies.typed import Typed, read_hours, read_pairs


def values(found: Stored) -> dict[str, list[str]]:
    """Return a calendar as the fields of its form."""
    week = {
        f"hours.{weekday}": [hours_in_words([(s.begin, s.end) for s in found.calendar.weekly if s.weekday == weekday])]
        for weekday in range(7)
    }
    names = {spoken: [found.name.get(spoken, "")] for spoken in ("en", "pl")}
    return {**names, "zone": [found.calendar.zone], "version": [found.version], **week}


def beside(found: Stored, typed: Typed) -> Typed:
    """Return the form of a calendar with what was typed beside it."""
    return Typed({**values(found), **typed.values}, typed.problems)


def typed_week(typed: Typed) -> list[Span]:
    """Return the working time of a week; what there is to correct is noted in the form."""
    found: list[Span] = []
    for weekday in range(7):
        try:
            found += read_hours(typed.text(f"hours.{weekday}"), weekday)
        except BadCalendar:
            said = _("Write hours such as 08:00–16:00, several with a comma between them; the latest is 24:00.")
            typed.refuse(f"hours.{weekday}", said)
    return found


def typed_day(typed: Typed) -> date | None:
    """Return the day that was typed, if it is one."""
    try:
        return date.fromisoformat(typed.text("day"))
    except ValueError:
        typed.refuse("day", _("Write the day as year, month and day, such as 2026-12-24."))
        return None


def typed_spans(typed: Typed) -> list[tuple[int, int]]:
    """Return the hours of one day."""
    try:
        return read_pairs(typed.text("day_hours"))
    except BadCalendar:
        said = _("Write hours such as 08:00–12:00; empty for a day off.")
        typed.refuse("day_hours", said)
        return []


def typed_years(typed: Typed) -> list[int]:
    """Return the years whose holidays are wanted: ten at most."""
    first, last = typed.text("first_year", 4), typed.text("last_year", 4) or typed.text("first_year", 4)
    sound = first.isdecimal() and last.isdecimal() and 2000 <= int(first) <= int(last) <= min(2100, int(first) + 9)
    if not sound:
        typed.refuse("first_year", _("Write a year, or from which year to which; ten at most."))
        return []
    return list(range(int(first), int(last) + 1))
