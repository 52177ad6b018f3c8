"""Days that only the calendar can show to be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from deskcore.plugin import Problem

#: A day further back is a slip in the year; a late note of what a customer said is not.
LATE = timedelta(days=31)


def problems(request_type: str, answers: Mapping[str, Any], now: datetime) -> Iterator[Problem]:
    """Yield what has to be corrected.

    :param answers: checked answers; days as ``2026-11-24``.
    :param now: the present moment, in UTC.
    """
    day = as_day(answers.get("from_date")) if request_type == "customer_subscription" else None
    if day is not None and day < now.date() - LATE:
        yield Problem(_("This day is more than a month ago. Check the year."), "answers.from_date")


def as_day(value: Any) -> date | None:
    """Return the day that an answer says, or ``None`` where it says none."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
