"""What plugins add to the workspace: shown as plain data, and never able to break a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from markupsafe import Markup

from deskcore.errors import Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import PanelRow, Text
from deskcore.hooks.failures import read_failures
from deskcore.hooks.page_parts import ListColumn, PersonPanel, TicketAction, TicketPanel
from deskcore.web.workspace import export


def panel(rows: Callable[..., Any], key: str = "extra") -> TicketPanel:
    return TicketPanel(key, Text("Equipment of the requester", "Sprzęt"), rows)


def failures(app: Flask, plugin: str) -> list[str]:
    with app.app_context():
        return [failure["slot"] for failure in read_failures(db.session, plugin)]


def raising(*_: Any) -> Any:
    raise ZeroDivisionError("the plugin divides")


def leaving(*_: Any) -> Any:
    raise SystemExit(3)


def test_a_panel_shows_its_rows_and_names_its_plugin(marek: Any, opens: Any, adds: Any) -> None:
    rows = [PanelRow("ThinkPad T14", "Laptop", "/x/fleet/NB-0412"), PanelRow("<b>Galaxy</b>", "Phone")]
    plugin = adds("register_ticket_panels", panel(lambda ticket, viewer: rows))
    page = marek.get(f"/agent/tickets/{opens()}").text
    assert "Equipment of the requester" in page
    assert f"Added by the plugin {plugin}" in page
    assert '<a href="/x/fleet/NB-0412">ThinkPad T14</a>' in page
    assert "&lt;b&gt;Galaxy&lt;/b&gt;" in page


def test_a_panel_without_rows_is_not_shown(marek: Any, opens: Any, adds: Any) -> None:
    adds("register_ticket_panels", panel(lambda ticket, viewer: []))
    assert "Equipment of the requester" not in marek.get(f"/agent/tickets/{opens()}").text


def test_a_panel_beside_a_person_shows_what_the_plugin_knows_of_them(app: Flask, marek: Any, adds: Any) -> None:
    page, title = "/agent/people/anna.kowalska@meridian.example", Text("Cars that they have", "Samochody")
    said = {"rows": [PanelRow("Skoda", "Car", "/x/fleet/KR1")]}
    plugin = adds("register_person_panels", PersonPanel("cars", title, lambda person, viewer: said["rows"]))
    adds("register_person_panels", PersonPanel("bikes", Text("Bikes", "Rowery"), raising))
    shown = marek.get(page).text
    assert '<a href="/x/fleet/KR1">Skoda</a>' in shown
    assert f"Added by the plugin {plugin}" in shown
    assert "could not show this" in shown
    assert "Anna Kowalska" in shown
    said["rows"] = []
    assert "Cars that they have" not in marek.get(page).text


def test_a_panel_stands_beside_the_tickets_of_its_desks_alone(marek: Any, opens: Any, adds: Any) -> None:
    plugin = adds("register_ticket_panels", replace(panel(lambda *_: [PanelRow("ThinkPad")]), desks=("fleet",)))
    adds("register_ticket_panels", replace(panel(lambda *_: [PanelRow("Galaxy")], "second"), desks=("fleet", "it")))
    number = opens()
    page = marek.get(f"/agent/tickets/{number}").text
    assert "Galaxy" in page
    assert "ThinkPad" not in page
    assert marek.get(f"/agent/tickets/{number}/panels/{plugin}/extra").status_code == 404


@pytest.mark.parametrize(
    "rows",
    [
        raising,
        leaving,
        lambda ticket, viewer: "not rows",
        lambda ticket, viewer: [PanelRow(Markup("<script>"))],
        lambda ticket, viewer: [PanelRow("click", url="javascript:alert(1)")],
        lambda ticket, viewer: [PanelRow("click", url="//evil.example")],
        lambda ticket, viewer: [PanelRow(None)],  # type: ignore[arg-type]
        lambda ticket, viewer: [PanelRow("x")] * 1000,
        lambda ticket, viewer: ticket.answers.update(stolen=True),
    ],
)
def test_a_panel_that_misbehaves_costs_one_line_and_is_recorded(
    app: Flask, marek: Any, opens: Any, adds: Any, rows: Any
) -> None:
    plugin = adds("register_ticket_panels", panel(rows))
    page = marek.get(f"/agent/tickets/{opens('Printer jams')}")
    assert page.status_code == 200
    assert f"The plugin {plugin} could not show this." in page.text
    assert "Printer jams" in page.text
    assert "panel extra" in failures(app, plugin)


def test_a_panel_that_breaks_the_transaction_breaks_nothing_else(marek: Any, opens: Any, adds: Any) -> None:
    def broken(ticket: Any, viewer: Any) -> Any:
        import sqlalchemy as sa

        db.session.execute(sa.select(sa.column("nowhere")).select_from(sa.text("no_such_table")))

    adds("register_ticket_panels", panel(broken))
    adds("register_ticket_panels", panel(lambda ticket, viewer: [PanelRow("Still here")], "second"))
    page = marek.get(f"/agent/tickets/{opens()}")
    assert page.status_code == 200
    assert "Still here" in page.text


def test_a_panel_that_takes_longer_than_its_budget_is_left_out(app: Flask, marek: Any, opens: Any, adds: Any) -> None:
    adds("register_ticket_panels", panel(lambda ticket, viewer: [PanelRow("Came too late")]))
    number = opens()
    breaker = app.extensions["deskcore"].plugins.breaker
    breaker.limits = replace(breaker.limits, piece=0.0)
    assert "Came too late" not in marek.get(f"/agent/tickets/{number}").text


def test_a_plugin_that_fails_again_and_again_is_paused(app: Flask, marek: Any, opens: Any, adds: Any) -> None:
    plugin = adds("register_ticket_panels", panel(raising))
    number = opens()
    limit = app.extensions["deskcore"].plugins.breaker.limits.failures
    for _ in range(limit):
        assert "could not show this" in marek.get(f"/agent/tickets/{number}").text
    assert "could not show this" not in marek.get(f"/agent/tickets/{number}").text
    assert not app.extensions["deskcore"].plugins.active(plugin)


def test_a_column_is_asked_once_for_all_rows(marek: Any, opens: Any, adds: Any) -> None:
    asked: list[Sequence[str]] = []

    def cells(numbers: Sequence[str]) -> dict[str, str]:
        asked.append(numbers)
        return {number: f"device of {number}" for number in numbers}

    adds("register_list_columns", ListColumn("device", Text("Device", "Urządzenie"), cells))
    numbers = {opens(), opens(), opens()}
    page = marek.get("/agent/tickets?queue=unassigned&limit=100").text
    assert len(asked) == 1
    assert numbers <= set(asked[0])
    assert all(f"device of {number}" in page for number in numbers)


def test_a_file_has_the_columns_of_plugins_each_asked_once_for_a_hundred_rows(
    marek: Any, opens: Any, adds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Sequence[str]] = []

    def cells(numbers: Sequence[str]) -> dict[str, str]:
        asked.append(numbers)
        return {number: f"=device of {number}" for number in numbers}

    monkeypatch.setattr(export, "_ASKED", 2)
    adds("register_list_columns", ListColumn("device", Text("Device", "Urządzenie"), cells))
    numbers = [opens("Batched") for _ in range(5)]
    lines = marek.get("/agent/tickets.csv?q=Batched&sort=created").text.splitlines()
    assert lines[0].endswith(',"Due","Device"')
    assert [line.rpartition(",")[2] for line in lines[1:]] == [f'"\'=device of {number}"' for number in numbers]
    assert [len(each) for each in asked] == [2, 2, 1]


def test_a_column_that_fails_is_marked_in_the_file_and_the_rest_is_there(
    app: Flask, marek: Any, opens: Any, adds: Any
) -> None:
    plugin = adds("register_list_columns", ListColumn("device", Text("Device", "Urządzenie"), raising))
    adds("register_list_columns", ListColumn("place", Text("Place", "Miejsce"), lambda numbers: {numbers[0]: "Gdynia"}))
    opens("Failing")
    head, line = marek.get("/agent/tickets.csv?q=Failing").text.splitlines()
    assert head.endswith('"Device","Place"')
    assert line.endswith(',"could not be read","Gdynia"')
    assert "column device" in failures(app, plugin)


def test_a_column_that_fails_leaves_the_list_as_it_is(app: Flask, marek: Any, opens: Any, adds: Any) -> None:
    plugin = adds("register_list_columns", ListColumn("device", Text("Device", "Urządzenie"), raising))
    number = opens()
    page = marek.get("/agent/tickets?queue=unassigned&limit=100")
    assert page.status_code == 200
    assert number in page.text
    assert f"The plugin {plugin} could not fill its column." in page.text
    assert "column device" in failures(app, plugin)


def test_an_action_runs_after_it_was_pressed_and_says_what_it_did(marek: Any, opens: Any, adds: Any) -> None:
    run = TicketAction(
        "wipe", Text("Wipe the device", "Wyczyść"), lambda ticket, viewer: f"{viewer.name} wiped {ticket.number}"
    )
    plugin = adds("register_ticket_actions", run)
    number = opens()
    assert "Wipe the device" in marek.get(f"/agent/tickets/{number}").text
    assert f"Marek Nowak wiped {number}" in marek.post(f"/agent/tickets/{number}/actions/{plugin}/wipe").text


def test_an_action_that_does_not_apply_is_neither_offered_nor_run(marek: Any, opens: Any, adds: Any) -> None:
    action = TicketAction("wipe", Text("Wipe the device", "Wyczyść"), raising, applies=lambda ticket: False)
    plugin = adds("register_ticket_actions", action)
    number = opens()
    assert "Wipe the device" not in marek.get(f"/agent/tickets/{number}").text
    assert marek.post(f"/agent/tickets/{number}/actions/{plugin}/wipe").status_code == 404


def test_an_action_may_refuse_with_a_reason(marek: Any, opens: Any, adds: Any) -> None:
    def refuse(ticket: Any, viewer: Any) -> str:
        raise Refused("Return the device first.")

    plugin = adds("register_ticket_actions", TicketAction("wipe", Text("Wipe", "Wyczyść"), refuse))
    answer = marek.post(f"/agent/tickets/{opens()}/actions/{plugin}/wipe")
    assert answer.status_code == 422
    assert "Return the device first." in answer.text


def test_an_action_that_fails_names_its_plugin(app: Flask, marek: Any, opens: Any, adds: Any) -> None:
    plugin = adds("register_ticket_actions", TicketAction("wipe", Text("Wipe", "Wyczyść"), raising))
    answer = marek.post(f"/agent/tickets/{opens()}/actions/{plugin}/wipe")
    assert answer.status_code == 200
    assert f"The plugin {plugin} could not do this." in answer.text
    assert "action wipe" in failures(app, plugin)
