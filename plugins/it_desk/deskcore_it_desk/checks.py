"""What only several answers together, or an answer and the calendar, can show to be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from deskcore.plugin import Problem

#: A day further back is a slip of the keyboard, usually in the year; a late report is not.
LATE_REPORT = timedelta(days=90)
#: Clocks of phones and servers differ a little.
CLOCK_DRIFT = timedelta(minutes=5)

#: Moments that can only lie in the past.
_HAPPENED = {"incident": "since", "lost_device": "when"}
#: Days on which something begins or ends, and which may be reported late.
_TAKES_EFFECT = {
    "access_request": "from_date",
    "access_removal": "effective",
    "new_starter": "start_date",
    "mover": "effective_date",
    "leaver": "last_day",
}
#: Days before which there is nothing left to do.
_STILL_AHEAD = {"access_request": "until_date", "hardware_request": "needed_by"}
#: First and last day of something, with the sentence for an end before the start.
_IN_ORDER = {"access_request": ("from_date", "until_date"), "new_starter": ("start_date", "end_date")}

_CHANGES_OF_ROLE = ("new_title", "new_department", "new_manager", "new_location", "access_add", "access_remove")


def problems(request_type: str, answers: Mapping[str, Any], now: datetime) -> Iterator[Problem]:
    """Yield what has to be corrected.

    :param answers: checked answers; days as ``2026-11-24``, moments as ``2026-11-24T13:30:00Z``.
    :param now: the present moment, in UTC.
    """
    yield from _of_moments(request_type, answers, now)
    yield from _of_days(request_type, answers, now)
    yield from _of_order(request_type, answers)
    yield from _of_people(request_type, answers)


def _of_moments(request_type: str, answers: Mapping[str, Any], now: datetime) -> Iterator[Problem]:
    key = _HAPPENED.get(request_type, "")
    moment = _moment(answers.get(key))
    if moment is not None and moment > now + CLOCK_DRIFT:
        yield _at(key, _("Enter a time that is not in the future."))


def _of_days(request_type: str, answers: Mapping[str, Any], now: datetime) -> Iterator[Problem]:
    # The answer was given in the person's time zone: count from the day it still is somewhere on Earth.
    today = (now - timedelta(hours=12)).date()
    key = _TAKES_EFFECT.get(request_type, "")
    day = _day(answers.get(key))
    if day is not None and day < today - LATE_REPORT:
        yield _at(key, _("This day is more than %(days)s days ago. Check the year.", days=LATE_REPORT.days))
    key = _STILL_AHEAD.get(request_type, "")
    day = _day(answers.get(key))
    if day is not None and day < today:
        yield _at(key, _("Enter today or a later day."))
    window = answers.get("window")
    last = _day(window.get("until")) if request_type == "change_request" and isinstance(window, Mapping) else None
    if last is not None and last < today - LATE_REPORT:
        yield _at("window", _("This window is long over. Check the year."))


def _of_order(request_type: str, answers: Mapping[str, Any]) -> Iterator[Problem]:
    first_key, last_key = _IN_ORDER.get(request_type, ("", ""))
    first, last = _day(answers.get(first_key)), _day(answers.get(last_key))
    if first is not None and last is not None and last < first:
        yield _at(last_key, _("Enter a last day that is not before the first day."))


def _of_people(request_type: str, answers: Mapping[str, Any]) -> Iterator[Problem]:
    if request_type == "mover" and not any(answers.get(key) for key in _CHANGES_OF_ROLE):
        yield _at("new_title", _("Say what changes: title, department, manager, place of work or access."))
    if request_type == "leaver":
        for key in ("forward_to", "data_owner"):
            if answers.get(key) is not None and answers.get(key) == answers.get("user"):
                yield _at(key, _("Choose somebody other than the person who leaves."))


def _at(key: str, message: str) -> Problem:
    return Problem(message, f"answers.{key}")


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
