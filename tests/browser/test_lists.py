"""Lists as an agent's hands know them: by keys, by clicks, and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from deskcore.tickets.opening import NewTicket, open_ticket


@pytest.fixture
def opens(act: Callable[..., Any], person_named: Callable[[str], Any]) -> Callable[..., str]:
    """Give ``opens("VPN drops")``: Anna raises an incident; returns its number."""

    def opened(subject: str, *tags: str) -> str:
        anna = person_named("anna.kowalska").id
        answers = {"service": "network", "what_happened": subject}
        with act("anna.kowalska"):
            return open_ticket(NewTicket("it", "incident", subject, subject, anna, "portal", answers, tags=tags))

    return opened


def listed(page: Any) -> list[str]:
    return [str(box.get_attribute("value")) for box in page.locator("tbody input[name=number]").all()]


def selected(page: Any) -> list[str]:
    return [str(box.get_attribute("value")) for box in page.locator("tbody input[name=number]:checked").all()]


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_list_is_filtered_by_words_and_by_a_click(hand: Any, opens: Any, script: bool) -> None:
    vpn, printer = opens("VPN drops", "vpn"), opens("Printer jams")
    marek = hand("marek.nowak", java_script_enabled=script)
    marek.open("/agent/tickets?queue=open")
    box = marek.page.get_by_role("searchbox", name="Filter tickets")
    box.fill("jest:nierozwiązane etykieta:vpn")
    box.press("Enter")
    expect(box).to_have_value("is:unsolved tag:vpn")
    assert listed(marek.page) == [vpn]
    marek.click(marek.page.get_by_role("link", name="Remove filter: Tag: vpn"))
    assert set(listed(marek.page)) == {vpn, printer}
    assert marek.errors == []


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_ticked_rows_are_changed_after_a_preview(hand: Any, opens: Any, script: bool) -> None:
    number, other = opens("VPN drops"), opens("Printer jams")
    marek = hand("marek.nowak", java_script_enabled=script)
    marek.open("/agent/tickets?queue=unassigned")
    marek.page.get_by_role("checkbox", name=f"Select {number}").check()
    marek.click(marek.page.get_by_role("button", name="More…"))
    marek.page.get_by_role("textbox", name="Add tags").fill("spare")
    marek.page.get_by_role("textbox", name="Add tags").press("Enter")
    expect(marek.page.get_by_role("heading", name="1 ticket will change")).to_be_visible()
    marek.click(marek.page.get_by_role("button", name="Change 1 ticket"))
    expect(marek.page.get_by_text("1 ticket changed.")).to_be_visible()
    marek.open("/agent/tickets?q=tag:spare")
    assert listed(marek.page) == [number] != [other]
    assert marek.errors == []


def test_a_range_is_selected_with_shift_and_all_with_two_keys(hand: Any, opens: Any) -> None:
    for count in range(5):
        opens(f"Paged {count}")
    marek = hand("marek.nowak")
    marek.open("/agent/tickets?queue=unassigned")
    boxes = marek.page.locator("tbody input[name=number]")
    boxes.nth(1).click()
    boxes.nth(3).click(modifiers=["Shift"])
    assert selected(marek.page) == listed(marek.page)[1:4]
    expect(marek.page.get_by_text("3 selected")).to_be_visible()
    marek.page.keyboard.press("*")
    marek.page.keyboard.press("a")
    assert selected(marek.page) == listed(marek.page)
    assert marek.errors == []


def test_a_saved_view_opens_with_v_and_its_number(hand: Any, opens: Any) -> None:
    number = opens("VPN drops", "vpn")
    opens("Printer jams")
    marek = hand("marek.nowak")
    marek.open("/agent/tickets?q=tag:vpn")
    marek.click(marek.page.get_by_role("link", name="Save view"))
    marek.page.get_by_role("textbox", name="Name").fill("VPN, this week")
    marek.click(marek.page.get_by_role("button", name="Save view"))
    marek.open("/agent/tickets?queue=mine")
    marek.page.keyboard.press("v")
    marek.page.keyboard.press("1")
    expect(marek.page.get_by_role("heading", level=1, name="VPN, this week")).to_be_visible()
    assert listed(marek.page) == [number]
    assert marek.errors == []


def test_what_is_new_is_said_above_the_list_and_no_row_moves(hand: Any, opens: Any) -> None:
    first = opens("VPN drops", "vpn")
    marek = hand("marek.nowak")
    marek.open("/agent/tickets?q=tag:vpn")
    opens("Printer jams")
    second = opens("VPN again", "vpn")
    bar = marek.page.locator("[data-news]")
    expect(bar).to_be_hidden()
    marek.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(bar).to_contain_text("1 new or changed")
    assert listed(marek.page) == [first]
    marek.click(bar.get_by_role("link", name="Show"))
    assert listed(marek.page) == [second, first]
    assert marek.errors == []
