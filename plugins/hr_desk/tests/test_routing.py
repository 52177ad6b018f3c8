"""What is pressing is high, and what others have to know is tagged."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from deskcore_hr_desk.routing import priority_for, tags_for


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 25), None),
        (date(2026, 11, 26), "high"),
        (date(2026, 11, 28), "high"),
        (date(2026, 11, 30), "high"),
        (date(2026, 12, 1), None),
    ],
)
def test_questions_about_pay_are_high_two_days_around_pay_day(today: date, expected: str | None) -> None:
    assert priority_for("payroll_question", today, 28) == expected


def test_pay_day_may_be_that_of_the_month_before_or_after() -> None:
    assert priority_for("payroll_question", date(2026, 12, 1), 31) == "high"
    assert priority_for("payroll_question", date(2026, 11, 30), 1) == "high"


def test_other_requests_keep_the_priority_of_their_type() -> None:
    assert priority_for("leave_request", date(2026, 11, 28), 28) is None


@pytest.mark.parametrize(
    ("request_type", "answers", "tags"),
    [
        ("bank_account_change", {}, ("call-back",)),
        ("personal_data_change", {"what": ["name", "address"]}, ("it",)),
        ("personal_data_change", {"what": ["address"]}, ()),
        ("personal_data_change", {}, ()),
        ("long_absence", {"keep_access": True}, ()),
        ("long_absence", {}, ("it",)),
        ("people_process", {}, ("it",)),
        ("work_accident", {}, ("safety",)),
        ("complaint", {"what": ["name"]}, ()),
    ],
)
def test_tags_follow_from_the_request(request_type: str, answers: dict[str, Any], tags: tuple[str, ...]) -> None:
    assert tags_for(request_type, answers) == tags
