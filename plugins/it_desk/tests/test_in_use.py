"""The desk as people use it: asked in the portal, worked on by its agents, and closed to everybody else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from deskcore_it_desk import DESK, panels, register_request_types
from flask import Flask
from flask.testing import FlaskClient

from deskcore.plugin import Desk, Refused, TicketView, ViewerView
from deskcore.testing import Canary, Catalogue, Delivered, Pages, Statements

Ask = Callable[..., TicketView]
SignIn = Callable[[str], FlaskClient]
AGENT = ViewerView("agata@organisation.example", "Agata Agent", "workspace", desks={"it": "agent"})


def test_everything_in_the_catalogue_can_be_asked_for(desk: Desk, catalogue: Catalogue) -> None:
    assert desk == DESK
    asked = catalogue.ask(mover={"new_title": "Head of sales"})
    assert [found.request_type for found in asked] == [each.key for each in register_request_types()]


def test_an_outage_of_a_whole_site_goes_straight_to_the_specialists(
    ticket: Ask, setting: Callable[[str, Any], None]
) -> None:
    outage = {"service": "mail", "affected": "site", "work_stopped": True}
    found = ticket("incident", **outage)
    assert (found.priority, found.team, found.tags) == ("urgent", "l3", ("major",))
    setting("urgent_to_specialists", False)
    assert ticket("incident", **outage).team == "l1"


def test_answers_that_contradict_each_other_come_back(ticket: Ask) -> None:
    with pytest.raises(Refused) as refused:
        ticket("access_request", limited=True, from_date="2026-12-02", until_date="2026-12-01")
    assert "answers.until_date" in [problem.field for problem in refused.value.problems]


def test_agents_read_on_the_ticket_why_it_is_urgent_and_what_to_do_first(
    as_user: SignIn, ticket: Ask, setting: Callable[[str, Any], None]
) -> None:
    setting("security_phone", "22 555 01 99")
    agent = as_user("agent")
    outage = ticket("incident", affected="site", work_stopped=True)
    assert "A whole site" in agent.get(f"/agent/tickets/{outage.number}").text
    lost = agent.get(f"/agent/tickets/{ticket('lost_device').number}").text
    assert "Lock the device and end its sessions" in lost
    assert 'href="tel:225550199"' in lost


def test_the_panels_ask_the_database_for_nothing(
    app: Flask, ticket: Ask, query_budget: Callable[[int], AbstractContextManager[Statements]]
) -> None:
    lost = ticket("lost_device")
    with app.app_context(), query_budget(0):
        assert panels.first_steps(lost, AGENT)
        assert panels.priority_rows(lost, AGENT)


def test_a_ticket_leaves_nothing_to_be_delivered_to_the_desk(
    ticket: Ask, outbox: Callable[[], list[Delivered]]
) -> None:
    ticket()
    assert outbox() == []


def test_nothing_of_another_desk_shows(canary: Canary) -> None:
    canary.check()


def test_forms_panels_and_settings_are_accessible_and_translated(pages: Pages) -> None:
    pages.check()
