"""Two agents at one ticket, each in a browser of their own; and a list that goes on while it is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from deskcore.testing.browser import faults_in
from deskcore.tickets import services
from deskcore.tickets.opening import NewTicket, open_ticket

LIST = "/agent/tickets?queue=open"


@pytest.fixture
def opens(act: Callable[..., Any], person_named: Callable[[str], Any]) -> Callable[[str], str]:
    """Give ``opens("VPN drops")``: Anna raises an incident; returns its number."""

    def opened(subject: str) -> str:
        anna = person_named("anna.kowalska").id
        with act("anna.kowalska"):
            return open_ticket(NewTicket("it", "incident", subject, subject, anna, "portal", {"service": "x"}))

    return opened


def order(page: Any) -> list[str]:
    found: list[str] = page.locator("tbody input[name=number]").evaluate_all("all => all.map(one => one.value)")
    return found


def look_again(person: Any) -> None:
    """Let a page ask what is new, as when its reader comes back to it; by itself it does every few seconds."""
    with person.page.expect_response(re.compile(r"/live\?")):
        person.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_two_agents_at_one_ticket_see_each_other_and_lose_no_word(
    hand: Any, opens: Any, act: Callable[..., Any]
) -> None:
    number = opens("VPN drops")
    marek, ola = hand("marek.nowak", bypass_csp=True), hand("ola.mazur")
    marek.open(f"/agent/tickets/{number}")
    here, news = marek.page.locator("[data-here]"), marek.page.locator("[data-news]")
    top = marek.page.locator("h1").bounding_box()
    expect(here).to_be_hidden()
    ola.open(f"/agent/tickets/{number}")
    expect(here).to_have_text("Ola Mazur is looking", timeout=6000)
    expect(ola.page.locator("[data-here]")).to_have_text("Marek Nowak is looking")
    ola.page.locator("#reply-body").press_sequentially("Is it better")
    look_again(ola)
    look_again(marek)
    expect(here).to_have_text("Ola Mazur is writing a reply", timeout=6000)
    mine = marek.page.locator("#reply-body")
    mine.fill("My own words")
    with act("ola.mazur", "workspace"):
        services.reply(number, "Is it better now?", channel="portal")
        services.set_status(number, "resolved")
    look_again(marek)
    expect(news).to_contain_text("1 new message · Ola Mazur set the status to Resolved", timeout=6000)
    # Nothing has moved or changed under the reader.
    assert marek.page.locator("h1").bounding_box() == top
    expect(marek.page.get_by_text("Is it better now?")).to_have_count(0)
    assert faults_in(marek.page) == []
    news.get_by_role("link", name="Show").click()
    expect(marek.page.get_by_text("Is it better now?")).to_be_visible()
    expect(marek.page.locator("[data-live=state]")).to_contain_text("Resolved")
    expect(news).to_be_hidden()
    expect(mine).to_have_value("My own words")
    # What was shown was seen: the reply goes out without a question.
    mine.press("Control+Enter")
    expect(marek.page.locator("#held")).to_contain_text("My own words")
    ola.page.goto("about:blank")
    expect(here).to_be_hidden(timeout=6000)
    assert marek.errors == ola.errors == []


def test_after_signing_out_elsewhere_an_open_ticket_says_so_and_leads_back(hand: Any, opens: Any) -> None:
    number = opens("VPN drops")
    marek = hand("marek.nowak")
    marek.open(f"/agent/tickets/{number}")
    other = marek.page.context.new_page()
    other.goto(f"{marek.address}/agent/tickets")
    other.locator("header summary", has_text="Marek Nowak").click()
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url(re.compile("/(login)?$|/login"))
    marek.page.bring_to_front()
    bar = marek.page.locator("[data-news]")
    expect(bar).to_contain_text("You were signed out.", timeout=6000)
    bar.get_by_role("link", name="Sign in").click()
    marek.page.wait_for_url(re.compile(rf"/login\?next=.*{number}"))


def test_rows_keep_their_places_until_their_reader_asks(hand: Any, opens: Any, act: Callable[..., Any]) -> None:
    first, second = opens("VPN drops"), opens("Printer jams")
    marek = hand("marek.nowak", bypass_csp=True)
    marek.open(LIST)
    bar, row = marek.page.locator("[data-news]"), marek.page.locator("tbody tr").first
    before, place = order(marek.page), row.bounding_box()
    assert before == [second, first]
    opens("Mouse is broken")
    with act("ola.mazur", "workspace"):
        services.note(first, "It goes up")
    # As when the reader comes back to this page; by itself it asks every twenty seconds.
    marek.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(bar).to_contain_text("2 new or changed")
    assert (order(marek.page), row.bounding_box()) == (before, place)
    assert faults_in(marek.page) == []
    marek.page.keyboard.press(".")
    expect(marek.page.locator("tbody tr")).to_have_count(3)
    assert order(marek.page)[0] == first
    assert marek.errors == []


def test_the_look_into_tickets_goes_on_by_keys_and_the_list_follows(hand: Any, opens: Any) -> None:
    numbers = [opens(subject) for subject in ("Screen", "VPN", "Printer")][::-1]
    marek = hand("marek.nowak", bypass_csp=True)
    marek.open(LIST)
    dialog = marek.page.locator("#peek")
    title = dialog.get_by_role("heading", level=2)
    for key, subject in (
        ("j", ""),
        ("Space", "Printer"),
        ("Space", "VPN"),
        ("j", "Screen"),
        ("j", "Screen"),
        ("k", "VPN"),
    ):
        marek.page.keyboard.press(key)
        if subject:
            expect(title).to_have_text(subject)
    assert faults_in(marek.page) == []
    marek.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    marek.page.keyboard.press("x")
    assert marek.page.locator("tbody input:checked").input_value() == numbers[1]
    marek.page.keyboard.press("k")
    marek.page.keyboard.press("k")
    marek.page.keyboard.press("Space")
    expect(title).to_have_text("Printer")
    marek.page.keyboard.press("o")
    marek.page.wait_for_url(f"**/{numbers[0]}?*")
    assert marek.errors == []
