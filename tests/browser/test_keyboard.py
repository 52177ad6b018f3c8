"""The keyboard of the workspace in a real browser: keys, palette, and people under a field."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from deskcore.people.services import create_person
from deskcore.testing.browser import faults_in
from deskcore.tickets.opening import NewTicket, open_ticket

LIST = "/agent/tickets?queue=open"


@pytest.fixture
def numbers(act: Callable[..., Any], person_named: Callable[[str], Any]) -> list[str]:
    """Give six tickets of Anna's, the one changed last first."""
    anna = person_named("anna.kowalska").id
    with act("anna.kowalska"):
        words = ("Printer", "Mouse", "VPN", "Screen", "Keyboard", "Phone")
        made = [NewTicket("it", "incident", f"{one} jams", "Again", anna, "portal", {"service": "x"}) for one in words]
        return [open_ticket(each) for each in made][::-1]


def ticked(person: Any) -> list[str]:
    found: list[str] = person.page.locator("tbody input:checked").evaluate_all("all => all.map(one => one.value)")
    return found


def press(person: Any, keys: str) -> None:
    for key in keys.split():
        person.page.keyboard.press(key)


def test_rows_are_chosen_by_keys(hand: Any, numbers: list[str]) -> None:
    marek = hand("marek.nowak")
    marek.open(LIST)
    press(marek, "x x")
    assert ticked(marek) == numbers[:2]
    press(marek, "j Shift+X")
    assert ticked(marek) == numbers[:4]
    press(marek, "* a")
    assert ticked(marek) == numbers
    press(marek, "/ x j")
    expect(marek.page.locator("[data-command=filter]")).to_have_value(re.compile("xj$"))
    assert ticked(marek) == numbers
    assert marek.errors == []


def test_the_same_keys_lead_through_list_and_ticket_and_back(hand: Any, numbers: list[str]) -> None:
    marek = hand("marek.nowak")
    marek.open(LIST)
    press(marek, "j j o")
    marek.page.wait_for_url(f"**/{numbers[1]}?*")
    press(marek, "j")
    marek.page.wait_for_url(f"**/{numbers[2]}?*")
    press(marek, "n Escape u")
    marek.page.wait_for_url("**/agent/tickets?*")
    press(marek, "g m")
    marek.page.wait_for_url("**queue=mine*")
    press(marek, "c")
    marek.page.wait_for_url("**/agent/tickets/new")
    assert marek.errors == []


def test_space_looks_into_a_ticket_without_leaving_the_list(hand: Any, numbers: list[str]) -> None:
    marek = hand("marek.nowak", bypass_csp=True)
    marek.open(LIST)
    press(marek, "j j Space")
    dialog = marek.page.locator("#peek")
    expect(dialog.get_by_role("heading", level=2)).to_have_text("Keyboard jams")
    expect(dialog.get_by_text("Again")).to_be_visible()
    assert faults_in(marek.page) == []
    press(marek, "Escape")
    expect(dialog).to_be_hidden()
    press(marek, "x")
    assert ticked(marek) == [numbers[1]]
    assert marek.page.url.endswith(LIST)
    assert marek.errors == []


def test_the_help_opens_over_the_page_and_says_every_key(hand: Any, numbers: list[str]) -> None:
    marek = hand("marek.nowak")
    marek.open(LIST)
    press(marek, "?")
    dialog = marek.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog.get_by_text("Assign to somebody")).to_be_visible()
    expect(dialog.get_by_text("Shift N")).to_be_visible()
    press(marek, "x")
    assert ticked(marek) == []
    press(marek, "Escape x")
    assert ticked(marek) == numbers[:1]
    assert marek.errors == []


def test_another_key_acts_and_the_usual_one_no_longer(hand: Any, numbers: list[str]) -> None:
    marek = hand("marek.nowak")
    marek.open("/agent/shortcuts")
    marek.page.get_by_text("Change keys").click()
    marek.page.get_by_label("Select the row and go on").fill("q")
    marek.page.get_by_role("button", name="Save keys").click()
    marek.open(LIST)
    press(marek, "x")
    assert ticked(marek) == []
    press(marek, "q")
    assert ticked(marek) == numbers[:1]


def test_switched_off_no_single_key_acts_and_the_palette_still_opens(hand: Any, numbers: list[str]) -> None:
    marek = hand("marek.nowak")
    marek.open("/agent/shortcuts")
    marek.page.get_by_text("Change keys").click()
    marek.page.get_by_label("Single keys act").uncheck()
    marek.page.get_by_role("button", name="Save keys").click()
    marek.open(LIST)
    press(marek, "x c ? g m")
    assert ticked(marek) == []
    assert marek.page.url.endswith(LIST)
    press(marek, "Control+k")
    expect(marek.page.locator("#palette input")).to_be_focused()


def test_the_palette_opens_a_ticket_by_its_number(hand: Any, numbers: list[str]) -> None:
    marek = hand("marek.nowak")
    marek.open(LIST)
    press(marek, "Control+k")
    box = marek.page.locator("#palette input")
    expect(box).to_be_focused()
    marek.page.keyboard.type(numbers[3].lower())
    press(marek, "Enter")
    marek.page.wait_for_url(f"**/{numbers[3]}")
    press(marek, "Control+k")
    expect(marek.page.locator("#palette [role=option]").filter(has_text=numbers[3])).to_be_visible()
    assert marek.errors == []


def test_the_palette_finds_and_does(hand: Any, numbers: list[str]) -> None:
    marek = hand("marek.nowak", bypass_csp=True)
    marek.open(f"/agent/tickets/{numbers[0]}")
    press(marek, "Control+k")
    box, options = marek.page.locator("#palette input"), marek.page.locator("#palette [role=option]")
    box.fill("vpn")
    expect(options.first).to_contain_text("VPN jams")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    assert faults_in(marek.page) == []
    box.fill("assign to me")
    expect(options.first).to_contain_text("Assign to me")
    expect(options.first.locator("kbd")).to_have_text("I")
    press(marek, "Enter")
    expect(marek.page.get_by_text("Assigned to you.").first).to_be_visible()
    press(marek, "Control+k")
    box.fill("zebediah")
    expect(marek.page.get_by_text("Nothing found.")).to_be_visible()
    press(marek, "Escape")
    expect(box).to_be_hidden()
    assert marek.errors == []


def test_a_person_is_chosen_under_the_field_by_arrows(hand: Any, app: Any) -> None:
    with app.app_context():
        create_person("anna.kowal@meridian.example", "Anna Kowal")
    marek = hand("marek.nowak")
    marek.open("/agent/tickets/new")
    field = marek.page.get_by_label("Who needs this?")
    field.press_sequentially("anna k")
    options = marek.page.locator(".people-list [role=option]")
    expect(options).to_have_count(2)
    press(marek, "ArrowDown ArrowDown Enter")
    expect(field).to_have_value("anna.kowalska@meridian.example")
    expect(options).to_have_count(0)
    press(marek, "Enter")
    marek.page.wait_for_url("**requester=anna.kowalska*")
    assert marek.errors == []


def test_people_are_offered_to_a_hand_that_wrote_before_the_script_came(hand: Any, app: Any) -> None:
    marek = hand("marek.nowak")
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    marek.page.route("**/palette*.js", hold)
    with marek.page.expect_request("**/palette*.js"):
        marek.open("/agent/tickets/new")
    marek.page.get_by_label("Who needs this?").press_sequentially("anna k")
    assert len(held) == 1
    held.pop().continue_()
    expect(marek.page.locator(".people-list [role=option]")).to_have_count(1)
