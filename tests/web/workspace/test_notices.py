"""Notices of plugins: two of each at once with a way to the rest, and none of a plugin that fails or leads astray."""

from __future__ import annotations

from typing import Any

from flask import Flask

from deskcore.extensions import db
from deskcore.hooks.contributions import Text
from deskcore.hooks.failures import read_failures
from deskcore.hooks.page_parts import NavItem, NoticeBoard, NoticeRow, TicketAction


def failures(app: Flask, plugin: str) -> set[str]:
    with app.app_context():
        return {failure["slot"] for failure in read_failures(db.session, plugin)}


def board(place: Any, *rows: NoticeRow, key: str = "a", more: str = "") -> NoticeBoard:
    return NoticeBoard(f"{key}_{place}", place, lambda about, viewer: rows, more)


def test_the_most_pressing_two_are_shown_with_a_way_to_all(marek: Any, adds: Any) -> None:
    rows = [NoticeRow(f"Notice {number}.", "<b>It</b>", button="Count me", action="/x/a") for number in range(3)]
    adds("register_notices", board("home", *rows, more="portal.services"))
    page = marek.get("/").text
    assert [f"Notice {number}." in page for number in range(3)] == [True, True, False]
    assert "All 3 notices" in page
    assert "&lt;b&gt;It&lt;/b&gt;" in page
    assert page.count('action="/x/a"') == 2


def test_each_place_has_its_own_and_a_form_asks_about_its_service(marek: Any, adds: Any) -> None:
    def known(about: str, viewer: Any) -> list[NoticeRow]:
        return [NoticeRow(f"{viewer.name} asks for {about}.")]

    adds("register_notices", NoticeBoard("known", "form", known))
    adds("register_notices", board("workspace", NoticeRow("Room 12.")))
    assert "Marek Nowak asks for it/question." in marek.get("/services/it-question").text
    assert "Room 12." in marek.get("/agent/").text
    assert "Room 12." not in marek.get("/").text


def test_one_that_fails_or_leads_elsewhere_is_left_out(app: Flask, marek: Any, adds: Any) -> None:
    bad = (
        lambda about, viewer: 1 / 0,
        lambda about, viewer: [NoticeRow("Astray.", button="Go", action="https://attacker.test/")],
        lambda about, viewer: [NoticeRow("Script.", url="javascript:alert(1)")],
        lambda about, viewer: ["Plain."],
    )
    for number, rows in enumerate(bad):
        plugin = adds("register_notices", NoticeBoard(f"bad_{number}", "home", rows))  # type: ignore[arg-type]
    adds("register_notices", board("home", NoticeRow("A good one.")))
    page = marek.get("/").text
    assert "A good one." in page
    assert [words for words in ("Astray", "Script.", "Plain.") if words in page] == []
    assert {f"notices bad_{number}" for number in range(len(bad))} <= failures(app, plugin)


def test_an_action_may_lead_to_a_page_with_the_number_of_the_ticket(marek: Any, opens: Any, adds: Any) -> None:
    plugin = adds(
        "register_ticket_actions", TicketAction("form", Text("Fill a form", "Wypełnij"), page="portal.services")
    )
    number = opens()
    assert f'href="/services?ticket={number}"' in marek.get(f"/agent/tickets/{number}").text
    assert marek.post(f"/agent/tickets/{number}/actions/{plugin}/form").status_code == 404


def test_an_entry_can_stand_at_the_foot_of_the_portal(marek: Any, adds: Any) -> None:
    adds("register_nav_items", NavItem("portal", Text("Where we are", "Gdzie"), "portal.services", in_foot=True))
    page = marek.get("/").text
    assert "Where we are" not in page.partition("</nav>")[0]
    assert "Where we are" in page.partition("<footer")[2]
