"""Drafts in a real browser: saved while somebody types, and there again whatever happens to the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Locator, expect

from deskcore.testing.browser import faults_in
from deskcore.tickets.conversation_models import Attachment, Draft, Message
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.processes import until
from tests.replies import let_replies_go_out

FORM = "/services/it-question"
SAVED = re.compile(r"^Draft saved at \d{1,2}:\d\d$")
#: How much the page has moved without being asked to.
SHIFT = """() => new Promise((found) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => found(sum), 50);
})"""


def said(person: Any, within: str = "form[data-draft]") -> Locator:
    return person.page.locator(f"{within} [data-draft-said]")


def write(person: Any, words: str, field: str = "textarea[name=description]") -> None:
    """Type, go on to the next field, and wait until it is said to be saved."""
    person.page.locator(field).fill(words)
    person.page.locator(field).blur()
    form = person.page.locator("form[data-draft]").filter(has=person.page.locator(field))
    expect(form.locator("[data-draft-said]")).to_have_text(SAVED)


def drafts(app: Flask) -> int:
    with app.app_context(), acting_as(SYSTEM) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Draft)) or 0


@pytest.fixture
def number(act: Callable[..., Any], person_named: Callable[[str], Any]) -> str:
    """Give a ticket of Anna's."""
    anna = person_named("anna.kowalska").id
    with act("anna.kowalska"):
        return open_ticket(NewTicket("it", "incident", "It jams", "Again", anna, "portal", {"service": "printer"}))


def test_the_text_is_there_on_another_device_after_the_page_was_killed(app: Flask, hand: Any) -> None:
    laptop, phone = hand("anna.kowalska"), hand("anna.kowalska", viewport={"width": 360, "height": 740})
    laptop.open(FORM)
    write(laptop, "Where are the meeting rooms?")
    assert laptop.page.evaluate(SHIFT) <= 0.02
    assert laptop.errors == []
    laptop.page.context.close()
    phone.open(FORM)
    expect(phone.page.get_by_text("You have a draft from just now.")).to_be_visible()
    expect(phone.page.locator("textarea[name=description]")).to_have_value("Where are the meeting rooms?")
    phone.page.locator("input[name=subject]").fill("Meeting rooms")
    phone.click(phone.page.get_by_role("button", name="Send request"))
    expect(phone.page.get_by_role("heading", name="We've got it")).to_be_visible()
    phone.open(FORM)
    expect(phone.page.locator("textarea[name=description]")).to_have_value("")
    assert (phone.errors, drafts(app)) == ([], 0)


def test_what_was_typed_last_is_saved_when_the_page_is_left(hand: Any) -> None:
    anna = hand("anna.kowalska")
    anna.open(FORM)
    anna.page.locator("textarea[name=description]").fill("Typed, and gone the next moment")
    anna.open("/requests")
    expect(anna.page.get_by_role("heading", name="My requests")).to_be_visible()

    def kept() -> bool:  # what a page sends when it is left arrives when the next one is there already
        anna.open(FORM)
        return bool(anna.page.locator("textarea[name=description]").input_value() == "Typed, and gone the next moment")

    until(kept, "the draft")


def test_what_was_typed_before_the_script_came_is_saved_too(hand: Any) -> None:
    anna, waiting = hand("anna.kowalska"), []

    def hold(route: Any) -> None:
        waiting.append(route)

    anna.page.route("**/drafts.js", hold)
    anna.open(FORM)
    anna.page.locator("textarea[name=description]").fill("Faster than the network")
    waiting.pop().continue_()
    expect(said(anna)).to_have_text(SAVED)


def test_signing_out_in_the_middle_loses_nothing(hand: Any) -> None:
    anna = hand("anna.kowalska")
    anna.open(FORM)
    write(anna, "Half a question")
    anna.page.locator("details.menu summary").last.click()
    anna.click(anna.page.get_by_role("button", name="Sign out"))
    again = hand("anna.kowalska")
    again.open(FORM)
    expect(again.page.locator("textarea[name=description]")).to_have_value("Half a question")


def test_a_reply_and_a_note_are_kept_apart_by_keyboard_alone(app: Flask, hand: Any, number: str) -> None:
    marek = hand("marek.nowak")
    marek.open(f"/agent/tickets/{number}")
    marek.page.keyboard.press("n")
    marek.page.keyboard.type("between us")
    expect(said(marek, ".pane-note")).to_have_text(SAVED)
    marek.page.keyboard.press("Escape")
    marek.page.keyboard.press("r")
    marek.page.keyboard.type("Dear Anna")
    expect(said(marek, ".pane-reply")).to_have_text(SAVED)
    marek.page.reload()
    expect(marek.page.locator("#reply-body")).to_have_value("Dear Anna")
    expect(marek.page.locator("#note-body")).to_have_value("between us")
    marek.page.locator("#reply-body").focus()
    marek.page.keyboard.press("Control+Enter")
    expect(marek.page.locator(".toast", has_text="The reply goes out")).to_be_attached()
    expect(marek.page.locator("#reply-body")).to_have_value("")
    expect(marek.page.locator("#note-body")).to_have_value("between us")
    let_replies_go_out(app)
    with app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalars(sa.select(Message.body)).all() == ["Dear Anna"]
    assert (marek.errors, drafts(app)) == ([], 1)


