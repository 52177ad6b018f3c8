"""The journeys of an agent, a lead and an administrator, counted in keys and clicks: UX.md §2.5, numbers 8 to 12."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import expect

from deskcore.clock import now
from deskcore.hooks import state
from deskcore.hooks.models import PluginState
from deskcore.hooks.sentences import sentence
from deskcore.people.models import Person
from deskcore.people.services import find_person
from deskcore.tickets.conversation_models import Message
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.saved_replies import Wanted, add_saved_reply
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from tests.replies import let_replies_go_out


class Keys:
    """Presses keys and counts them; letters of a name that is typed are counted apart."""

    def __init__(self, person: Any) -> None:
        self.page = person.page
        self.keyboard = person.page.keyboard
        self.pressed = 0
        self.typed = 0

    def press(self, key: str, leads_to: str = "") -> None:
        """Press a key, and wait for the page it leads to."""
        self.pressed += 1
        if not leads_to:
            self.keyboard.press(key)
            return
        with self.page.expect_navigation(url=leads_to):
            self.keyboard.press(key)
        self.page.wait_for_load_state()

    def type(self, letters: str) -> None:
        self.typed += len(letters)
        self.keyboard.type(letters)


@pytest.fixture
def waiting(act: Callable[..., Any], person_named: Callable[[str], Any]) -> Callable[[int], list[str]]:
    """Give ``waiting(5)``: so many of Anna's tickets, which nobody has; the oldest first."""

    def opened(count: int) -> list[str]:
        anna = person_named("anna.kowalska").id
        with act("anna.kowalska"):
            words = [f"Device {place} jams" for place in range(count)]
            made = [NewTicket("it", "incident", each, "Again", anna, "portal", {"service": "x"}) for each in words]
            return [open_ticket(each) for each in made]

    return opened


def assignees(app: Flask) -> list[str]:
    """Return who has each ticket."""
    with app.app_context(), acting_as(SYSTEM) as session:
        names = sa.select(Person.name).select_from(Ticket).outerjoin(Person, Person.id == Ticket.assignee_id)
        return [name or "" for name in session.scalars(names)]


def test_8_the_next_ticket_is_answered_with_a_saved_reply_in_five_keys(
    app: Flask, hand: Any, act: Callable[..., Any], waiting: Callable[[int], list[str]]
) -> None:
    first, second = waiting(2)
    with act("marek.nowak", "workspace"):
        add_saved_reply(Wanted("Which tray", "Hello {first_name}, which tray do you use?", "waiting_requester"))
        add_saved_reply(Wanted("Zzz", "Something else"))
    marek = hand("marek.nowak")
    marek.open("/agent/tickets?queue=unassigned")
    keys = Keys(marek)
    keys.press("Shift+N", f"**/{first}?*")
    keys.press("m")
    keys.press("Enter")
    expect(marek.page.locator("#reply-body")).to_have_value("Hello Anna, which tray do you use?")
    expect(marek.page.locator("#reply-body")).to_be_focused()
    keys.press("Control+Enter", f"**/{first}?*#held")
    keys.press("j", f"**/{second}?*")
    assert (keys.pressed, keys.typed) == (5, 0)
    let_replies_go_out(app)
    with app.app_context(), acting_as(SYSTEM) as session:
        answered = find_ticket(first)
        assert answered.assignee is not None
        assert (answered.assignee.name, answered.status) == ("Marek Nowak", "waiting_requester")
        assert session.scalars(sa.select(Message.body)).all() == ["Hello Anna, which tray do you use?"]
    assert marek.errors == []


def test_9_a_ticket_is_assigned_to_a_colleague_from_the_list_by_two_keys_and_letters(
    app: Flask, hand: Any, act: Callable[..., Any], person_named: Callable[[str], Any]
) -> None:
    anna = person_named("anna.kowalska").id
    with act("anna.kowalska"):
        other = open_ticket(NewTicket("it", "incident", "Mouse", "Again", anna, "portal", {"service": "x"}))
        number = open_ticket(NewTicket("it", "incident", "It jams", "Again", anna, "portal", {"service": "x"}))
    marek = hand("marek.nowak")
    marek.open("/agent/tickets?queue=unassigned")
    keys = Keys(marek)
    keys.press("a")
    expect(marek.page.locator("[data-menu-filter]:visible")).to_be_focused()
    keys.type("ola")
    keys.press("Enter")
    expect(marek.page.get_by_role("status").filter(has_text="1").first).to_be_visible()
    assert (keys.pressed, keys.typed) == (2, 3)
    with app.app_context(), acting_as(SYSTEM) as session:
        assigned = sa.select(Ticket.number, Person.name).outerjoin(Person, Person.id == Ticket.assignee_id)
        assert dict(session.execute(assigned).all()) == {number: "Ola Mazur", other: None}
    assert marek.errors == []


def test_10_five_chosen_tickets_are_assigned_to_me_and_given_back_in_seven_keys(
    app: Flask, hand: Any, waiting: Callable[[int], list[str]]
) -> None:
    waiting(5)
    marek = hand("marek.nowak")
    marek.open("/agent/tickets?queue=open")
    keys = Keys(marek)
    for _ in range(5):
        keys.press("x")
    keys.press("i", "**/agent/tickets?*")
    assert assignees(app) == ["Marek Nowak"] * 5
    keys.press("z", "**/agent/tickets?*")
    expect(marek.page.get_by_text("Undone: 5 tickets")).to_be_visible()
    assert (keys.pressed, keys.typed) == (7, 0)
    assert assignees(app) == [""] * 5
    assert marek.errors == []


@pytest.mark.parametrize("start", ["/agent/board", "/reports"])
def test_11_from_a_number_of_old_tickets_to_reassigning_them_in_four_clicks(
    app: Flask, hand: Any, waiting: Callable[[int], list[str]], start: str
) -> None:
    numbers = waiting(3)
    with app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        marek = find_person("marek.nowak@meridian.example")
        assert marek is not None
        old = {"created_at": now() - timedelta(days=20), "assignee_id": marek.id}
        session.execute(sa.update(Ticket).where(Ticket.number.in_(numbers)).values(old))
    ola = hand("ola.mazur")
    ola.open(start)
    row = ola.page.get_by_role("row").filter(has_text="Marek Nowak")
    if start == "/reports":
        row = ola.page.locator("#age").get_by_role("row").filter(has_text="14")
    ola.click(row.get_by_role("link", name="3", exact=True).last)
    ola.click(ola.page.locator("[data-select-all]"))
    ola.click(ola.page.get_by_text("Assign…"))
    ola.click(ola.page.get_by_role("button", name="Ola Mazur", exact=True))
    expect(ola.page.get_by_text("3 tickets changed.")).to_be_visible()
    assert ola.clicks == 4
    assert assignees(app) == ["Ola Mazur"] * 3
    assert ola.errors == []


def test_12_a_failing_plugin_is_switched_off_in_two_clicks_from_what_says_so(app: Flask, hand: Any) -> None:
    with app.app_context(), unit_of_work() as session:
        state.pause(session, "it_desk", sentence("It failed too often."), "Traceback: line 7")
    admin = hand("admin")
    admin.open("/admin")
    admin.click(admin.page.get_by_role("link", name="See the error"))
    switch = admin.page.locator("button.switch").filter(has_text="it_desk")
    expect(switch).to_have_attribute("aria-pressed", "true")
    admin.click(switch)
    expect(switch).to_have_attribute("aria-pressed", "false")
    assert admin.clicks == 2
    with app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalar(sa.select(PluginState.wanted).where(PluginState.name == "it_desk")) is False
    assert admin.errors == []
