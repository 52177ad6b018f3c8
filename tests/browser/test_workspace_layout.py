"""What the workspace keeps to on small screens, with wide letters, in few colours, and for whoever goes by Tab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deskcore.clock import now
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM
from deskcore.web.workspace.filters import COLUMNS
from deskcore.work import acting_as, unit_of_work

#: WCAG 1.4.12: line, paragraph, letter and word spacing that a page must stand.
SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
ANNA = "anna.kowalska@meridian.example"
#: Where the focus is: whether its ring is seen (on itself or on the box around it), and whether a bar covers it.
FOCUS = """() => {
  const at = document.activeElement;
  const styles = [at, at.closest(".jump")].filter(Boolean).map((one) => getComputedStyle(one));
  const ring = styles.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 3);
  const box = at.getBoundingClientRect();
  const bar = document.querySelector("header.bar");
  const covered = !bar.contains(at) && at.closest("main") && box.top < bar.getBoundingClientRect().bottom - 1;
  return [at.outerHTML.slice(0, 90), at !== document.body, ring, !covered];
}"""

#: Buttons, badges and headings that hide a part of their words.
CLIPPED = """() => [...document.querySelectorAll("main :is(.btn, .badge, label:not(.vh), h1, h2)")].filter((one) =>
  one.checkVisibility() && getComputedStyle(one).overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1
).map((one) => one.outerHTML.slice(0, 90))"""


#: Parts of a table's row that cover one another.
OVERLAPPING = """() => [...document.querySelectorAll("main tbody tr")].flatMap((row) => {
  const parts = [...row.querySelectorAll(".badge, .sla, .subj, .who, .avatar + a, .switch, td > .row > .btn, .tick")]
    .filter((one) => one.checkVisibility());
  const lies = (one, other) => {
    const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
    const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    return width > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  };
  return parts.flatMap((one, place) => parts.slice(place + 1)
    .filter((other) => !one.contains(other) && lies(one, other))
    .map((other) => `${one.textContent.trim()} on ${other.textContent.trim()}`));
})"""
ADMIN = ("/admin/", "/admin/plugins", "/admin/plugins/it_desk", "/admin/desks", "/admin/services", "/admin/people")


@pytest.fixture
def paths(act: Callable[..., Any], person_named: Callable[[str], Any]) -> list[str]:
    """Give the pages of the workspace, with a ticket that has the longest status and a time that stands still."""
    anna = person_named("anna.kowalska").id
    with act("anna.kowalska"):
        number = open_ticket(
            NewTicket("it", "incident", "A" * 60 + " long subject", "Again", anna, "portal", {"service": "x"})
        )
    with act("marek.nowak", "workspace"), acting_as(SYSTEM) as session, unit_of_work():
        ticket = session.query(Ticket).filter(Ticket.number == number).one()
        ticket.status = ticket.status_category = "waiting_requester"
        ticket.due_at = now()
    return [
        "/agent/tickets?queue=open",
        f"/agent/tickets?queue=open&columns={','.join(COLUMNS)}",
        f"/agent/tickets/{number}",
        f"/agent/tickets/{number}?mode=note",
        f"/agent/tickets/new?requester={ANNA}&service=it-incident",
        "/agent/people",
        f"/agent/people/{ANNA}",
        "/agent/search?q=a",
        "/agent/shortcuts",
    ]


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-GB"), ("dark", "pl-PL")])
def test_at_no_width_a_page_scrolls_sideways_or_has_parts_that_lie_on_one_another(
    hand: Any, paths: list[str], scheme: str, locale: str
) -> None:
    marek, admin = (hand(name, color_scheme=scheme, locale=locale) for name in ("marek.nowak", "admin"))
    faults = []
    for person, path in [*((marek, path) for path in paths), *((admin, path) for path in ADMIN)]:
        person.open(path)
        for width in (1366, 768, 360, 320):
            person.page.set_viewport_size({"width": width, "height": 800})
            if (wide := person.page.evaluate("document.documentElement.scrollWidth")) > width:
                faults.append(f"{path} at {width}: it is {wide} wide")
            faults += [f"{path} at {width}: {pair}" for pair in person.page.evaluate(OVERLAPPING)]
    assert faults == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_on_a_phone_a_button_opens_the_menu_that_stands_beside_a_wide_page(hand: Any, scripts: bool) -> None:
    phone = {"width": 360, "height": 740}
    marek = hand("marek.nowak", viewport=phone, java_script_enabled=scripts)
    marek.open("/agent/tickets?queue=mine")
    desk = marek.page.locator("#side").get_by_text("IT support")
    assert not desk.is_visible()
    marek.page.get_by_role("button", name="Open menu").click()
    assert desk.is_visible()
    marek.page.keyboard.press("Escape")
    assert not desk.is_visible()
    marek.page.get_by_role("button", name="Open menu").click()
    desk.click()
    marek.page.wait_for_url("**/agent/tickets?queue=open&desk=it")
    marek.page.set_viewport_size({"width": 1280, "height": 740})
    assert desk.is_visible()
    assert not marek.page.get_by_role("button", name="Open menu").is_visible()


def test_wide_letters_and_system_colours_break_no_page(hand: Any, paths: list[str]) -> None:
    marek = hand("marek.nowak", bypass_csp=True, forced_colors="active", reduced_motion="reduce")
    broken = []
    for path in paths:
        marek.open(path)
        marek.page.add_style_tag(content=SPACING)
        clipped = marek.page.evaluate(CLIPPED)
        if marek.page.evaluate("document.documentElement.scrollWidth") > 1280 or clipped:
            broken.append((path, clipped))
    assert broken == []
    moving = "[...document.querySelectorAll('a, button')].map((one) => getComputedStyle(one).transitionDuration)"
    assert set(marek.page.evaluate(moving)) == {"0s"}


def test_whoever_goes_by_tab_skips_the_menu_first_and_always_sees_where_it_is(hand: Any, paths: list[str]) -> None:
    marek = hand("marek.nowak", viewport={"width": 1366, "height": 500})
    for path in (paths[0], paths[1]):
        marek.open(path)
        marek.page.keyboard.press("Tab")
        assert marek.page.evaluate("document.activeElement.matches('a.skip[href=\"#main\"]')")
        marek.page.keyboard.press("Enter")
        for step in range(25):
            marek.page.keyboard.press("Tab")
            what, somewhere, ring, free = marek.page.evaluate(FOCUS)
            if not somewhere:
                assert step > 8, f"{path}: the focus is lost"
                break
            assert ring, f"{path}: no ring around {what}"
            assert free, f"{path}: the bar covers {what}"