def test_two_devices_see_both_texts_before_one_is_overwritten(hand: Any) -> None:
    laptop, phone = hand("anna.kowalska"), hand("anna.kowalska")
    laptop.open(FORM)
    phone.open(FORM)
    write(laptop, "From the laptop")
    phone.page.locator("textarea[name=description]").fill("From the phone")
    expect(said(phone)).to_contain_text("Nothing was overwritten")
    phone.click(phone.page.get_by_role("button", name="Show both texts"))
    expect(phone.page.get_by_role("alert")).to_contain_text("From the laptop")
    expect(phone.page.locator("textarea[name=description]")).to_have_value("From the phone")
    write(phone, "From the phone, in the end")
    laptop.page.reload()
    expect(laptop.page.locator("textarea[name=description]")).to_have_value("From the phone, in the end")


def test_a_chosen_file_is_kept_at_once_and_goes_with_the_reply(app: Flask, hand: Any, number: str) -> None:
    marek = hand("marek.nowak")
    marek.open(f"/agent/tickets/{number}")
    files = [{"name": name, "mimeType": "text/plain", "buffer": b"x"} for name in ("one.txt", "two.txt")]
    marek.page.locator("#reply-files").set_input_files(files)
    kept = marek.page.locator(".pane-reply [data-kept] li")
    expect(kept).to_have_count(2)
    marek.page.reload()
    expect(kept).to_contain_text(["one.txt", "two.txt"])
    kept.filter(has_text="one.txt").get_by_role("checkbox").check()
    write(marek, "See the file", "#reply-body")
    marek.page.reload()
    expect(kept).to_contain_text(["two.txt"])
    marek.page.locator("#reply-body").press("Control+Enter")
    expect(marek.page.locator(".toast", has_text="The reply goes out")).to_be_attached()
    let_replies_go_out(app)
    with app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalars(sa.select(Attachment.name)).all() == ["two.txt"]
    assert marek.errors == []


def test_discarding_leaves_nothing_behind(app: Flask, hand: Any) -> None:
    anna = hand("anna.kowalska")
    anna.open(FORM)
    write(anna, "Never mind")
    anna.page.locator("textarea[name=description]").fill("Never mind, really")
    anna.click(anna.page.get_by_role("button", name="Discard the draft"))
    expect(anna.page.get_by_text("The draft was discarded.")).to_be_attached()
    anna.open(FORM)
    expect(anna.page.locator("textarea[name=description]")).to_have_value("")
    assert drafts(app) == 0


def test_without_javascript_the_button_does_it(hand: Any) -> None:
    anna = hand("anna.kowalska", java_script_enabled=False)
    anna.open(FORM)
    anna.page.locator("textarea[name=description]").fill("Without scripts")
    anna.click(anna.page.get_by_role("button", name="Save draft"))
    expect(anna.page.get_by_text("Draft saved at")).to_be_attached()
    expect(anna.page.locator("textarea[name=description]")).to_have_value("Without scripts")


def test_a_draft_in_the_portal_has_no_accessibility_fault(hand: Any) -> None:
    anna = hand("anna.kowalska", bypass_csp=True, viewport={"width": 1366, "height": 800})
    other = anna.page.context.new_page()
    other.goto(anna.address + FORM)
    anna.open(FORM)
    write(anna, "A question of some length, about the meeting rooms")
    faults = faults_in(anna.page)
    anna.open(FORM)
    faults += faults_in(anna.page)
    other.locator("textarea[name=description]").fill("Another one")
    other.get_by_role("button", name="Show both texts").click()
    expect(other.get_by_role("alert")).to_be_visible()
    assert faults + faults_in(other) == []


def test_a_draft_in_the_workspace_fits_a_phone_in_the_dark(hand: Any, number: str) -> None:
    options = {"color_scheme": "dark", "viewport": {"width": 360, "height": 800}, "bypass_csp": True}
    marek, new = hand("marek.nowak", **options), "/agent/tickets/new"
    marek.open(f"/agent/tickets/{number}?mode=note")
    write(marek, "between us", "#note-body")
    marek.open(f"/agent/tickets/{number}")
    write(marek, "Dear Anna", "#reply-body")
    faults = faults_in(marek.page)
    marek.open(f"{new}?requester=anna.kowalska@meridian.example&service=it-question")
    write(marek, "For Anna")
    marek.open(new)
    assert faults + faults_in(marek.page) == []
