"""The desk as people use it: asked in the portal, worked on by its agents, and closed to everybody else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from babel.dates import format_date
from deskcore_customer_desk import DESK, panels, register_request_types
from flask import Flask
from flask.testing import FlaskClient

from deskcore.plugin import Desk, Refused, TicketView, ViewerView
from deskcore.testing import Canary, Catalogue, Delivered, Pages, Statements

Ask = Callable[..., TicketView]
AGENT = ViewerView("agata@organisation.example", "Agata Agent", "workspace", desks={"customer": "agent"})


def test_everything_in_the_catalogue_can_be_asked_for_and_reads_well(desk: Desk, catalogue: Catalogue) -> None:
    assert desk == DESK
    assert [found.request_type for found in catalogue.ask()] == [each.key for each in register_request_types()]
    catalogue.check()


def test_a_fault_of_several_customers_is_urgent(ticket: Ask) -> None:
    assert ticket("customer_bug", affected="all").priority == "urgent"


def test_a_change_of_years_ago_comes_back(ticket: Ask) -> None:
    with pytest.raises(Refused) as refused:
        ticket("customer_subscription", from_date="2020-01-01")
    assert "answers.from_date" in [problem.field for problem in refused.value.problems]


def test_agents_read_what_to_do_first(
    as_user: Callable[[str], FlaskClient], ticket: Ask, setting: Callable[[str, Any], None]
) -> None:
    agent = as_user("agent")
    leaving = ticket("customer_subscription", change="cancel")
    assert leaving.tags == ("may-leave",)
    assert "Call and ask for the reason" in agent.get(f"/agent/tickets/{leaving.number}").text
    setting("notice_days", 90)
    earliest = format_date(leaving.created_at + timedelta(days=90), "d MMM y", locale="en")
    assert f"it ends on {earliest} at" in agent.get(f"/agent/tickets/{leaving.number}").text
    later = (leaving.created_at + timedelta(days=200)).date()
    ending = ticket("customer_subscription", change="cancel", from_date=later.isoformat())
    wanted = format_date(later, "d MMM y", locale="en")
    assert f"it ends on {wanted} at" in agent.get(f"/agent/tickets/{ending.number}").text
    assert "link the tickets" in agent.get(f"/agent/tickets/{ticket('customer_bug').number}").text


def test_a_pause_is_not_taken_for_the_end(app: Flask, ticket: Ask) -> None:
    with app.app_context():
        assert panels.first_steps(ticket("customer_subscription", change="pause"), AGENT) == []


def test_the_panel_asks_the_database_for_nothing_and_ends_with_the_ticket(
    app: Flask, ticket: Ask, query_budget: Callable[[int], AbstractContextManager[Statements]]
) -> None:
    fault = ticket("customer_bug", affected="all")
    with app.app_context(), query_budget(0):
        assert len(panels.first_steps(fault, AGENT)) == 2
        assert not panels.first_steps(replace(fault, status_category="closed"), AGENT)
        assert not panels.first_steps(replace(fault, desk="it"), AGENT)


def test_money_is_promised_back_only_after_a_look(app: Flask, ticket: Ask) -> None:
    paid_twice = ticket("customer_billing", topic="paid_twice")
    with app.app_context():
        assert "before you promise money back" in panels.first_steps(paid_twice, AGENT)[0].text


def test_a_ticket_leaves_nothing_to_be_delivered_to_the_desk(
    ticket: Ask, outbox: Callable[[], list[Delivered]]
) -> None:
    ticket()
    assert outbox() == []


def test_nothing_of_another_desk_shows(canary: Canary) -> None:
    canary.check()


def test_forms_panels_and_settings_are_accessible_and_translated(pages: Pages) -> None:
    pages.check()
