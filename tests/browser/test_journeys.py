"""The journeys that people make most, counted in clicks: UX.md §2.5, numbers 1, 2, 4 and 5."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import expect

from deskcore.tickets import services
from deskcore.tickets.conversation_models import Message
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.replies import let_replies_go_out

Act = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def waiting(act: Act, person_named: Callable[[str], Any]) -> str:
    """Give a ticket of Anna's in which Marek has asked something."""
    anna = person_named("anna.kowalska").id
    answers = {"service": "printer", "what_happened": "It jams", "affected": "me", "work_stopped": False}
    with act("anna.kowalska"):
        number = open_ticket(NewTicket("it", "incident", "Printer on floor 3 jams", "It jams", anna, "portal", answers))
    with act("marek.nowak", "workspace"):
        services.reply(number, "Which tray do you use?", then="waiting_requester")
    return number


def tickets(app: Flask) -> list[Ticket]:
    """Return all tickets."""
    with app.app_context(), acting_as(SYSTEM) as session:
        return list(session.scalars(sa.select(Ticket)))


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_1_a_fault_is_reported_in_three_clicks_and_two_fields(app: Flask, hand: Any, script: bool) -> None:
    anna = hand("anna.kowalska", java_script_enabled=script)
    anna.open("/")
    anna.click(anna.page.get_by_role("main").get_by_role("link", name="Something doesn't work").first)
    if anna.page.locator("textarea[name=what_happened]").count() == 0:
        anna.click(anna.page.get_by_role("main").get_by_role("link", name="Something doesn't work").first)
    choose(anna, "service", "printer")
    anna.page.locator("textarea[name=what_happened]").fill("The printer on floor 3 jams")
    anna.click(anna.page.get_by_role("button", name="Send"))
    expect(anna.page.get_by_text("IT-1").first).to_be_visible()
    assert anna.clicks <= 3
    assert [ticket.subject for ticket in tickets(app)] == ["The printer on floor 3 jams"]
    assert anna.errors == []


def choose(person: Any, name: str, value: str) -> None:
    """Choose by keyboard, whether the form shows a list or cards."""
    page = person.page
    if page.locator(f"select[name={name}]").count():
        page.locator(f"select[name={name}]").select_option(value)
    else:
        page.locator(f"input[name={name}][value='{value}']").press("Space")


def test_2_a_laptop_is_ordered_in_three_clicks_and_choices(app: Flask, hand: Any, act: Act) -> None:
    from deskcore.people.services import location_named
    from deskcore.work import unit_of_work

    with app.app_context(), unit_of_work():
        location_named("Warszawa")
    anna = hand("anna.kowalska")
    anna.open("/")
    anna.click(anna.page.get_by_role("main").get_by_role("link", name="New or replacement equipment").first)
    fill_required(anna)
    anna.click(anna.page.get_by_role("button", name="Send"))
    assert anna.page.url.endswith("/sent"), anna.page.locator("main").inner_text()
    assert anna.clicks <= 3
    assert len(tickets(app)) == 1


def fill_required(person: Any) -> None:
    """Choose a laptop and answer what the form then asks."""
    page = person.page
    choose(person, "kind", "laptop")
    for select in page.locator("main select:visible").all():
        if select.input_value() == "":
            values = [option.get_attribute("value") for option in select.locator("option").all()]
            select.select_option(next(value for value in values if value))
    for name in {one.get_attribute("name") for one in page.locator("main input[type=radio]:visible").all()}:
        if page.locator(f"input[name={name}]:checked").count() == 0:
            page.locator(f"input[name={name}]").first.press("Space")
    for field in page.locator("main input:visible[type=text], main textarea:visible").all():
        optional = "optional" in (field.evaluate("e => e.closest('.field')?.innerText") or "")
        if not optional and field.input_value() == "":
            field.fill("CC-100")


def test_4_the_status_and_the_next_step_are_on_the_home_page(hand: Any, waiting: str) -> None:
    anna = hand("anna.kowalska")
    anna.open("/")
    main = anna.page.get_by_role("main")
    expect(main.get_by_text("Which tray do you use?")).to_be_visible()
    expect(main.get_by_text("Waiting for you").first).to_be_visible()
    expect(main.get_by_text(waiting).first).to_be_visible()
    assert anna.clicks == 0
    anna.click(main.get_by_role("link", name=waiting).first)
    expect(main.get_by_text("asked you a question. Answer it, and the work goes on.")).to_be_visible()
    assert (anna.clicks, anna.errors) == (1, [])


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_5_a_question_is_answered_in_two_clicks(app: Flask, hand: Any, waiting: str, script: bool) -> None:
    anna = hand("anna.kowalska", java_script_enabled=script)
    anna.open("/")
    anna.click(anna.page.get_by_role("link", name="Answer").first)
    anna.page.locator("textarea[name=body]").fill("Tray 2")
    anna.click(anna.page.get_by_role("button", name="Send answer"))
    expect(anna.page.get_by_text("Tray 2")).to_be_visible()
    assert anna.clicks == 2
    with app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalars(sa.select(Message.body).where(~Message.from_agent)).all() == ["Tray 2"]
    assert anna.errors == []


def test_a_double_click_on_send_makes_one_ticket(app: Flask, hand: Any) -> None:
    anna = hand("anna.kowalska")
    anna.open("/services/it-incident")
    choose(anna, "service", "printer")
    anna.page.locator("textarea[name=what_happened]").fill("It jams")
    anna.page.get_by_role("button", name="Send").dblclick()
    anna.page.wait_for_url("**/sent")
    assert len(tickets(app)) == 1


def test_an_agent_answers_and_the_requester_reads_it(app: Flask, hand: Any, waiting: str) -> None:
    marek = hand("marek.nowak")
    marek.open(f"/agent/tickets/{waiting}")
    marek.page.locator("textarea[name=body]:visible").fill("Try tray 1 meanwhile")
    marek.page.get_by_role("button", name="Send to Anna").click()
    marek.page.wait_for_load_state()
    expect(marek.page.get_by_text("Try tray 1 meanwhile").first).to_be_visible()
    let_replies_go_out(app)
    anna = hand("anna.kowalska")
    anna.open(f"/requests/{waiting}")
    expect(anna.page.get_by_text("Try tray 1 meanwhile").first).to_be_visible()
    assert marek.errors == anna.errors == []
