"""Pages that plugins have about a ticket: in the frame of the core, for those who see the ticket, and isolated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from deskcore.extensions import db
from deskcore.hooks.contributions import Text
from deskcore.hooks.failures import read_failures
from deskcore.hooks.page_parts import TicketPage
from deskcore.hooks.ticket_page_checks import TAKEN

TRIPS = TicketPage(
    "trips", Text("Trips", "Przejazdy"), "fleet/trips.html", lambda ticket, viewer: {"driver": f"<b>{viewer.name}</b>"}
)


PAGES = {"fleet/trips.html": "<p>{{ ticket.number }} driven by {{ driver }}</p>", "fleet/broken.html": "{{ 1 // 0 }}"}


@pytest.fixture(autouse=True)
def templates(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the application find templates of a plugin that has no folder."""
    loader = app.jinja_env.loader
    assert loader is not None
    monkeypatch.setattr(app.jinja_env, "loader", ChoiceLoader([DictLoader(PAGES), loader]))


def test_a_page_stands_in_the_frame_of_the_ticket(marek: Any, opens: Any, adds: Any) -> None:
    adds("register_ticket_pages", TRIPS)
    number = opens("A trip to Gdynia")
    page = marek.get(f"/agent/tickets/{number}/trips").text
    assert f"<p>{number} driven by &lt;b&gt;" in page
    assert "<h1>Trips</h1>" in page
    assert f'href="/agent/tickets/{number}"' in page
    assert "A trip to Gdynia" in page


def test_a_page_is_there_for_tickets_that_have_it_and_whose_reader_sees_them(
    marek: Any, browser: Any, opens: Any, adds: Any
) -> None:
    number = opens()
    assert marek.get(f"/agent/tickets/{number}/trips").status_code == 404
    adds("register_ticket_pages", replace(TRIPS, desks=("fleet",)))
    assert marek.get(f"/agent/tickets/{number}/trips").status_code == 404
    adds("register_ticket_pages", replace(TRIPS, key="none", data=lambda ticket, viewer: None))
    assert marek.get(f"/agent/tickets/{number}/none").status_code == 404
    adds("register_ticket_pages", replace(TRIPS, key="seen"))
    assert marek.get(f"/agent/tickets/{number}/seen").status_code == 200
    assert marek.get("/agent/tickets/IT-999999/seen").status_code == 404
    assert browser("anna.kowalska").get(f"/agent/tickets/{number}/seen").status_code == 403


@pytest.mark.parametrize(
    "broken",
    [
        replace(TRIPS, template="fleet/broken.html"),
        replace(TRIPS, template="fleet/gone.html"),
        replace(TRIPS, data=lambda ticket, viewer: {}[ticket]),
        replace(TRIPS, data=lambda ticket, viewer: ["no mapping"]),  # type: ignore[arg-type,return-value]
    ],
)
def test_a_page_that_fails_says_so_in_its_frame_and_is_counted(
    app: Flask, marek: Any, opens: Any, adds: Any, broken: TicketPage
) -> None:
    plugin = adds("register_ticket_pages", broken)
    page = marek.get(f"/agent/tickets/{opens()}/trips")
    assert page.status_code == 200
    assert f"The plugin {plugin} could not show this." in page.text
    with app.app_context():
        assert [failure["slot"] for failure in read_failures(db.session, plugin)] == ["ticket page trips"]


def test_a_page_may_not_write(marek: Any, opens: Any, adds: Any) -> None:
    def writes(ticket: Any, viewer: Any) -> Mapping[str, Any]:
        db.session.connection().exec_driver_sql("DELETE FROM organisation")
        return {}

    adds("register_ticket_pages", replace(TRIPS, data=writes))
    assert "could not show this" in marek.get(f"/agent/tickets/{opens()}/trips").text


def test_no_plugin_can_take_an_address_of_the_helpdesk(app: Flask) -> None:
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    own = {rule.split("/")[4] for rule in rules if rule.startswith("/agent/tickets/<number>/")}
    assert own - {"<page>"} <= TAKEN
