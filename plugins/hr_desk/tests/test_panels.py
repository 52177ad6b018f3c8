"""Agents read what to do first, and by when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from deskcore_hr_desk import panels

from deskcore.plugin import PanelRow, PersonView, TicketView, ViewerView

AGENT = ViewerView(email="kasia@organisation.example", name="Kasia", area="workspace", desks={"hr": "agent"})
TODAY = date(2026, 11, 17)
WHEN = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
TICKET = TicketView(
    number="HR-7K3QF", desk="hr", request_type="hr_question", subject="Question", description="", status="open",
    status_category="open", priority="normal", requester=PersonView("anna@organisation.example", "Anna"),
    assignee=None, team="people", tags=(), answers={}, extra={}, channel="portal",
    version=1, created_at=WHEN, updated_at=WHEN,
)  # fmt: skip


def steps(request_type: str, *tags: str) -> list[str]:
    return [row.text for row in panels.first_steps(replace(TICKET, request_type=request_type, tags=tags), AGENT)]


def shown(rows: list[PanelRow]) -> list[tuple[str, str]]:
    return [(row.term, row.text) for row in rows]


def test_a_new_account_begins_with_a_call() -> None:
    assert steps("bank_account_change", "call-back")[0].startswith("Call back on a number you know from elsewhere")


def test_of_an_illness_no_papers_are_asked() -> None:
    assert "Ask for no medical papers" in steps("long_absence")[0]


def test_a_complaint_is_confirmed_in_seven_days_and_answered_in_three_months() -> None:
    assert [text for text in steps("complaint") if "seven days" in text or "three months" in text]


@pytest.mark.parametrize(
    ("request_type", "tag"), [("personal_data_change", "it"), ("long_absence", "it"), ("people_process", "it")]
)
def test_what_it_has_to_know_is_said(request_type: str, tag: str) -> None:
    assert [text for text in steps(request_type, tag) if "IT" in text]


def test_an_ordinary_question_has_neither_steps_nor_dates() -> None:
    assert steps("hr_question") == []
    assert panels.dates(TICKET, AGENT) == []


def test_the_days_of_payroll_are_counted() -> None:
    rows = shown(panels.of_payroll(TODAY, 20, 28))
    assert rows == [("Payroll closes", "20 Nov, in 3 days"), ("Pay day", "28 Nov, in 11 days")]
    assert shown(panels.of_payroll(TODAY, 16, None)) == [("Payroll closes", "16 Dec, in 29 days")]


def test_the_cut_off_day_itself_is_today() -> None:
    assert shown(panels.of_payroll(TODAY, 17, None)) == [("Payroll closes", "today")]


def test_after_the_cut_off_day_benefits_change_from_the_month_after_the_next() -> None:
    assert shown(panels.of_benefits(TODAY, 15))[1] == ("Changes count from", "January 2027")
    assert shown(panels.of_benefits(TODAY, 17))[1] == ("Changes count from", "December 2026")


def test_a_solved_ticket_and_one_of_another_desk_show_nothing() -> None:
    for ticket in (replace(TICKET, status_category="resolved"), replace(TICKET, desk="it")):
        for request_type in ("benefits", "complaint"):
            other = replace(ticket, request_type=request_type)
            assert panels.first_steps(other, AGENT) == panels.dates(other, AGENT) == []
