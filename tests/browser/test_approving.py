"""Journey 6: a manager approves, in two clicks from the first page, and in one and a confirmation from a link."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from deskcore.people.services import find_person
from deskcore.testing.browser import faults_in
from deskcore.testing.people import viewer_of
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from deskcore.worker import Worker

from .conftest import Hand

ANNA, PIOTR = "anna.kowalska@meridian.example", "piotr.zielinski@meridian.example"


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Name the plugin that asks for approval."""
    return ("approvals",)


@pytest.fixture
def number(app: Flask) -> str:
    """Give a request of Anna's that waits for her manager."""
    return asked_for(app)


def asked_for(app: Flask) -> str:
    with app.app_context():
        anna = find_person(ANNA)
        assert anna is not None
        answers = {"for_user": ANNA, "system": "ERP", "role": "read", "reason": "Reports", "from_date": "2027-01-01"}
        new = NewTicket("it", "access_request", "Access to ERP", "Reports", anna.id, "portal", answers)
        with acting_as(viewer_of(ANNA, "portal")):
            found = open_ticket(new)
    Worker(app).run_once()
    return found


def test_a_manager_approves_in_two_clicks(number: str, app: Flask, hand: Callable[..., Hand]) -> None:
    piotr = hand("piotr.zielinski")
    piotr.open("/")
    piotr.click(piotr.page.get_by_role("link", name=re.compile("Review.*Access to ERP")))
    piotr.click(piotr.page.get_by_role("button", name="Approve", exact=True))
    assert piotr.page.get_by_role("heading", level=1).inner_text() == "Approvals"
    assert piotr.page.get_by_role("status").inner_text().startswith("Approved.")
    assert (piotr.clicks, piotr.errors) == (2, [])


def test_a_link_and_a_confirmation_are_enough(number: str, app: Flask, hand: Callable[..., Hand]) -> None:
    from deskcore_approvals import approval_of, decision_link

    with app.test_request_context(), acting_as(viewer_of(PIOTR, "portal")):
        [asked] = approval_of(number)
        link = decision_link(asked.token, PIOTR, "reject")
    piotr = hand("piotr.zielinski", java_script_enabled=False)
    piotr.open(link)
    piotr.page.get_by_label("Reason").fill("Use the reports of the warehouse.")
    piotr.click(piotr.page.get_by_role("button", name="Yes, reject"))
    with app.app_context(), acting_as(SYSTEM):
        assert find_ticket(number).status_category == "resolved"
    assert (piotr.clicks, piotr.errors) == (1, [])
    anna = hand("anna.kowalska")
    anna.open(f"/requests/{number}")
    assert anna.page.get_by_text("Use the reports of the warehouse.").count() == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_several_are_approved_by_keyboard_alone(app: Flask, hand: Callable[..., Hand], scripts: bool) -> None:
    numbers = [asked_for(app) for _each in range(2)]
    piotr = hand("piotr.zielinski", java_script_enabled=scripts)
    piotr.open("/approvals")
    page = piotr.page
    for each in numbers:
        page.get_by_role("listitem").filter(has_text=each).get_by_role("checkbox").focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Approve…").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/approvals/several"))
    assert page.get_by_role("heading", level=1).inner_text() == "Approve 2 requests"
    assert not scripts or faults_in(page) == []
    page.get_by_role("button", name="Approve 2 requests").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/approvals$"))
    assert page.get_by_role("status").inner_text().startswith("2 requests approved.")
    assert (piotr.clicks, piotr.errors) == (0, [])


@pytest.mark.parametrize("width", [360, 1366])
def test_the_page_of_a_decision_can_be_used_by_everybody(number: str, hand: Callable[..., Hand], width: int) -> None:
    piotr = hand("piotr.zielinski", locale="pl-PL", color_scheme="dark", viewport={"width": width, "height": 800})
    for path in ("/approvals", "/approvals/delegation"):
        piotr.open(path)
        assert faults_in(piotr.page) == []
    piotr.open("/approvals")
    piotr.page.locator("main a[href^='/approvals/']").last.click()
    assert faults_in(piotr.page) == []
    assert piotr.errors == []
