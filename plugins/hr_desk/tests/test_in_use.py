"""The desk as people use it: asked in the portal, worked on by its agents, and closed to everybody else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from deskcore_hr_desk import DESK, panels, register_request_types
from flask import Flask
from flask.testing import FlaskClient

from deskcore.plugin import Desk, Refused, TicketView, ViewerView, now
from deskcore.testing import Canary, Catalogue, Pages, Statements

Ask = Callable[..., TicketView]
SignIn = Callable[[str], FlaskClient]
AGENT = ViewerView("agata@organisation.example", "Agata Agent", "workspace", desks={"hr": "agent"})
IBAN = "PL61109010140000071219812874"


def later() -> str:
    """Return a day of a month that neither payroll nor benefits have closed."""
    return (now() + timedelta(days=70)).date().isoformat()


def test_everything_in_the_catalogue_can_be_asked_for_and_reads_well(desk: Desk, catalogue: Catalogue) -> None:
    assert desk == DESK
    account = {"new_iban": IBAN, "effective_month": later()}
    asked = catalogue.ask(bank_account_change=account, benefits={"from_month": later()})
    assert [found.request_type for found in asked] == [each.key for each in register_request_types()]
    assert all(found.number.startswith("HR-") for found in asked)
    catalogue.check()


def test_a_question_about_benefits_needs_no_month_and_a_change_does(ticket: Ask) -> None:
    asked = ticket("benefits", what="question", note="What does it cost?")
    assert "from_month" not in asked.answers
    with pytest.raises(Refused) as refused:
        ticket("benefits", what="leave", from_month=None)
    assert "answers.from_month" in [problem.field for problem in refused.value.problems]


def test_what_needs_a_yes_waits_for_it(ticket: Ask) -> None:
    assert ticket("working_time").status_category == "waiting_approval"
    assert ticket("hr_question").status_category == "new"


def test_the_form_says_who_will_read_it(as_user: SignIn) -> None:
    requester = as_user("requester")
    assert "those who approve it" in requester.get("/services/hr-leave-request").text
    assert "those who approve it" not in requester.get("/services/hr-payroll-question").text


def test_a_wrong_account_number_comes_back(ticket: Ask) -> None:
    with pytest.raises(Refused) as refused:
        ticket("bank_account_change", new_iban=IBAN[:-1] + "5", effective_month=later())
    assert "answers.new_iban" in [problem.field for problem in refused.value.problems]


def test_the_days_that_payroll_keeps_are_settings(ticket: Ask, setting: Callable[[str, Any], None]) -> None:
    this_month = now().date().replace(day=1).isoformat()
    setting("payroll_cutoff_day", 31)
    assert ticket("bank_account_change", new_iban=IBAN, effective_month=this_month).tags == ("call-back",)
    setting("payroll_cutoff_day", 0)
    if now().day > 1:
        with pytest.raises(Refused):
            ticket("bank_account_change", new_iban=IBAN, effective_month=this_month)


def test_leave_on_demand_is_as_long_as_the_setting_allows(ticket: Ask, setting: Callable[[str, Any], None]) -> None:
    today = now().date()
    period = {"from": today.isoformat(), "until": (today + timedelta(days=5)).isoformat()}
    with pytest.raises(Refused):
        ticket("leave_request", kind="on_demand", period=period)
    setting("on_demand_days", 6)
    assert ticket("leave_request", kind="on_demand", period=period).answers["kind"] == "on_demand"


def test_around_pay_day_questions_about_pay_are_high(ticket: Ask, setting: Callable[[str, Any], None]) -> None:
    setting("pay_day", now().day)
    assert ticket("payroll_question").priority == "high"


def test_agents_read_what_to_do_first_and_what_closes_when(
    as_user: SignIn, ticket: Ask, setting: Callable[[str, Any], None]
) -> None:
    agent = as_user("agent")
    account = ticket("bank_account_change", new_iban=IBAN, effective_month=later())
    page = agent.get(f"/agent/tickets/{account.number}").text
    assert "Call back on a number you know from elsewhere" in page
    assert "Payroll closes" in page
    assert IBAN not in page
    setting("benefits_cutoff_day", now().day)
    benefits = agent.get(f"/agent/tickets/{ticket('benefits', from_month=later()).number}").text
    assert "Benefits close" in benefits


def test_the_panels_ask_the_database_for_nothing(
    app: Flask, ticket: Ask, query_budget: Callable[[int], AbstractContextManager[Statements]]
) -> None:
    question, accident = ticket("payroll_question"), ticket("work_accident")
    with app.app_context(), query_budget(0):
        assert len(panels.dates(question, AGENT)) == 2
        assert panels.first_steps(accident, AGENT)


def test_nothing_of_another_desk_shows(canary: Canary) -> None:
    canary.check()


def test_forms_panels_and_settings_are_accessible_and_translated(pages: Pages) -> None:
    pages.check()
