"""An answer instead of a request: found in two clicks, offered beside the form, and written without losing a word.

UX.md §2.5, journey 3; and the phrases of the checklist's line 51.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect

from deskcore.demo.builder import DemoBuilder
from deskcore.plugin import search
from deskcore.testing.browser import faults_in
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

from .conftest import Hand

Person = Callable[..., Hand]
#: What people type, in the reader's language, and what has to be among the first three: a service, or an article.
PHRASES = [
    ("en", "reset password", "it-password-reset", "reset-your-password"),
    ("en", "forgot my pasword", "it-password-reset", "reset-your-password"),
    ("en", "pasword", "it-password-reset", "reset-your-password"),
    ("en", "printer does not print", "it-incident", "the-printer-does-not-print"),
    ("en", "printing on floor 3", "it-incident", "the-printer-does-not-print"),
    ("en", "vpn disconnects", "it-incident", "vpn-ends-after-an-hour"),
    ("en", "wifi in the office", "it-incident", "connect-to-wi-fi-at-the-office"),
    ("en", "two-step sign in, new phone", "it-password-reset", "set-up-two-step-sign-in-on-a-new-phone"),
    ("en", "slow laptop", "it-incident", "my-laptop-is-slow"),
    ("en", "new laptop", "it-hardware-request", ""),
    ("en", "acces to an aplication", "it-access-request", ""),
    ("pl", "haslo", "it-password-reset", "zmien-zapomniane-haslo"),
    ("pl", "zapomniałem hasła", "it-password-reset", "zmien-zapomniane-haslo"),
    ("pl", "drukarki nie dzialaja", "it-incident", "drukarka-nie-drukuje"),
    ("pl", "drukarką", "it-incident", "drukarka-nie-drukuje"),
    ("pl", "vpn rozlacza", "it-incident", "vpn-rozlacza-sie-po-godzinie"),
    ("pl", "wifi w biurze", "it-incident", "polacz-sie-z-wi-fi-w-biurze"),
    ("pl", "nowy telefon, logowanie", "it-password-reset", "logowanie-dwuskladnikowe-na-nowym-telefonie"),
    ("pl", "wolny lapotp", "it-incident", "laptop-dziala-wolno"),
    ("pl", "nowy laptop", "it-hardware-request", ""),
    ("pl", "dostep do aplikacji", "it-access-request", ""),
]


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Name the plugins that have answers, and find them."""
    return ("knowledge_base", "search")


@pytest.fixture
def app(app: Flask) -> Flask:
    """Give Meridian with the articles of the demo, in the index."""
    from deskcore_knowledge_base import demo

    with app.test_request_context():
        with acting_as(SYSTEM), unit_of_work():
            demo.seed(DemoBuilder("knowledge_base", date.today()))
        with acting_as(SYSTEM):
            for kind in search.kinds():
                search.rebuild(kind)
    return app


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_3_an_answer_is_found_in_two_clicks(hand: Person, script: bool) -> None:
    anna = hand("anna.kowalska", java_script_enabled=script)
    anna.open("/")
    anna.page.locator("input[name=q]").first.fill("printer jams")
    anna.click(anna.page.get_by_role("button", name="Search").first)
    anna.click(anna.page.get_by_role("main").get_by_role("link", name="The printer does not print"))
    expect(anna.page.get_by_role("heading", level=1)).to_have_text("The printer does not print")
    assert (anna.clicks, anna.errors) == (2, [])
    if script:
        assert faults_in(anna.page) == []


def test_popular_answers_are_one_click_away(hand: Person) -> None:
    anna = hand("anna.kowalska")
    anna.open("/")
    block = anna.page.get_by_role("region", name="Popular answers")
    assert 1 <= block.get_by_role("link").count() <= 4
    anna.click(block.get_by_role("link").first)
    assert "/answers/a/" in anna.page.url


