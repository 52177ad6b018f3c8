"""Administrators see no exact amounts that one ticket more of a confidential desk would change."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.desks.models import DeskRow
from deskcore.desks.services import refresh
from deskcore.events.jobs import queue_job
from deskcore.hooks import state
from deskcore.hooks.heartbeats import beat
from deskcore.runtime import runtime
from deskcore.web.admin.amounts import amount, room_for
from deskcore.work import unit_of_work
from tests.web.browsers import Browser

PAGES = ("/admin/", "/admin/deliveries")


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "fewer than 100"),
        (99, "fewer than 100"),
        (100, "100 or more"),
        (999, "100 or more"),
        (1_000, "1,000 or more"),
        (123_456, "100,000 or more"),
    ],
)
def test_an_amount_is_told_to_a_power_of_ten(app: Flask, count: int, told: str) -> None:
    with app.test_request_context():
        assert amount(count) == told


@pytest.mark.parametrize(("size", "step"), [(0, 125), (124, 125), (125, 250), (900, 1_000), (1_000, 2_000)])
def test_a_database_is_told_to_the_next_step(size: int, step: int) -> None:
    assert room_for(size * 1_000_000) == step * 1_000_000


@pytest.mark.parametrize("place", PAGES)
def test_one_more_piece_of_work_does_not_show(app: Flask, admin: Browser, place: str) -> None:
    with app.app_context(), unit_of_work() as session:
        beat(session, "host:1", "work", 0)
    before = shown(admin, place)
    with app.app_context():
        queue_job("it_desk.anything")
    assert shown(admin, place) == before


def test_that_something_waits_for_the_plugin_of_a_confidential_desk_does_not_show(app: Flask, admin: Browser) -> None:
    before = shown(admin, "/admin/deliveries")
    with app.app_context():
        queue_job("it_desk.anything")
        with unit_of_work() as session:
            state.disable(session, runtime().plugins.declarations, "it_desk")
            session.execute(sa.update(DeskRow).where(DeskRow.key == "it").values(confidential=True))
        refresh()
    assert shown(admin, "/admin/deliveries") == before


def test_that_something_waits_for_another_plugin_is_said_without_how_much(app: Flask, admin: Browser) -> None:
    with app.app_context():
        for _each in range(2):
            queue_job("it_desk.anything")
        with unit_of_work() as session:
            state.disable(session, runtime().plugins.declarations, "it_desk")
    assert "Its work goes on if it is switched on again." in shown(admin, "/admin/deliveries")


def shown(admin: Browser, place: str) -> str:
    """Return what a page says, without what is made anew for each."""
    return re.sub(r'value="[^"]*"', "", admin.get(place).text.partition("<main")[2])
