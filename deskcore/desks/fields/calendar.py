"""Reads the ways in which people write days and times, and refuses those that mean two things."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache

from babel.dates import get_month_names
from flask_babel import gettext as _

from deskcore import clock
from deskcore.desks.fields.base import refuse
from deskcore.desks.fields.cleaning import clean_line

#: Days outside these years are slips of the keyboard, and overflow when the time zone is applied.
FIRST_YEAR, LAST_YEAR = 1900, 2199

_WORDS = {
    "today": 0, "dziś": 0, "dzis": 0, "dzisiaj": 0,
    "tomorrow": 1, "jutro": 1,
    "yesterday": -1, "wczoraj": -1,
}  # fmt: skip
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DOTTED_DAY = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})")
_SLASHED_DAY = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})")
_NAMED_DAY = re.compile(r"([0-9]{1,2})\.?\s+([^\W\d_]+)\.?,?\s+([0-9]{4})")
_OTHER_DAY = re.compile(r"([0-9]{1,4})[./ -]([0-9]{1,2})[./ -]([0-9]{1,4})")
_TIME = re.compile(
    r"(?P<day>.+?)(?:\s*,\s*|\s+|[Tt])(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?"
    r"\s?(?P<offset>[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)


def read_day(text: str, today: date) -> date:
    """Return the day that ``text`` means: ``2026-11-24``, ``24.11.2026``, ``24 Nov 2026`` or ``tomorrow``.

    :raises ValidationError: when it is no day, or could be two.
    """
    text = _short(text)
    word = _WORDS.get(text.casefold())
    if word is not None:
        return today + timedelta(days=word)
    if found := _ISO_DAY.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _DOTTED_DAY.fullmatch(text):
        return _day(int(found[3]), int(found[2]), int(found[1]))
    if (found := _NAMED_DAY.fullmatch(text)) and (month := _months().get(found[2].casefold())):
        return _day(int(found[3]), month, int(found[1]))
    if (found := _SLASHED_DAY.fullmatch(text)) and int(found[1]) > 12:
        return _day(int(found[3]), int(found[2]), int(found[1]))
    if _OTHER_DAY.fullmatch(text):
        raise refuse(_("This could be several days. Write day, month and the whole year, like 24.11.2026."))
    raise refuse(_("Write the date like 24.11.2026, or today or tomorrow."))


def read_moment(text: str, today: date, zone: tzinfo) -> datetime:
    """Return the moment that ``text`` means in ``zone``, aware; an offset in ``text`` wins over ``zone``.

    :raises ValidationError: when the time is missing, is no time, or is skipped as clocks go forward.
    """
    text = _short(text)
    if text.casefold() in ("now", "teraz"):
        return clock.now().replace(microsecond=0)
    found = _TIME.fullmatch(text)
    if not found:
        read_day(text, today)  # a day that cannot be read is the first thing to correct
        raise refuse(_("Add the time, like 24.11.2026 14:30."))
    at = _time(int(found["hour"]), int(found["minute"]), int(found["second"] or 0))
    naive = datetime.combine(read_day(found["day"], today), at)
    return naive.replace(tzinfo=_offset(found["offset"])) if found["offset"] else _local(naive, zone)


def _short(text: str) -> str:
    # No way to write a moment is longer; the patterns above never meet a long text.
    return clean_line(text) if len(text) <= 100 else ""


def _day(year: int, month: int, day: int) -> date:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise refuse(_("Check the year: it must be between %(first)s and %(last)s.", first=FIRST_YEAR, last=LAST_YEAR))
    try:
        return date(year, month, day)
    except ValueError:
        raise refuse(_("This day does not exist. Write the date like 24.11.2026.")) from None


def _time(hour: int, minute: int, second: int) -> time:
    try:
        return time(hour, minute, second)
    except ValueError:
        raise refuse(_("This time does not exist. Write it like 14:30.")) from None


def _offset(text: str) -> tzinfo:
    if text in ("Z", "z"):
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise refuse(_("This time zone does not exist. Write it like +01:00."))
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def _local(naive: datetime, zone: tzinfo) -> datetime:
    # Where clocks go back, the earlier of the two hours is meant; where they go forward, there is no such hour.
    local = naive.replace(tzinfo=zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) == naive:
        return local
    later = local.astimezone(UTC).astimezone(zone)
    raise refuse(
        _(
            "Clocks go forward that day and %(time)s is skipped. Write %(later)s, for example.",
            time=naive.strftime("%H:%M"),
            later=later.strftime("%d.%m.%Y %H:%M"),
        )
    )


@cache
def _months() -> dict[str, int]:
    return {
        name.rstrip(".").casefold(): number
        for language in ("en", "pl")
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for number, name in get_month_names(width, context, language).items()
    }
