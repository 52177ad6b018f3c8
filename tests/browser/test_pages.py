"""What every page must be in a real browser: accessible, light, and within its policy and its screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deskcore.testing.browser import faults_in

PORTAL = (
    "/",
    "/services",
    "/services/it-incident",
    "/services/it-hardware-request",
    "/requests",
    "/profile",
    "/api/docs",
)
WORKSPACE = ("/agent/tickets?queue=open", "/agent/tickets/new", "/agent/shortcuts")
ADMIN = ("/admin/plugins", "/admin/deliveries", "/admin/audit", "/admin/audit?who=nobody&from=nonsense")
#: Pages built of the same pieces as those above: looked at in one light pass and in one dark one on a phone.
MORE_WORKSPACE = ("/agent/people", "/agent/people/anna.kowalska@meridian.example", "/agent/search?q=a")


@pytest.fixture
def number(act: Callable[..., Any], person_named: Callable[[str], Any]) -> str:
    """Give a ticket with a reply, a note and an event."""
    from deskcore.tickets import services
    from deskcore.tickets.opening import NewTicket, open_ticket

    anna = person_named("anna.kowalska").id
    with act("anna.kowalska"):
        number = open_ticket(NewTicket("it", "incident", "It jams", "Again", anna, "portal", {"service": "printer"}))
    with act("marek.nowak", "workspace"):
        services.reply(number, "Which one?", then="waiting_requester")
        services.note(number, "Every week")
    return number


@pytest.mark.parametrize(("scheme", "width"), [("light", 1366), ("dark", 360)])
def test_no_page_has_an_accessibility_fault_or_leaves_the_screen(
    hand: Any, number: str, scheme: str, width: int
) -> None:
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}, "bypass_csp": True}
    anna, marek = hand("anna.kowalska", **options), hand("marek.nowak", **options)
    admin = hand("admin", **options)
    visits = [(anna, path) for path in (*PORTAL, f"/requests/{number}", "/no-such-page")]
    visits += [(marek, path) for path in (*WORKSPACE, f"/agent/tickets/{number}", f"/agent/tickets/{number}?mode=note")]
    visits += [(admin, path) for path in ADMIN]
    visits += [(marek, path) for path in MORE_WORKSPACE]
    faults = []
    for person, path in visits:
        person.open(path)
        faults += [f"{path}: {fault}" for fault in faults_in(person.page)]
    assert faults == []


def test_the_policy_is_never_broken_and_nothing_is_missing(hand: Any, number: str) -> None:
    for name, paths in (
        ("anna.kowalska", (*PORTAL, f"/requests/{number}")),
        ("marek.nowak", (*WORKSPACE, *MORE_WORKSPACE, f"/agent/tickets/{number}")),
        ("admin", ADMIN),
    ):
        person = hand(name)
        for path in paths:
            person.open(path)
        assert person.errors == []


@pytest.mark.parametrize(
    ("name", "path", "limit"),
    [
        ("anna.kowalska", "/", 60_000),
        ("marek.nowak", "/agent/tickets?queue=open", 110_000),
        ("anna.kowalska", "/api/docs", 110_000),
    ],
)
def test_the_first_load_stays_within_its_weight(hand: Any, number: str, name: str, path: str, limit: int) -> None:
    person = hand(name)
    fresh = person.page.context.browser.new_context(storage_state=person.page.context.storage_state())
    page = fresh.new_page()
    sizes: list[int] = []
    page.on(
        "requestfinished",
        lambda request: sizes.append(
            sum(request.sizes()[part] for part in ("responseBodySize", "responseHeadersSize"))
        ),
    )
    page.goto(person.address + path)
    page.wait_for_load_state("networkidle")
    fresh.close()
    assert 0 < sum(sizes) <= limit
    assert len(sizes) <= 8
