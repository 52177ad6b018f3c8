"""Without a network and without a session: nothing that was written is lost, and no page of the helpdesk is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import expect

from deskcore.testing.browser import faults_in
from deskcore.tickets.conversation_models import Draft
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

from .conftest import Hand

FORM = "/services/it-question"
TEXT = "textarea[name=description]"
SAVED = re.compile(r"^Draft saved at \d{1,2}:\d\d$")
#: What the worker keeps: addresses, and what each of them is.
KEPT = """async () => {
  await navigator.serviceWorker.ready;
  const found = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const answer = await cache.match(request);
      found.push([new URL(request.url).pathname, answer.headers.get("Content-Type").split(";")[0]]);
    }
  }
  return found;
}"""
CONTROLLED = "() => navigator.serviceWorker.ready.then(() => Boolean(navigator.serviceWorker.controller))"


@pytest.mark.parametrize(("locale", "said"), [("en-GB", "You are offline"), ("pl-PL", "Jesteś offline")])
def test_without_a_network_a_page_says_so_and_no_other_page_is_kept(
    hand: Callable[..., Hand], locale: str, said: str
) -> None:
    anna = hand("anna.kowalska", locale=locale, bypass_csp=True, viewport={"width": 360, "height": 740})
    anna.open("/")
    anna.page.wait_for_function(CONTROLLED)
    for path in ("/", "/requests", FORM, "/profile", "/api/docs"):
        anna.open(path)
    kept = anna.page.evaluate(KEPT)
    assert {path for path, _kind in kept} >= {"/static/app.css", "/static/icons.svg", "/static/portal.js"}
    assert {kind for _path, kind in kept} <= {"text/css", "image/svg+xml", "text/javascript", "image/png"}
    assert anna.errors == []
    anna.page.context.set_offline(True)
    anna.open("/requests")
    expect(anna.page.get_by_role("heading", level=1)).to_have_text(said)
    assert faults_in(anna.page) == []
    assert anna.page.evaluate("getComputedStyle(document.querySelector('.card')).borderRadius") != "0px"
    anna.page.context.set_offline(False)
    anna.page.locator("main a.btn").click()
    anna.page.wait_for_url("**/requests")
    expect(anna.page.locator("nav.nav")).to_be_attached()


def test_what_is_written_without_a_network_is_saved_as_soon_as_there_is_one(
    app: Flask, hand: Callable[..., Hand]
) -> None:
    anna = hand("anna.kowalska")
    anna.open(FORM)
    said = anna.page.locator("form[data-draft] [data-draft-said]")
    anna.page.context.set_offline(True)
    anna.page.locator(TEXT).fill("In the tunnel")
    expect(said).to_have_text("Not saved: you are offline. We will try again.")
    anna.page.locator("input[name=subject]").fill("Tunnel")
    anna.page.get_by_role("button", name="Send request").click()
    expect(said).to_have_text("Not sent: you are offline. Your text is still here.")
    anna.page.context.set_offline(False)
    expect(said).to_have_text(SAVED)
    with app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Draft)) == 1
    anna.click(anna.page.get_by_role("button", name="Send request"))
    expect(anna.page.get_by_role("heading", name="We've got it")).to_be_visible()


def test_signing_in_again_beside_the_page_saves_what_is_on_it(hand: Callable[..., Hand]) -> None:
    anna = hand("anna.kowalska")
    anna.open(FORM)
    other = anna.page.context.new_page()
    other.goto(anna.address + "/")
    other.locator("details.menu summary").last.click()
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/login*")
    other.close()
    anna.page.locator(TEXT).fill("Written after the session ended")
    said = anna.page.locator("form[data-draft] [data-draft-said]")
    expect(said).to_contain_text("you were signed out")
    signing_in = in_new_tab(anna)
    sign_in(signing_in, "jan.wojcik")
    come_back(anna)
    expect(said).to_contain_text("you were signed out")  # somebody else does not get her text
    signing_in.context.clear_cookies()
    signing_in.close()
    signing_in = in_new_tab(anna)
    sign_in(signing_in, "anna.kowalska")
    come_back(anna)
    expect(said).to_have_text(SAVED)
    anna.page.locator("input[name=subject]").fill("Session")
    anna.click(anna.page.get_by_role("button", name="Send request"))
    expect(anna.page.get_by_role("heading", name="We've got it")).to_be_visible()


def in_new_tab(person: Hand) -> Any:
    with person.page.context.expect_page() as opened:
        person.page.get_by_role("link", name="Sign in on a new tab").click()
    return opened.value


def sign_in(page: Any, name: str) -> None:
    page.locator("input[name=email]").fill(f"{name}@meridian.example")
    page.locator("input[name=password]").fill("meridian-demo")
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def come_back(person: Hand) -> None:
    """Show the tab again; a headless browser shows all of its tabs at once and never says so."""
    with person.page.expect_response(lambda answer: answer.request.method == "GET" and answer.url.endswith("/help")):
        person.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_going_back_after_sending_shows_no_unsent_form(app: Flask, hand: Callable[..., Hand]) -> None:
    from deskcore.tickets.models import Ticket

    anna = hand("anna.kowalska")
    anna.open(FORM)
    anna.page.locator(TEXT).fill("Where is the meeting room?")
    anna.page.locator("input[name=subject]").fill("Meeting room")
    anna.click(anna.page.get_by_role("button", name="Send request"))
    expect(anna.page.get_by_role("heading", name="We've got it")).to_be_visible()
    anna.page.go_back()
    expect(anna.page.get_by_role("button", name="Send request")).to_be_visible()
    expect(anna.page.locator(TEXT)).to_have_value("")
    expect(anna.page.locator("input[name=subject]")).to_have_value("")
    anna.page.go_forward()
    anna.page.reload()
    expect(anna.page.get_by_role("heading", name="We've got it")).to_be_visible()
    with app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 1


def test_a_phone_takes_a_photo_beside_choosing_files(app: Flask, hand: Callable[..., Hand]) -> None:
    desk, phone = (
        hand("anna.kowalska"),
        hand("anna.kowalska", has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740}),
    )
    for person in (desk, phone):
        person.open("/services/it-incident")
    camera = "label.photo input[type=file][capture=environment]"
    expect(desk.page.locator("label.photo").first).to_be_hidden()
    expect(phone.page.locator("label.photo").first).to_be_visible()
    kept = phone.page.locator("[data-kept] li")
    photo = {"name": "IMG_1.heic", "mimeType": "image/heic", "buffer": b"\x00\x00\x00\x18ftypheic"}
    phone.page.locator(camera).first.set_input_files(photo)
    expect(kept).to_contain_text(["IMG_1.heic"])
    phone.page.locator("input[type=file]:not([capture])").first.set_input_files(
        {**photo, "name": "IMG_2.jpg", "mimeType": "image/jpeg"}
    )
    expect(kept).to_contain_text(["IMG_1.heic", "IMG_2.jpg"])
    expect(phone.page.get_by_text("Up to 25 MB each.").first).to_be_visible()
    assert phone.errors == []
