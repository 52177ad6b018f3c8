"""A plugin that was paused: said on every page of the administration, and where its panel was; and how plugins are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from flask import Flask

from deskcore.extensions import db
from deskcore.hooks.contributed import Contributed
from deskcore.hooks.contributions import PanelRow, Text
from deskcore.hooks.health import Health, read_health, write_health
from deskcore.hooks.page_parts import TicketPanel
from deskcore.people.services import find_person
from deskcore.serve.watch import Watch
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work
from tests.web.browsers import Browser

PAGES = ["/admin/", "/admin/people", "/admin/desks", "/admin/services", "/admin/audit", "/admin/deliveries"]
BROKEN = "it_desk"


@pytest.fixture
def browser(app: Flask) -> Callable[[str], Browser]:
    return lambda name: Browser(app, f"{name}@meridian.example")


@pytest.fixture
def fails(app: Flask) -> Callable[[], None]:
    """Give a function that lets a plugin fail as often as it may, and once more."""

    def failing() -> None:
        parts = app.extensions["deskcore"]
        with app.app_context():
            for _ in range(parts.plugins.breaker.limits.failures):
                parts.callers.failed(BROKEN, "panel visit", ZeroDivisionError("the plugin divides"))

    return failing


@pytest.fixture
def number(app: Flask) -> str:
    """Open a ticket, and add a panel of the plugin to all tickets."""
    parts = app.extensions["deskcore"]
    panel = TicketPanel("visit", Text("Visitors", "Goście"), lambda ticket, viewer: [PanelRow("Jan")])
    contributed = dict(parts.plugins.contributed) | {"register_ticket_panels": (Contributed(BROKEN, panel),)}
    parts.plugins = replace(parts.plugins, contributed=MappingProxyType(contributed))
    with app.app_context(), acting_as(SYSTEM):
        anna = find_person("anna.kowalska@meridian.example")
        assert anna is not None
        answers = {"service": "network", "what_happened": "It jams."}
        with acting_as(Viewer(anna.id, "portal")):
            return open_ticket(NewTicket("it", "incident", "It jams", "It jams.", anna.id, "portal", answers))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_the_administration_says_which_plugin_stopped_and_why(
    browser: Any, fails: Any, path: str
) -> None:
    admin = browser("admin")
    assert "stopped working" not in admin.get(path).text
    fails()
    page = admin.get(path)
    assert page.status_code == 200
    assert f"{BROKEN} stopped working." in page.text
    assert "last in panel visit (ZeroDivisionError: the plugin divides)" in page.text
    assert f'action="/admin/plugins/{BROKEN}/resume"' in page.text
    assert f'href="/admin/plugins/{BROKEN}#health"' in page.text


def test_the_plugins_own_pages_say_it_once(browser: Any, fails: Any) -> None:
    fails()
    admin = browser("admin")
    assert admin.get("/admin/plugins").text.count(f"{BROKEN} stopped working.") == 1
    assert admin.get(f"/admin/plugins/{BROKEN}").text.count("was paused; correct it") == 1


def test_an_auditor_who_administrates_nothing_is_not_told(app: Flask, browser: Any, fails: Any) -> None:
    with app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        jan = find_person("jan.wojcik@meridian.example")
        assert jan is not None
        session.merge(jan).auditor = True
    fails()
    assert "stopped working" not in browser("jan.wojcik").get("/admin/audit").text


def test_trying_again_takes_the_words_away_and_the_panel_comes_back(browser: Any, fails: Any, number: str) -> None:
    admin, marek = browser("admin"), browser("marek.nowak")
    fails()
    admin.post(f"/admin/plugins/{BROKEN}/resume")
    assert "stopped working" not in admin.get("/admin/").text
    assert "Jan</" in marek.get(f"/agent/tickets/{number}").text


def test_where_the_panel_was_the_agent_is_told(browser: Any, fails: Any, number: str) -> None:
    marek = browser("marek.nowak")
    assert "Jan</" in marek.get(f"/agent/tickets/{number}").text
    fails()
    page = marek.get(f"/agent/tickets/{number}")
    assert page.status_code == 200
    assert "Visitors" in page.text
    assert "This plugin is paused after errors; an administrator can try it again." in page.text


def test_a_panel_can_be_hidden_and_shown_again_by_each_agent_alone(browser: Any, number: str) -> None:
    marek, ola = browser("marek.nowak"), browser("ola.mazur")
    path = f"/agent/tickets/{number}"
    assert "Hide this panel" in marek.get(path).text
    page = marek.post(f"{path}/panels/{BROKEN}/visit", hidden="1").text
    assert "The panel is hidden." in page
    assert "Jan</" not in page
    assert "1 hidden panel" in page
    assert "Jan</" in ola.get(path).text
    page = marek.post(f"{path}/panels/{BROKEN}/visit", hidden="0").text
    assert "Jan</" in page
    assert "hidden panel" not in page


def test_a_panel_that_is_not_there_cannot_be_hidden(browser: Any, number: str) -> None:
    path = f"/agent/tickets/{number}/panels"
    assert browser("marek.nowak").post(f"{path}/{BROKEN}/nothing", hidden="1").status_code == 404
    assert browser("anna.kowalska").post(f"{path}/{BROKEN}/visit", hidden="1").status_code == 403


def test_the_page_of_a_plugin_shows_calls_failures_and_times_by_place(app: Flask, browser: Any) -> None:
    health = Health()
    for _ in range(20):
        health.add(BROKEN, "panel visit", 0.003)
    health.failed(BROKEN, "panel visit")
    with app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        write_health(session, health.take())
    admin = browser("admin")
    table = admin.get(f"/admin/plugins/{BROKEN}").text.partition('id="health"')[2]
    assert "panel visit" in table
    assert ">20</td>" in table
    assert ">1</td>" in table
    assert " ms" in table
    listed = admin.get("/admin/plugins").text
    assert "20 calls" in listed
    assert "1 failure" in listed


def test_of_a_plugin_with_a_confidential_desk_nobody_learns_how_often_it_is_called(app: Flask, browser: Any) -> None:
    health = Health()
    for _ in range(7421):
        health.add(BROKEN, "panel visit", 0.003)
    health.failed(BROKEN, "panel visit")
    with app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        write_health(session, health.take())
    catalogue = app.extensions["deskcore"].catalogue
    desks = {key: replace(desk, plugin=BROKEN, confidential=True) for key, desk in catalogue.desks.items()}
    app.extensions["deskcore"].catalogue = replace(catalogue, desks=desks)
    admin = browser("admin")
    pages = [admin.get("/admin/plugins").text, admin.get(f"/admin/plugins/{BROKEN}").text.partition('id="health"')[2]]
    assert all("7421" not in page and "7,421" not in page and " ms" in page for page in pages)
    assert "Calls not shown" in pages[0]
    assert "1 failure" in pages[0]
    assert "It has a confidential desk." in pages[1]
    assert ">1</td>" in pages[1]


def test_the_watch_of_a_process_writes_down_what_it_counted(app: Flask) -> None:
    parts = app.extensions["deskcore"]
    parts.callers.health.add(BROKEN, "panel visit", 0.003)
    watch = Watch(app, "serve", lambda: None)
    watch.look()
    with app.app_context():
        [line] = read_health(db.session)[BROKEN]
    assert (line.slot, line.calls) == ("panel visit", 1)
    assert not parts.callers.health.take()
