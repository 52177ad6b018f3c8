"""The way of a notebook in real browsers: asked for, handed over, confirmed, broken, returned; and printed labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from deskcore_it_assets import finding, records
from deskcore_it_assets.catalogue import category_named
from deskcore_it_assets.records import Wanted
from deskcore_it_assets.rights import IMPORTER
from flask import Flask
from playwright.sync_api import expect

from deskcore.people.services import location_named
from deskcore.plugin import tickets, unit_of_work
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

from .conftest import Hand
from .test_journeys import fill_required

TAG = "NB-0412"


@pytest.fixture
def bundled() -> tuple[str, ...]:
    return ("it_assets",)


@pytest.fixture
def notebook(app: Flask) -> str:
    """A notebook in stock, whose arrival is confirmed."""
    with app.test_request_context(), acting_as(SYSTEM):
        wanted = Wanted(
            TAG, "PF3XYZ", model="ThinkPad T14", manufacturer="Lenovo", category="Notebooks", desk="it",
            location="Warszawa",
        )  # fmt: skip
        records.add(wanted, IMPORTER)
        with unit_of_work() as work:
            category = category_named(work, "Notebooks")
            assert category is not None
            category.accepted = True
            location_named("Warszawa")
    return TAG


def state(app: Flask) -> str:
    with app.test_request_context(), acting_as(SYSTEM):
        return finding.find(TAG, IMPORTER).state


def test_a_notebook_goes_from_the_request_to_its_return(app: Flask, hand: Callable[..., Hand], notebook: str) -> None:
    anna, marek = hand("anna.kowalska"), hand("marek.nowak")
    anna.open("/")
    anna.click(anna.page.get_by_role("main").get_by_role("link", name="New or replacement equipment").first)
    fill_required(anna)
    anna.click(anna.page.get_by_role("button", name="Send"))
    assert anna.clicks == 2

    marek.open("/agent/tickets/IT-1")
    marek.click(marek.page.locator("#panel-it_assets-equipment > summary"))
    marek.click(marek.page.get_by_role("link", name="Hand something over"))
    marek.page.locator("input[name=tags]").fill(notebook)
    marek.page.locator("input[name=resolve]").press("Space")
    marek.click(marek.page.get_by_role("button", name="Hand over", exact=True))
    expect(marek.page.get_by_text("Confirming the arrival was asked for.")).to_be_visible()
    assert (marek.clicks, state(app)) == (3, "assigned")
    with app.test_request_context(), acting_as(SYSTEM):
        assert tickets.read("IT-1").ticket.status_category == "resolved"
    protocol = marek.page.get_by_role("link", name="Protocol")
    marek.click(protocol)
    expect(marek.page.get_by_text("Protokół przekazania sprzętu").first).to_be_visible()

    anna.clicks = 0
    anna.open("/")
    anna.click(anna.page.get_by_role("link", name="My equipment").first)
    anna.click(anna.page.get_by_role("button", name="It arrived"))
    expect(anna.page.get_by_text("1 item is confirmed")).to_be_visible()
    anna.click(anna.page.get_by_role("link", name=f"Report a problem with {notebook}"))
    assert anna.page.locator(f"input[value='{notebook}']").count() == 1
    fill_required_texts(anna)
    anna.click(anna.page.get_by_role("button", name="Send"))
    assert anna.page.url.endswith("/sent"), anna.page.locator("main").inner_text()
    assert anna.clicks == 4

    marek.clicks = 0
    marek.open(f"/equipment/{notebook}")
    marek.click(marek.page.get_by_role("link", name="Take back"))
    marek.click(marek.page.get_by_role("button", name="Take back"))
    expect(marek.page.get_by_role("link", name="Return protocol")).to_be_visible()
    expect(marek.page.get_by_role("link", name="IT-1").first).to_be_visible()
    assert (marek.clicks, state(app)) == (2, "stock")
    assert anna.errors == marek.errors == []


def fill_required_texts(person: Hand) -> None:
    """Answer what the form about a fault asks for and the link did not fill in."""
    page = person.page
    for select in page.locator("main select:visible").all():
        if select.input_value() == "":
            values = [option.get_attribute("value") for option in select.locator("option").all()]
            select.select_option(next(value for value in values if value))
    for name in {one.get_attribute("name") for one in page.locator("main input[type=radio]:visible").all()}:
        if page.locator(f"input[name={name}]:checked").count() == 0:
            page.locator(f"input[name={name}]").first.press("Space")
    for field in page.locator("main textarea:visible").all():
        if field.input_value() == "":
            field.fill("The lid is broken")


def test_a_sheet_of_labels_is_exactly_one_page_of_paper(hand: Callable[..., Hand], notebook: str) -> None:
    marek = hand("marek.nowak")
    for sheet, pages in (("a4-3x8", 1), ("a4-5x13", 1), ("one-57x32", 1)):
        marek.open(f"/x/it_assets/labels/print?tag={notebook}&sheet={sheet}")
        printed: Any = marek.page.pdf(prefer_css_page_size=True)
        assert printed.count(b"/Type /Page\n") == pages, sheet
    box = marek.page.locator(".plg-it_assets-label").bounding_box()
    assert box is not None
    assert (round(box["width"] / 96 * 25.4), round(box["height"] / 96 * 25.4)) == (57, 32)
    assert marek.errors == []


def test_a_hand_scanner_types_a_code_and_presses_enter(hand: Callable[..., Hand], notebook: str) -> None:
    marek = hand("marek.nowak")
    marek.open("/x/it_assets/scan")
    marek.page.keyboard.type("https://help.meridian.example/equipment/nb-0412")
    marek.page.keyboard.press("Enter")
    marek.page.wait_for_url(f"**/x/it_assets/assets/{notebook}")
    assert marek.errors == []
