"""Days and moments that only the calendar can show to be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _

from deskcore.plugin import Problem

#: Clocks of phones and servers differ a little, and a day has not ended everywhere on Earth.
DRIFT = timedelta(hours=12)

_HAPPENED = {"work_stopped": "since", "delivery_problem": "arrived"}
_STILL_AHEAD = {
    "send_goods": "pick_up",
    "expected_delivery": "when",
    "transport": "departure",
    "stock": "needed_by",
}


def problems(request_type: str, answers: Mapping[str, Any], now: datetime) -> Iterator[Problem]:
    """Yield what has to be corrected.

    :param answers: checked answers; days as ``2026-11-24``, moments as ``2026-11-24T13:30:00Z``.
    :param now: the present moment, in UTC.
    """
    key = _HAPPENED.get(request_type, "")
    moment = _moment(answers.get(key))
    if moment is not None and moment > now + DRIFT:
        yield Problem(_("Enter a time that is not in the future."), f"answers.{key}")
    key = _STILL_AHEAD.get(request_type, "")
    moment = _moment(answers.get(key), time.max)
    if moment is not None and moment < now - DRIFT:
        yield Problem(_("Enter a time that is still to come."), f"answers.{key}")


def _moment(value: Any, of_day: time = time.min) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None or moment.tzinfo is not None:
        return moment
    return datetime.combine(moment.date(), of_day, UTC)
