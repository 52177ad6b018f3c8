"""Bulk changes: exactly what the preview says, to those rows and no others, with the rest named."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.desks.models import DeskRow
from deskcore.errors import Problem
from deskcore.hooks.beforehand import Foreseen
from deskcore.hooks.callers import Callers
from deskcore.tickets import bulk
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from tests.web.workspace.test_workspace_queue import numbers


def stored(app: Flask, number: str) -> Ticket:
    with app.app_context(), acting_as(SYSTEM) as session:
        ticket = session.scalars(sa.select(Ticket).where(Ticket.number == number)).one()
        session.expunge(ticket)
        return ticket


def preview(browser: Any, **fields: Any) -> str:
    browser.page = browser.client.get("/agent/tickets/bulk", query_string=fields)
    return str(browser.page.text)


def apply(browser: Any) -> Any:
    """Press the button of the preview that came last."""
    form = re.search(r'<form method="post" action="/agent/tickets/bulk">.*?</form>', browser.page.text, re.DOTALL)
    assert form is not None, browser.page.text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
    return browser.post("/agent/tickets/bulk", **{name: html.unescape(value) for name, value in fields.items()})


@pytest.mark.parametrize(
    ("fields", "column", "value"),
    [
        ({"priority": "urgent"}, "priority", 4),
        ({"status": "on_hold"}, "status", "on_hold"),
        ({"add": "later, big"}, "tags", ["later", "big"]),
    ],
)
def test_the_preview_says_what_changes_and_applying_does_just_that(
    app: Flask, marek: Any, opens: Any, fields: dict[str, str], column: str, value: Any
) -> None:
    first, second, other = opens("One"), opens("Two"), opens("Three")
    tags = {number: list(stored(app, number).tags) for number in (first, second, other)}
    page = preview(marek, number=[first, second], **fields)
    assert "2 tickets will change" in page
    assert apply(marek).status_code == 200
    assert "2 tickets changed." in marek.page.text
    for number in (first, second):
        expected = [*tags[number], *value] if column == "tags" else value
        assert getattr(stored(app, number), column) == expected
    assert stored(app, other).version == 1


def test_tags_are_added_and_taken_away_without_touching_others(app: Flask, marek: Any, opens: Any) -> None:
    number = opens("VPN", tags=["vpn", "home"])
    preview(marek, number=[number], remove="vpn")
    apply(marek)
    assert "vpn" not in stored(app, number).tags
    assert "home" in stored(app, number).tags


def test_a_ticket_that_somebody_changed_after_the_preview_is_left_alone_and_named(
    app: Flask, marek: Any, ola: Any, opens: Any
) -> None:
    changed, same = opens("One"), opens("Two")
    preview(marek, number=[changed, same], priority="urgent")
    ola.post(f"/agent/tickets/{changed}/tags", tags="mine")
    apply(marek)
    assert "1 ticket changed." in marek.page.text
    assert f"{changed}: Somebody changed it meanwhile." in marek.page.text
    assert (stored(app, changed).priority, stored(app, same).priority) != (4, 4)
    assert stored(app, same).priority == 4


def test_ticked_rows_are_guarded_by_what_the_list_showed(app: Flask, marek: Any, ola: Any, opens: Any) -> None:
    changed, same = opens("One"), opens("Two")
    marek.get("/agent/tickets?queue=unassigned")
    seen = marek.hidden("seen")
    ola.post(f"/agent/tickets/{changed}/tags", tags="mine")
    marek.post("/agent/tickets/bulk", number=[changed, same], seen=seen, assignee="me")
    assert "1 ticket changed." in marek.page.text
    assert f"{changed}: Somebody changed it meanwhile." in marek.page.text
    assert stored(app, changed).assignee_id is None


def test_what_is_so_already_is_said_before_and_not_counted(marek: Any, opens: Any) -> None:
    mine, free = opens("One"), opens("Two")
    marek.post(f"/agent/tickets/{mine}/assign", assignee="me")
    page = preview(marek, number=[mine, free], assignee="me")
    assert "1 ticket will change" in page
    assert "1 ticket is left as it is" in page
    assert re.search(rf"It is so already\. <span[^>]*>{mine}</span>", page)


def test_what_cannot_be_is_explained_before_anything_happens(marek: Any, opens: Any) -> None:
    worked, number = opens("One"), opens("Two")
    marek.post(f"/agent/tickets/{worked}/status", status="open")
    page = preview(marek, number=[worked, number, "HR-1"], status="new")
    assert "0 tickets will change" in page
    assert "cannot become new again" in page
    assert "There is no such ticket." in page
    page = preview(marek, number=[number], assignee="anna.kowalska@meridian.example")
    assert "Anna Kowalska does not work on the desk." in page


def test_what_a_plugin_will_refuse_stands_in_the_preview_with_its_reason(
    app: Flask, marek: Any, opens: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = opens("One"), opens("Two")

    def said(callers: Any, hook: str, questions: Any) -> Foreseen:
        refused = [(Problem("Two people have to agree."),) if two in str(each) else () for each in questions]
        return Foreseen(tuple(refused), ("slow_plugin",))

    monkeypatch.setattr(Callers, "check_beforehand", said)
    page = preview(marek, number=[one, two], status="resolved")
    assert "1 ticket will change" in page
    assert re.search(rf"<li>Two people have to agree\. <span[^>]*>{two}</span></li>", page)
    assert "slow_plugin could not say of every ticket whether it may be changed." in page
    assert stored(app, one).status == "new"
    assert apply(marek).status_code == 200
    assert [stored(app, number).status for number in (one, two)] == ["resolved", "new"]


@pytest.mark.parametrize(
    "fields", [{"priority": "huge"}, {"status": "nowhere"}, {"assignee": "no@one.example"}, {"add": "x" * 100}]
)
def test_a_change_that_makes_no_sense_is_refused_with_the_reason(
    marek: Any, opens: Any, fields: dict[str, str]
) -> None:
    preview(marek, number=[opens()], **fields)
    assert marek.page.status_code == 422
    assert 'id="error-summary"' in marek.page.text


def test_the_buttons_of_the_list_lead_to_the_preview_of_the_ticked_rows(marek: Any, opens: Any) -> None:
    number = opens()
    marek.post("/agent/tickets/bulk", number=[number], step="choose", back="/agent/tickets?queue=mine")
    assert marek.page.request.path == "/agent/tickets/bulk"
    assert "What should change?" in marek.page.text
    assert f'name="number" value="{number}"' in marek.page.text


def test_all_that_match_are_changed_and_nothing_else(app: Flask, marek: Any, opens: Any) -> None:
    chosen = [opens(f"VPN {count}", tags=["vpn"]) for count in range(30)]
    other = opens("Printer jams")
    listed = marek.get("/agent/tickets?q=tag:vpn").text
    link = re.search(r'href="([^"]+)">Change all 30 that match', listed)
    assert link is not None
    marek.get(html.unescape(link[1]))
    assert "Change 30 tickets" in marek.page.text
    assert "Tag: vpn" in marek.page.text
    preview(marek, scope="all", q="tag:vpn", priority="urgent")
    apply(marek)
    assert {stored(app, number).priority for number in chosen} == {4}
    assert stored(app, other).priority != 4


def test_a_query_that_is_not_understood_changes_nothing_at_all(marek: Any, opens: Any) -> None:
    opens()
    for text in ("priority:hgih", 'tag:vpn "printer', "service:nothing", "desk:hr", "word " * 100):
        preview(marek, scope="all", q=text, priority="urgent")
        assert marek.page.status_code == 422, text
        assert "is not understood" in marek.page.text


def test_thousands_are_changed_in_steps_that_end(
    app: Flask, marek: Any, opens: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "STEP", 2)
    monkeypatch.setattr("deskcore.web.workspace.bulk.STEP", 2)
    chosen = [opens(f"VPN {count}", tags=["vpn"]) for count in range(5)]
    page = preview(marek, scope="all", q="tag:vpn", priority="urgent", back="/agent/tickets?queue=mine")
    assert "5 tickets will change" in page
    assert "3 more after that" in page
    for left in (3, 1):
        apply(marek)
        assert marek.page.request.path == "/agent/tickets/bulk"
        assert f"{left} ticket" in marek.page.text
    apply(marek)
    assert marek.page.request.full_path == "/agent/tickets?queue=mine"
    assert {stored(app, number).priority for number in chosen} == {4}


def test_nothing_beyond_what_the_agent_sees_is_changed(app: Flask, marek: Any, opens: Any) -> None:
    number, hidden = opens("VPN", tags=["vpn"]), opens("VPN too", tags=["vpn"])
    with app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        desk = DeskRow(key="hr", prefix="HR", title={"en": "HR", "pl": "Kadry"}, plugin="", statuses=[])
        session.add(desk)
        session.flush()
        session.execute(sa.update(Ticket).where(Ticket.number == hidden).values(desk_id=desk.id))
    preview(marek, scope="all", q="tag:vpn", priority="urgent")
    assert hidden not in marek.page.text
    apply(marek)
    marek.post("/agent/tickets/bulk", number=[hidden], priority="urgent")
    assert f"{hidden}: There is no such ticket." in marek.page.text
    assert (stored(app, number).priority, stored(app, hidden).version) == (4, 1)


def test_a_bulk_change_can_be_undone_together(app: Flask, marek: Any, opens: Any) -> None:
    chosen = [opens("One"), opens("Two")]
    marek.post("/agent/tickets/bulk", number=chosen, assignee="me")
    undo = re.search(r'<form method="post" action="(/agent/undo/[^"]+)"', marek.page.text)
    assert undo is not None
    marek.post(html.unescape(undo[1]))
    assert {stored(app, number).assignee_id for number in chosen} == {None}
    assert set(chosen) <= set(numbers(marek.get("/agent/tickets?queue=unassigned").text))


def test_a_form_without_rows_or_without_a_change_does_nothing(marek: Any, opens: Any) -> None:
    assert "Tick the tickets first." in marek.post("/agent/tickets/bulk", priority="urgent").text
    assert marek.post("/agent/tickets/bulk", number=[opens()]).status_code == 422
    assert marek.post("/agent/tickets/bulk", step="apply", seen="x IT-1:y", priority="urgent").status_code == 200
