"""Answers that contradict each other, the calendar or payroll are sent back with a way to correct them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from deskcore_hr_desk.checks import Limits, problems

from deskcore.plugin import PersonView, TicketDraft

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
ANNA = PersonView("anna@organisation.example", "Anna")
LIMITS = Limits()
IBAN = "PL61109010140000071219812874"


def wrong(request_type: str, at: datetime = NOW, limits: Limits = LIMITS, **answers: Any) -> list[str]:
    draft = TicketDraft("hr", request_type, "", "", "normal", ANNA, "portal", answers)
    return [problem.field for problem in problems(draft, at, limits)]


def days(first: str, last: str) -> dict[str, str]:
    return {"from": first, "until": last}


@pytest.mark.parametrize(
    ("request_type", "field"),
    [
        ("leave_request", "period"),
        ("long_absence", "period"),
        ("working_time", "days"),
        ("contract_change", "from_date"),
        ("personal_data_change", "from_date"),
        ("people_process", "date"),
    ],
)
@pytest.mark.parametrize("year", ["2025", "2036"])
def test_a_day_of_another_year_is_taken_for_a_slip(request_type: str, field: str, year: str) -> None:
    day: Any = f"{year}-11-24"
    value = days(day, day) if field in ("period", "days") else day
    assert wrong(request_type, **{field: value}) == [f"answers.{field}"]


@pytest.mark.parametrize(
    ("request_type", "field"),
    [
        ("training", "dates"),
        ("travel_documents", "period"),
        ("certificate", "needed_by"),
        ("recruitment", "start_date"),
    ],
)
def test_what_is_over_is_not_asked_for(request_type: str, field: str) -> None:
    period = field in ("dates", "period")
    assert wrong(request_type, **{field: days("2026-11-20", "2026-11-23") if period else "2026-11-23"})
    assert not wrong(request_type, **{field: days("2026-11-20", "2026-11-24") if period else "2026-11-24"})


def test_today_is_today_wherever_the_person_is() -> None:
    assert not wrong("certificate", NOW.replace(day=25, hour=3), needed_by="2026-11-24")


def test_leave_taken_last_week_can_still_be_entered() -> None:
    assert not wrong("leave_request", kind="annual", period=days("2026-11-16", "2026-11-18"))


def test_half_a_day_is_one_day() -> None:
    assert wrong("leave_request", half_day=True, period=days("2026-12-01", "2026-12-02")) == ["answers.half_day"]
    assert not wrong("leave_request", half_day=True, period=days("2026-12-01", "2026-12-01"))


def test_leave_on_demand_is_four_days_unless_the_setting_says_otherwise() -> None:
    four, five = days("2026-11-30", "2026-12-03"), days("2026-11-30", "2026-12-04")
    assert not wrong("leave_request", kind="on_demand", period=four)
    assert wrong("leave_request", kind="on_demand", period=five) == ["answers.period"]
    assert not wrong("leave_request", kind="annual", period=five)
    assert not wrong("leave_request", limits=Limits(on_demand=5), kind="on_demand", period=five)


def test_nobody_stands_in_for_himself() -> None:
    assert wrong("leave_request", substitute=ANNA.email) == ["answers.substitute"]
    assert not wrong("leave_request", substitute="jan@organisation.example")


def test_a_new_account_counts_from_a_month_that_payroll_has_not_closed() -> None:
    assert wrong("bank_account_change", new_iban=IBAN, effective_month="2026-11-30") == ["answers.effective_month"]
    assert not wrong("bank_account_change", new_iban=IBAN, effective_month="2026-12-01")
    later = Limits(payroll_day=25)
    assert not wrong("bank_account_change", limits=later, new_iban=IBAN, effective_month="2026-11-01")


def test_benefits_change_from_a_month_that_is_open_and_questions_are_free() -> None:
    assert wrong("benefits", what="join", from_month="2026-12-01") == ["answers.from_month"]
    assert not wrong("benefits", what="join", from_month="2027-01-01")
    assert not wrong("benefits", what="question", note="What does it cost?")
    assert wrong("benefits", what="question") == ["answers.note"]


@pytest.mark.parametrize("number", [IBAN, IBAN[2:], "61 1090 1014 0000 0712 1981 2874", "de89 3704 0044 0532 0130 00"])
def test_an_account_number_is_taken_as_people_write_it(number: str) -> None:
    assert not wrong("bank_account_change", new_iban=number, effective_month="2026-12-01")


def test_one_wrong_digit_is_noticed_wherever_it_stands() -> None:
    for at in range(2, len(IBAN)):
        other = IBAN[:at] + str((int(IBAN[at]) + 1) % 10) + IBAN[at + 1 :]
        assert wrong("bank_account_change", new_iban=other) == ["answers.new_iban"], other


def test_a_salary_does_not_end_below_where_it_begins() -> None:
    low, high = {"amount": "9000.00", "currency": "PLN"}, {"amount": "12000.00", "currency": "PLN"}
    assert not wrong("recruitment", salary_from=low, salary_to=high)
    assert not wrong("recruitment", salary_from=low, salary_to=low)
    assert wrong("recruitment", salary_from=high, salary_to=low) == ["answers.salary_to"]
    assert wrong("recruitment", salary_from=low, salary_to=high | {"currency": "EUR"}) == ["answers.salary_to"]


def test_an_accident_has_happened() -> None:
    assert wrong("work_accident", when="2026-11-24T15:00:00Z") == ["answers.when"]
    assert not wrong("work_accident", when="2026-11-24T14:03:00Z")


@pytest.mark.parametrize("month", ["2026-12-01", "2026-12-24", "2027-03-01"])
def test_pay_of_a_month_to_come_is_not_asked_about(month: str) -> None:
    assert wrong("payroll_question", month=month) == ["answers.month"]


@pytest.mark.parametrize("month", ["2026-11-30", "2026-11-24", "2026-10-01"])
def test_any_day_stands_for_a_month_that_has_begun(month: str) -> None:
    assert not wrong("payroll_question", month=month)


def test_a_month_has_begun_once_it_has_somewhere() -> None:
    assert wrong("payroll_question", NOW.replace(day=30, hour=9), month="2026-12-01") == ["answers.month"]
    assert not wrong("payroll_question", NOW.replace(day=30, hour=23), month="2026-12-01")


@pytest.mark.parametrize("value", [None, "", "soon", 7, [], {}, "2026-13-01"])
def test_what_is_no_day_is_left_to_the_form(value: object) -> None:
    assert not wrong("certificate", needed_by=value)
    assert not wrong("leave_request", period=value)
    assert not wrong("work_accident", when=value)
    assert not wrong("benefits", what="join", from_month=value)
