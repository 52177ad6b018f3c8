"""What plugins add to the bar at the top: an icon with a number, which never breaks a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from deskcore.extensions import db
from deskcore.hooks.contributions import Text
from deskcore.hooks.failures import read_failures
from deskcore.hooks.page_parts import NavItem
from deskcore.tickets.snapshots import ViewerView

#: A page that there is, whoever's.
PAGE = "workspace.people"
LABEL = Text("Deliveries of today", "Dzisiejsze dostawy")


def entry(count: Callable[..., Any] | None = None, area: Any = "workspace") -> NavItem:
    return NavItem(area, LABEL, PAGE, "box", in_bar=True, count=count)


def test_an_entry_of_the_bar_has_its_number_and_stands_in_no_menu(marek: Any, adds: Any) -> None:
    asked: list[ViewerView] = []

    def count(viewer: ViewerView) -> int:
        asked.append(viewer)
        return 7

    adds("register_nav_items", entry(count))
    page = marek.get("/agent/tickets").text
    assert page.count("Deliveries of today") == 2  # shown when pointed at, and read aloud
    assert '<span class="dot num">7</span>' in page
    assert [(viewer.email, viewer.area) for viewer in asked] == [("marek.nowak@meridian.example", "workspace")]
    assert "Deliveries of today" not in marek.get("/requests").text


@pytest.mark.parametrize(("counted", "shown"), [(0, ""), (1, "1"), (99, "99"), (100, "99+"), (10**9, "99+")])
def test_a_number_is_left_out_at_zero_and_capped(marek: Any, adds: Any, counted: int, shown: str) -> None:
    adds("register_nav_items", entry(lambda viewer: counted))
    page = marek.get("/agent/tickets").text
    assert "Deliveries of today" in page
    assert ('class="dot num"' in page) == bool(shown)
    assert f">{shown}<" in page or not shown


@pytest.mark.parametrize("given", ["3", -1, True, None, 2.5, [1]])
def test_what_is_no_number_is_left_out_and_recorded(app: Flask, marek: Any, adds: Any, given: Any) -> None:
    plugin = adds("register_nav_items", entry(lambda viewer: given))
    page = marek.get("/agent/tickets")
    assert page.status_code == 200
    assert "Deliveries of today" in page.text
    assert 'class="dot num"' not in page.text
    with app.app_context():
        assert [each["slot"] for each in read_failures(db.session, plugin)] == [f"count {PAGE}"]


def test_a_count_that_raises_costs_the_number_alone(app: Flask, marek: Any, adds: Any) -> None:
    def count(viewer: ViewerView) -> int:
        raise SystemExit(3)

    adds("register_nav_items", entry(count))
    page = marek.get("/agent/tickets")
    assert (page.status_code, "Deliveries of today" in page.text) == (200, True)
