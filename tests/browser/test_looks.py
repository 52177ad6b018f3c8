"""What a browser can tell of the looks of pages: room for longer words, one main action, the dark, a phone, paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deskcore.tickets.opening import NewTicket, open_ticket
from tests.browser.test_workspace_layout import CLIPPED, OVERLAPPING

#: Makes every word of a page longer by two fifths, with the marks of Polish letters above and below.
LONGER = """() => {
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const length = texts.currentNode.data.trim().length;
    if (length > 2) texts.currentNode.data += " " + "ŻąÓęśź ".repeat(20).slice(0, Math.ceil(length * 0.4)).trim();
  }
}"""
#: Forms and cards in which two buttons claim to be the main one.
SEVERAL_PRIMARY = """() => [...document.querySelectorAll("main form, main .card")].filter((one) =>
  [...one.querySelectorAll(".btn.primary")].filter((button) =>
    button.checkVisibility() && button.closest("form, .card") === one).length > 1
).map((one) => one.outerHTML.slice(0, 120))"""
#: Large areas in plain white or black.
PLAIN = """() => [...document.querySelectorAll("body, body *")].filter((one) => {
  const box = one.getBoundingClientRect();
  const plain = /^rgb\\((255, 255, 255|0, 0, 0)\\)$/;
  return box.width * box.height > 20000 && plain.test(getComputedStyle(one).backgroundColor);
}).map((one) => one.outerHTML.slice(0, 120))"""
#: Words that are smaller than twelve pixels.
SMALL = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (texts.nextNode()) {
    const at = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() && at.checkVisibility() && !at.closest("[aria-hidden]") &&
        parseFloat(getComputedStyle(at).fontSize) < 12)
      found.push(at.outerHTML.slice(0, 120));
  }
  return found;
}"""
#: Lists whose rows lie beside one another as on a wide screen.
NO_CARDS = """() => [...document.querySelectorAll("main table.cards tbody tr")].filter((one) =>
  one.checkVisibility() && getComputedStyle(one).display === "table-row").map((one) => one.outerHTML.slice(0, 120))"""
#: Main actions of forms that leave more than a tenth of the form's width.
NARROW = """() => [...document.querySelectorAll("main form .btn.primary.wide-phone")].filter((one) =>
  one.checkVisibility() && one.offsetWidth < 0.9 * one.closest("form").clientWidth
).map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture
def pages(act: Callable[..., Any], person_named: Callable[[str], Any]) -> Callable[[str], list[str]]:
    """Give what each person looks at: the eight key pages, and those like them."""
    anna = person_named("anna.kowalska").id
    with act("anna.kowalska"):
        numbers = [
            open_ticket(
                NewTicket("it", "incident", f"Printer {place}", "It jams", anna, "portal", {"service": "printer"})
            )
            for place in range(16)
        ]
    looked_at = {
        "anna.kowalska": ["/", "/services", "/services/it-hardware-request", "/requests", f"/requests/{numbers[0]}"],
        "marek.nowak": ["/agent/tickets?queue=open", f"/agent/tickets/{numbers[0]}", "/agent/tickets/new", "/reports"],
        "admin": ["/admin/", "/admin/plugins", "/admin/desks/it"],
    }
    return looked_at.__getitem__


def visits(hand: Any, pages: Callable[[str], list[str]], **options: Any) -> Iterator[tuple[str, Any]]:
    """Open every page, and yield its path and the page."""
    for name in ("anna.kowalska", "marek.nowak", "admin"):
        person = hand(name, **options)
        for path in pages(name):
            person.open(path)
            yield path, person.page


def test_words_that_are_two_fifths_longer_fit_everywhere(hand: Any, pages: Any) -> None:
    faults = []
    for path, page in visits(hand, pages, viewport={"width": 1366, "height": 768}):
        page.evaluate(LONGER)
        faults += [f"{path}: {each}" for script in (CLIPPED, OVERLAPPING) for each in page.evaluate(script)]
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > 1366:
            faults.append(f"{path} is {wide} wide")
    assert faults == []


def test_each_form_and_card_has_one_main_action_and_the_dark_has_no_plain_white_or_black(hand: Any, pages: Any) -> None:
    faults = []
    for path, page in visits(hand, pages, color_scheme="dark"):
        faults += [f"{path}: {each}" for script in (SEVERAL_PRIMARY, PLAIN) for each in page.evaluate(script)]
    assert faults == []


def test_a_phone_has_cards_for_lists_and_words_and_buttons_that_are_large_enough(hand: Any, pages: Any) -> None:
    faults, buttons = [], 0
    for path, page in visits(hand, pages, viewport={"width": 360, "height": 740}):
        faults += [f"{path}: {each}" for script in (SMALL, NO_CARDS, NARROW) for each in page.evaluate(script)]
        buttons += page.locator("main form .btn.primary.wide-phone").count()
    assert faults == []
    assert buttons >= 2


def test_ten_rows_are_seen_at_once_and_fourteen_where_somebody_likes_it_narrow(hand: Any, pages: Any) -> None:
    marek = hand("marek.nowak", viewport={"width": 1366, "height": 768})
    marek.open("/agent/tickets?queue=open")
    rows = "[...document.querySelectorAll('main tbody tr')]"
    seen = f"{rows}.filter((one) => one.getBoundingClientRect().bottom <= innerHeight).length"
    assert marek.page.evaluate(seen) >= 10
    marek.page.evaluate("document.documentElement.dataset.density = 'compact'")
    assert marek.page.evaluate(seen) >= 14


def test_the_overview_prints_on_two_sheets_at_most(hand: Any, pages: Any) -> None:
    marek = hand("marek.nowak")
    marek.open("/reports")
    printed: Any = marek.page.pdf(format="A4")
    assert 1 <= printed.count(b"/Type /Page\n") <= 2
