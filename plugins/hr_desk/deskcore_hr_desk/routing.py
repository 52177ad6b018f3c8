"""What makes an HR request more pressing, and the tags that agents filter by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from deskcore_hr_desk.months import day_of_month

#: Requests that the requester's manager sees in the portal; all others are between the person and HR.
MANAGER_SEES = frozenset({"leave_request", "contract_change", "training", "recruitment"})
#: Around pay day everybody looks at the payslip, and wants to know at once.
AROUND_PAY_DAY = timedelta(days=2)


def priority_for(request_type: str, today: date, pay_day: int) -> str | None:
    """Return the priority, or ``None`` where the request type's own stands.

    :param pay_day: day of the month on which wages are paid.
    """
    if request_type != "payroll_question":
        return None
    near = (day_of_month(today.year, today.month + shift, pay_day) for shift in (-1, 0, 1))
    return "high" if any(abs(day - today) <= AROUND_PAY_DAY for day in near) else None


def tags_for(request_type: str, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tags of a new request.

    ``call-back`` is for what nobody may do before the person was called on a number known from elsewhere, ``it`` for
    what needs a request to the IT desk too, and ``safety`` for the health and safety officer.
    """
    if request_type == "bank_account_change":
        return ("call-back",)
    if request_type == "personal_data_change" and "name" in (answers.get("what") or ()):
        return ("it",)
    if request_type == "long_absence" and answers.get("keep_access") is not True:
        return ("it",)
    if request_type == "people_process":
        return ("it",)
    return ("safety",) if request_type == "work_accident" else ()
