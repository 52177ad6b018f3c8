"""A follow-up from the page of a ticket: what is offered, in whose name, and what the page says afterwards."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from deskcore.people.services import find_person, grant

PAYMENT = {"party": "Papier", "document_no": "FV 1/2026"}


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Name the plugins between whose desks requests go."""
    return ("approvals", "finance_desk", "hr_desk")


@pytest.fixture
def number(opens: Any) -> str:
    """Open a ticket of Anna on the IT desk."""
    return str(opens("Mouse is broken"))


def follows(agent: Any, number: str, service: str, **answers: Any) -> Any:
    """Open the form of a follow-up, and send it."""
    place = f"/agent/tickets/new?parent={number}&service={service}"
    agent.get(place)
    return agent.post(place, idempotency_key=agent.hidden("idempotency_key"), **answers)


def test_the_page_offers_what_usually_follows_and_every_other_service(marek: Any, number: str) -> None:
    page = marek.get(f"/agent/tickets/{number}/follow-up").text
    assert f'href="/agent/tickets/new?parent={number}&amp;service=it-change-request"' in page
    assert '<option value="finance-payment-status">' in page
    assert "Nothing of this ticket goes along" not in page


def test_a_follow_up_stands_on_the_ticket_and_can_be_taken_back(marek: Any, number: str) -> None:
    page = follows(marek, number, "finance-payment-status", **PAYMENT)
    assert page.request.path == f"/agent/tickets/{number}"
    assert "Marek Nowak opened a follow-up: Finance" in page.text
    [child] = set(re.findall(r'href="/requests/(F\w+-\d+)"', page.text))
    assert marek.get(f"/requests/{child}").status_code == 200
    [undo] = re.findall(r'action="(/agent/undo/[^"]+)"', page.text)
    page = marek.post(undo.replace("&amp;", "&"))
    assert child not in page.text
    assert "Marek Nowak opened a follow-up (undo)" in page.text


def test_a_solved_ticket_says_which_follow_ups_are_open(marek: Any, number: str) -> None:
    follows(marek, number, "finance-payment-status", **PAYMENT)
    assert "still open" not in marek.get(f"/agent/tickets/{number}").text
    page = marek.post(f"/agent/tickets/{number}/status", version=marek.hidden("version"), status="resolved")
    assert "1 follow-up is still open." in page.text


def test_what_is_missing_is_said_and_nothing_typed_is_lost(marek: Any, number: str) -> None:
    page = follows(marek, number, "finance-payment-status", party="Papier i Synowie")
    assert page.status_code == 422
    assert 'value="Papier i Synowie"' in page.text
    assert f"Follow-up of {number}" in page.text


def test_an_unfinished_follow_up_is_found_again_with_its_ticket(marek: Any, number: str) -> None:
    follows(marek, number, "finance-payment-status", party="Papier i Synowie")
    page = marek.get("/agent/tickets/new").text
    assert f"parent={number}" in page


def test_on_the_agents_own_desk_it_is_asked_in_the_name_of_the_requester(marek: Any, number: str) -> None:
    place = f"/agent/tickets/new?parent={number}&service=it-question"
    assert 'value="anna.kowalska@meridian.example" checked' in marek.get(place).text
    page = marek.get(f"{place}&requester=jan.wojcik@meridian.example").text
    assert 'value="jan.wojcik' not in page


def test_of_a_confidential_ticket_nobody_is_offered_but_oneself(app: Flask, sign_in: Any, marek: Any) -> None:
    with app.app_context():
        kasia = find_person("kasia.dabrowska@meridian.example")
        assert kasia is not None
        grant(kasia, "hr")
    anna = sign_in("anna.kowalska")
    answers = {"month": "2026-01-01", "topic": "tax", "text": "My pay is wrong", "idempotency_key": "pay"}
    number = anna.post("/services/hr-payroll-question", data=answers).headers["Location"].split("/")[2].split("?")[0]
    browser = sign_in("kasia.dabrowska")
    assert "Nothing of this ticket goes along" in browser.get(f"/agent/tickets/{number}/follow-up").text
    page = browser.get(f"/agent/tickets/new?parent={number}&service=finance-payment-status").text
    assert "You ask in your own name." in page
    assert "anna.kowalska@meridian.example" not in page
    assert marek.get(f"/agent/tickets/{number}/follow-up").status_code == 404
    assert marek.get(f"/agent/tickets/new?parent={number}&service=it-question").status_code == 404


def test_without_a_service_the_form_leads_to_the_choice(marek: Any, number: str) -> None:
    page = marek.get(f"/agent/tickets/new?parent={number}&service=nonsense")
    assert page.request.path == f"/agent/tickets/{number}/follow-up"
