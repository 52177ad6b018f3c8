"""Lengths of time and moments as pages say them; working time never speaks of days, because a working day is no day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask_babel import format_date, format_datetime

_MINUTE = timedelta(minutes=1)


def length(time: timedelta) -> str:
    """Return a length in signs that English and Polish share: ``41 min``, ``26 h 05 min``, ``−18 min``."""
    minutes = abs(time) // _MINUTE
    sign = "−" if time < timedelta(0) and minutes else ""
    if minutes < 60:
        return f"{sign}{minutes}\u00a0min"
    return f"{sign}{minutes // 60}\u00a0h {minutes % 60:02d}\u00a0min"


def moment(at: datetime | None) -> str:
    """Return a moment with its weekday by the reader's clock, such as ``Mon 16 Nov, 9:42``; nothing for none."""
    return str(format_datetime(at, "EEE d MMM, H:mm")) if at else ""  # type: ignore[no-untyped-call]


def day_in_words(day: date, pattern: str) -> str:
    """Return a day in the reader's language.

    :param pattern: what of it, in the signs of Unicode, such as ``EEE d MMM yyyy``.
    """
    return str(format_date(day, pattern))  # type: ignore[no-untyped-call]
