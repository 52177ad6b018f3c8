"""The desk as people use it: asked in the portal, worked on by its agents, and closed to everybody else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from deskcore_operations_desk import DESK, panels, register_request_types
from flask import Flask
from flask.testing import FlaskClient

from deskcore.plugin import Desk, Refused, TicketView, ViewerView, now
from deskcore.testing import Canary, Catalogue, Delivered, Pages, Statements

Ask = Callable[..., TicketView]
AGENT = ViewerView("agata@organisation.example", "Agata Agent", "workspace", desks={"operations": "agent"})


def damaged(ticket: Ask, days_ago: int) -> TicketView:
    return ticket("delivery_problem", kind="damaged", arrived=(now() - timedelta(days=days_ago)).date().isoformat())


def test_everything_in_the_catalogue_can_be_asked_for_and_reads_well(desk: Desk, catalogue: Catalogue) -> None:
    assert desk == DESK
    assert [found.request_type for found in catalogue.ask()] == [each.key for each in register_request_types()]
    catalogue.check()


def test_a_site_at_a_standstill_is_urgent(ticket: Ask) -> None:
    assert ticket("work_stopped", extent="site").priority == "urgent"


def test_a_ride_in_the_past_comes_back(ticket: Ask) -> None:
    with pytest.raises(Refused) as refused:
        ticket("transport", departure="2020-01-01T08:00:00Z")
    assert "answers.departure" in [problem.field for problem in refused.value.problems]


def test_agents_read_how_many_days_are_left_to_claim(
    as_user: Callable[[str], FlaskClient], ticket: Ask, setting: Callable[[str, Any], None]
) -> None:
    agent = as_user("agent")
    broken = damaged(ticket, days_ago=1)
    assert broken.tags == ("claim",)
    assert "6 days left" in agent.get(f"/agent/tickets/{broken.number}").text
    setting("claim_days", 0)
    assert "the carrier may refuse" in agent.get(f"/agent/tickets/{broken.number}").text


def test_the_panel_asks_the_database_for_nothing_and_ends_with_the_ticket(
    app: Flask, ticket: Ask, query_budget: Callable[[int], AbstractContextManager[Statements]]
) -> None:
    broken = damaged(ticket, days_ago=1)
    with app.app_context(), query_budget(0):
        assert panels.claim(broken, AGENT)
        assert not panels.claim(replace(broken, status_category="resolved"), AGENT)
        assert not panels.claim(replace(broken, desk="it"), AGENT)


def test_a_ticket_leaves_nothing_to_be_delivered_to_the_desk(
    ticket: Ask, outbox: Callable[[], list[Delivered]]
) -> None:
    ticket()
    assert outbox() == []


def test_nothing_of_another_desk_shows(canary: Canary) -> None:
    canary.check()


def test_forms_panels_and_settings_are_accessible_and_translated(pages: Pages) -> None:
    pages.check()
