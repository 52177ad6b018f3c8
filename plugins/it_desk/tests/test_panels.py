"""Agents read why a ticket is urgent, and what to do first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from deskcore_it_desk import panels

from deskcore.plugin import PersonView, TicketView, ViewerView

AGENT = ViewerView(email="marek.nowak@meridian.example", name="Marek Nowak", area="workspace", desks={"it": "agent"})
WHEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TICKET = TicketView(
    number="IT-1", desk="it", request_type="incident", subject="No mail", description="", status="open",
    status_category="open", priority="urgent", requester=PersonView("anna.kowalska@meridian.example", "Anna Kowalska"),
    assignee=None, team="l3", tags=(), answers={"affected": "site", "work_stopped": True}, extra={}, channel="portal",
    version=1, created_at=WHEN, updated_at=WHEN,
)  # fmt: skip


def texts(ticket: TicketView) -> list[str]:
    return [row.text for row in panels.steps(ticket, security_phone="")]


def test_the_panel_explains_impact_urgency_and_priority() -> None:
    rows = [(row.term, row.text) for row in panels.explained(TICKET, notice_days=5)]
    assert rows == [("Impact", "A whole site"), ("Urgency", "Work has stopped"), ("Priority", "Urgent")]


def test_it_says_when_an_agent_decided_otherwise() -> None:
    rows = panels.explained(replace(TICKET, priority="normal"), notice_days=5)
    assert rows[-1].text == "Normal, set by an agent"


def test_a_request_with_the_priority_of_its_type_needs_no_explanation() -> None:
    assert panels.explained(replace(TICKET, request_type="question"), notice_days=5) == []


def test_tickets_of_other_desks_are_left_alone() -> None:
    foreign = replace(TICKET, desk="hr", request_type="lost_device", tags=("identity-check",))
    assert panels.priority_rows(foreign, AGENT) == []
    assert panels.first_steps(foreign, AGENT) == []


def test_after_a_password_was_given_away_the_reset_comes_first() -> None:
    answers = {"entered_password": True, "clicked_link": True, "opened_attachment": False}
    steps = texts(replace(TICKET, request_type="suspicious_email", answers=answers))
    assert steps[0] == "Reset the password and end all sessions now"
    assert "Take the device off the network" not in steps


def test_a_password_reset_begins_with_the_identity() -> None:
    assert texts(replace(TICKET, request_type="password_reset", tags=("identity-check",)))[0].startswith("Call back")


def test_a_solved_ticket_has_no_first_steps() -> None:
    assert texts(replace(TICKET, request_type="lost_device", status_category="resolved")) == []


def test_the_security_phone_is_one_click_away() -> None:
    ticket = replace(TICKET, request_type="lost_device", tags=("security",))
    first = panels.steps(ticket, security_phone="22 555 01 99")[0]
    assert (first.text, first.url) == ("22 555 01 99", "tel:225550199")
    assert not [row for row in panels.steps(ticket, security_phone="") if row.url]
