"""What only several answers together, or an answer and the calendar, can show to be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from stdnum import iban

from deskcore.plugin import Problem, TicketDraft
from deskcore_hr_desk.months import first_benefits_month, first_open_month, month_in_words

#: A day further back is a slip of the keyboard, usually in the year; a late request is not.
LATE_REQUEST = timedelta(days=90)
#: Further ahead nobody plans.
AHEAD = timedelta(days=3 * 366)
#: Where a day begins first on Earth, it does so by this much before UTC.
FIRST = timedelta(hours=14)
#: Clocks of phones and servers differ a little.
CLOCK_DRIFT = timedelta(minutes=5)

#: Periods and days that something begins with, and that may be asked for late.
_BEGINS = {
    "leave_request": "period",
    "long_absence": "period",
    "working_time": "days",
    "contract_change": "from_date",
    "personal_data_change": "from_date",
    "people_process": "date",
}
#: Periods and days that must not be over.
_STILL_AHEAD = {
    "training": "dates",
    "travel_documents": "period",
    "certificate": "needed_by",
    "recruitment": "start_date",
}


@dataclass(frozen=True)
class Limits:
    """What the organisation decided; see the settings of the plugin.

    :param payroll_day: of the month, the last one on which payroll still takes changes for it.
    :param benefits_day: of the month, the last one for changes of the next month.
    :param on_demand: the most days of leave on demand.
    """

    payroll_day: int = 20
    benefits_day: int = 15
    on_demand: int = 4


def problems(draft: TicketDraft, now: datetime, limits: Limits) -> Iterator[Problem]:
    """Yield what has to be corrected.

    :param draft: its days are ``2026-11-24``, its moments ``2026-11-24T13:30:00Z``.
    :param now: the present moment, in UTC.
    """
    kind, answers = draft.request_type, draft.answers
    # The answer was given in the person's time zone: count from the day it still is somewhere on Earth.
    today = (now - timedelta(hours=12)).date()
    yield from _of_days(kind, answers, today)
    yield from _of_months(kind, answers, today, limits)
    if kind == "payroll_question":
        yield from _of_pay(answers, (now + FIRST).date())
    if kind == "leave_request":
        yield from _of_leave(draft, limits.on_demand)
    if kind == "recruitment":
        yield from _of_salaries(answers)
    if kind == "bank_account_change":
        yield from _of_account(answers)
    if kind == "work_accident" and (when := _moment(answers.get("when"))) and when > now + CLOCK_DRIFT:
        yield _at("when", _("Enter a time that is not in the future."))
    if kind == "benefits" and answers.get("what") == "question" and not answers.get("note"):
        yield _at("note", _("Write your question."))


def _of_days(kind: str, answers: Mapping[str, Any], today: date) -> Iterator[Problem]:
    key = _BEGINS.get(kind, "")
    first, _last = _days(answers.get(key))
    if first is not None and first < today - LATE_REQUEST:
        yield _at(key, _("This day is more than %(days)s days ago. Check the year.", days=LATE_REQUEST.days))
    if first is not None and first > today + AHEAD:
        yield _at(key, _("This day is years away. Check the year."))
    key = _STILL_AHEAD.get(kind, "")
    _first, last = _days(answers.get(key))
    if last is not None and last < today:
        yield _at(key, _("Enter today or a later day."))


def _of_months(kind: str, answers: Mapping[str, Any], today: date, limits: Limits) -> Iterator[Problem]:
    if kind == "bank_account_change":
        earliest = first_open_month(today, limits.payroll_day)
        yield from _not_before("effective_month", answers, earliest)
    if kind == "benefits" and answers.get("what") != "question":
        earliest = first_benefits_month(today, limits.benefits_day)
        yield from _not_before("from_month", answers, earliest)


def _of_pay(answers: Mapping[str, Any], today: date) -> Iterator[Problem]:
    month, _end = _days(answers.get("month"))
    if month is not None and month.replace(day=1) > today:
        yield _at("month", _("Enter a month that has begun."))


def _not_before(key: str, answers: Mapping[str, Any], earliest: date) -> Iterator[Problem]:
    day, _end = _days(answers.get(key))
    if day is not None and day < earliest:
        month = month_in_words(earliest)
        yield _at(key, _("Earlier months are closed. The first that is open: %(month)s.", month=month))


def _of_leave(draft: TicketDraft, most: int) -> Iterator[Problem]:
    answers = draft.answers
    first, last = _days(answers.get("period"))
    if first is not None and last is not None:
        if answers.get("half_day") is True and first != last:
            yield _at("half_day", _("Half a day is one day: enter the same first and last day."))
        if answers.get("kind") == "on_demand" and (last - first).days >= most:
            words = ngettext(
                "Leave on demand is at most %(num)s day a year.",
                "Leave on demand is at most %(num)s days a year.",
                most,
            )
            yield _at("period", words)
    if answers.get("substitute") and answers.get("substitute") == draft.requester.email:
        yield _at("substitute", _("Choose somebody other than yourself."))


def _of_salaries(answers: Mapping[str, Any]) -> Iterator[Problem]:
    low, high = answers.get("salary_from"), answers.get("salary_to")
    if not isinstance(low, Mapping) or not isinstance(high, Mapping):
        return
    if low.get("currency") != high.get("currency"):
        yield _at("salary_to", _("Give both amounts in the same currency."))
    elif float(high.get("amount") or 0) < float(low.get("amount") or 0):
        yield _at("salary_to", _("Enter an amount that is not less than the first one."))


def _of_account(answers: Mapping[str, Any]) -> Iterator[Problem]:
    # Whoever brings the type ``iban`` checks it too; this holds while nobody does.
    number = "".join(str(answers.get("new_iban") or "").split()).upper()
    if number and not iban.is_valid(f"PL{number}" if number.isdecimal() else number):
        yield _at("new_iban", _("This is no account number: compare it digit by digit."))


def _at(key: str, message: str) -> Problem:
    return Problem(message, f"answers.{key}")


def _days(value: Any) -> tuple[date | None, date | None]:
    """Return the first and the last day of a period; of a single day, that day twice."""
    if isinstance(value, Mapping):
        return _day(value.get("from")), _day(value.get("until"))
    return _day(value), _day(value)


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