def test_51_what_people_type_finds_the_service_and_the_article(sign_in: Callable[[str], FlaskClient]) -> None:
    anna, missed = sign_in("anna.kowalska"), []
    for spoken, words, service, article in PHRASES:
        page = anna.get("/search", query_string={"q": words}, headers={"Accept-Language": spoken}).text
        links = re.findall(r'href="(/(?:services|answers/a)/[^"?]+)', page.partition('id="found"')[2])
        wanted = {f"/services/{service}", *([f"/answers/a/{article}"] if article else [])}
        if not wanted <= set(links[:3]):
            missed.append((words, sorted(wanted), links[:4]))
    assert missed == []


def test_what_was_found_is_narrowed_to_one_kind_and_a_slip_is_named(hand: Person) -> None:
    anna = hand("anna.kowalska")
    anna.open("/search?q=forgot+my+pasword")
    main = anna.page.get_by_role("main")
    anna.click(main.get_by_role("link", name=re.compile("^Answers")))
    assert {link.split("/")[1] for link in found_links(anna)} == {"answers"}
    anna.click(main.get_by_role("link", name="forgot my password", exact=True))
    assert anna.page.locator("main input[name=q]").input_value() == "forgot my password"
    assert faults_in(anna.page) == []


def found_links(person: Hand) -> list[str]:
    return [str(each.get_attribute("href")) for each in person.page.locator("a.rowlink").all()]


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_answer_beside_the_form_spares_the_request_and_the_text_is_kept(hand: Person, script: bool) -> None:
    anna = hand("anna.kowalska", java_script_enabled=script)
    anna.open("/services/it-incident")
    box = anna.page.locator("textarea[name=what_happened]")
    box.fill("The printer beside the kitchen does not print")
    if not script:
        anna.page.get_by_role("button", name="Find answers").click()
    suggestion = anna.page.get_by_role("link", name="The printer does not print")
    expect(suggestion).to_be_visible()
    assert anna.page.locator("textarea[name=what_happened]").input_value().startswith("The printer beside")
    suggestion.click()
    anna.page.get_by_role("button", name="Yes, that is enough").click()
    anna.page.wait_for_url(anna.address + "/")
    anna.open("/services/it-incident")
    assert anna.page.locator("textarea[name=what_happened]").input_value().startswith("The printer beside")
    ola = hand("ola.mazur")
    ola.open("/x/knowledge_base/numbers")
    spared = ola.page.locator("dt", has_text="Requests that were not needed").locator("xpath=following-sibling::dd[1]")
    expect(spared).to_have_text("1")
    assert anna.errors == []


def test_what_a_writer_types_is_there_after_the_browser_was_closed(hand: Person) -> None:
    ola = hand("ola.mazur")
    ola.open("/x/knowledge_base/edit/reset-your-password")
    ola.page.locator("#kb-body").fill("Ask **nobody** for your password.")
    expect(ola.page.locator("[data-draft-said]")).to_contain_text("Draft saved at")
    picture = {"name": "phone.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + bytes(64)}
    ola.page.locator("#kb-file").set_input_files([picture])
    expect(ola.page.locator("[data-kept=file] code").first).to_contain_text("![phone](/answers/files/")
    again = hand("ola.mazur")
    again.open("/x/knowledge_base/edit/reset-your-password")
    assert again.page.locator("#kb-body").input_value() == "Ask **nobody** for your password."
    expect(again.page.get_by_text("You have a draft from")).to_be_visible()
    expect(again.page.locator("[data-kept=file] code").first).to_contain_text("![phone](/answers/files/")
    assert faults_in(again.page) == []
    again.page.get_by_role("button", name="Save and publish").click()
    expect(again.page.get_by_role("status").first).to_contain_text("Published.")
    again.open("/answers/a/reset-your-password")
    expect(again.page.locator("strong", has_text="nobody")).to_be_visible()
    assert (ola.errors, again.errors) == ([], [])
