"""Days of the month that payroll and benefits keep."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from babel.dates import format_date
from flask_babel import get_locale


def day_of_month(year: int, month: int, day: int) -> date:
    """Return a day of a month; the last one where the month is shorter.

    :param month: may run over the year at either end: 13 is January of the next one.
    """
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(max(day, 1), monthrange(year, month)[1]))


def first_open_month(today: date, cutoff_day: int) -> date:
    """Return the first day of the first month whose payroll can still be changed."""
    closed = today > day_of_month(today.year, today.month, cutoff_day)
    return day_of_month(today.year, today.month + (1 if closed else 0), 1)


def first_benefits_month(today: date, cutoff_day: int) -> date:
    """Return the first day of the first month for which benefits can still be changed: the next, or the one after."""
    closed = today > day_of_month(today.year, today.month, cutoff_day)
    return day_of_month(today.year, today.month + (2 if closed else 1), 1)


def month_in_words(day: date) -> str:
    """Return the month of a day in the reader's language, like “January 2027”."""
    return format_date(day, "LLLL y", locale=get_locale() or "en")


def day_in_words(day: date) -> str:
    """Return a day in the reader's language, like “20 Nov”."""
    return format_date(day, "d MMM", locale=get_locale() or "en")
