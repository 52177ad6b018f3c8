"""The ticket's page as it is read: what is new, what is loaded later, what is similar, what comes next."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.extensions import db
from deskcore.hooks.contributions import PanelRow
from deskcore.hooks.contributions import Text as Words
from deskcore.hooks.page_parts import TicketPanel
from deskcore.testing import statements
from deskcore.tickets.agent_models import TicketRead
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.web.workspace.test_workspace_slots import failures, raising
from tests.web.workspace.test_workspace_ticket import does, write


def reads(agent: Any, number: str) -> None:
    """Open the ticket, and let the page say how far it was read."""
    agent.get(f"/agent/tickets/{number}")
    assert agent.post(f"/agent/tickets/{number}/read", version=agent.hidden("version")).status_code == 204


def marks(app: Flask) -> list[int]:
    with app.app_context(), acting_as(SYSTEM) as session:
        return list(session.scalars(sa.select(TicketRead.seq)))


def test_what_was_written_since_ones_last_visit_is_marked(app: Flask, marek: Any, opens: Any) -> None:
    number = opens()
    reads(marek, number)
    write(app, number, 2)
    page = marek.get(f"/agent/tickets/{number}").text
    first_new = page.index("Message 0.")
    assert page.index('id="unread"') < first_new
    assert page.count('id="unread"') == 1
    assert "2 new messages" in page
    assert 'href="#unread"' in page
    reads(marek, number)
    assert 'id="unread"' not in marek.get(f"/agent/tickets/{number}").text


def test_ones_own_words_and_what_was_never_opened_are_not_new(app: Flask, marek: Any, opens: Any) -> None:
    number, other = opens(), opens()
    reads(marek, number)
    assert 'id="unread"' not in does(marek, number, "note", body="My own note")
    write(app, other, 2)
    assert 'id="unread"' not in marek.get(f"/agent/tickets/{other}").text


def test_nothing_new_is_folded_away(app: Flask, marek: Any, opens: Any) -> None:
    number = opens()
    write(app, number, 10)
    reads(marek, number)
    write(app, number, 30)
    page = marek.get(f"/agent/tickets/{number}").text
    folded = re.search(r'<details class="fold-all">.*?</ol></details>', page, re.DOTALL)
    assert folded is not None
    assert 'id="unread"' not in folded[0]
    assert "Message 9." in folded[0]
    assert "30 new messages" in page


def test_looking_at_a_page_writes_nothing(app: Flask, marek: Any, opens: Any) -> None:
    marek.get(f"/agent/tickets/{opens()}")
    assert marks(app) == []


def test_a_mark_never_goes_back_and_never_ahead_of_the_ticket(app: Flask, marek: Any, opens: Any) -> None:
    number = opens()
    write(app, number, 3)
    for seen in ("1-3", "1-1", "1-9999999", "nonsense", ""):
        assert marek.post(f"/agent/tickets/{number}/read", version=seen).status_code == 204
    newest = marks(app)
    write(app, number, 1)
    assert newest == marks(app)
    assert "1 new message" in marek.get(f"/agent/tickets/{number}").text


def test_what_one_does_not_see_cannot_be_marked_as_read(app: Flask, marek: Any) -> None:
    assert marek.post("/agent/tickets/IT-999999/read", version="1-1").status_code == 404
    assert marks(app) == []


def panel(rows: Callable[..., Any], key: str, opened: bool = True) -> TicketPanel:
    return TicketPanel(key, Words(f"Panel {key}", f"Panel {key}"), rows, opened)


def test_a_closed_panel_is_filled_when_it_is_opened_and_not_before(marek: Any, opens: Any, adds: Any) -> None:
    asked: list[str] = []

    def rows(ticket: Any, viewer: Any) -> list[PanelRow]:
        asked.append(ticket.number)
        return [PanelRow("ThinkPad T14")]

    plugin = adds("register_ticket_panels", panel(rows, "extra", opened=False))
    number = opens()
    page = marek.get(f"/agent/tickets/{number}").text
    assert "Panel extra" in page
    assert "ThinkPad T14" not in page
    assert asked == []
    assert "ThinkPad T14" in marek.get(f"/agent/tickets/{number}/panels/{plugin}/extra").text
    link = re.search(rf'href="([^"]*panel={plugin}-extra[^"]*)"', page)
    assert link is not None
    assert "ThinkPad T14" in marek.get(link[1].replace("&amp;", "&")).text


def test_only_the_first_two_panels_are_filled_at_once(marek: Any, opens: Any, adds: Any) -> None:
    for key in ("one", "two", "three", "four"):
        adds("register_ticket_panels", panel(lambda ticket, viewer: [PanelRow("Row of a panel")], key))
    page = marek.get(f"/agent/tickets/{opens()}").text
    assert len(re.findall(r'<details class="panel" id="panel-[^"]+" open>', page)) == 2
    assert "Row of a panel" in page
    assert "Panel four" in page


def test_a_panel_that_fails_when_it_is_opened_is_named_and_recorded(
    app: Flask, marek: Any, opens: Any, adds: Any
) -> None:
    plugin = adds("register_ticket_panels", panel(raising, "extra", opened=False))
    answer = marek.get(f"/agent/tickets/{opens()}/panels/{plugin}/extra")
    assert answer.status_code == 200
    assert f"The plugin {plugin} could not show this." in answer.text
    assert "panel extra" in failures(app, plugin)


def test_a_panel_that_nobody_has_is_not_found(marek: Any, opens: Any) -> None:
    number = opens()
    assert marek.get(f"/agent/tickets/{number}/panels/nobody/extra").status_code == 404
    assert marek.get("/agent/tickets/IT-999999/panels/nobody/extra").status_code == 404
    assert marek.get(f"/agent/tickets/{number}?panel=nonsense").status_code == 200


def test_similar_open_tickets_of_the_requester_can_be_linked_at_once(marek: Any, opens: Any) -> None:
    alike, other = opens("VPN drops in the train"), opens("Mouse is broken")
    opens("VPN drops too", by="jan.wojcik")
    number = opens("The VPN drops every hour")
    page = marek.get(f"/agent/tickets/{number}").text
    assert "Anna Kowalska has 1 similar open ticket." in page
    assert f'name="other" value="{alike}"' in page
    assert f'name="other" value="{other}"' not in page
    assert "similar open ticket" not in does(marek, number, "link", other=alike, kind="related")


def test_the_page_costs_the_same_with_similar_tickets_marks_and_a_list(app: Flask, marek: Any, opens: Any) -> None:
    number = opens("VPN drops")
    with app.app_context():
        engine = db.engine
    with statements(engine) as plain:
        marek.get(f"/agent/tickets/{number}?queue=open")
    for _ in range(5):
        opens("VPN drops")
    reads(marek, number)
    write(app, number, 5)
    with statements(engine) as full:
        marek.get(f"/agent/tickets/{number}?queue=open")
    assert len(full) == len(plain) <= 13


def test_the_next_ticket_is_taken_and_opened_in_the_list_it_came_from(marek: Any, opens: Any) -> None:
    number, other = opens(), opens()
    page = marek.post("/agent/next?queue=unassigned").text
    assert f"{number} is yours now." in page
    assert "Marek Nowak took it" in page
    assert re.search(rf'href="/agent/tickets/{other}\?queue=unassigned"', page)


def test_an_empty_list_says_so_and_is_shown(marek: Any, opens: Any) -> None:
    opens()
    empty = marek.post("/agent/next?q=priority:urgent")
    assert "All clear" in empty.text
    assert "yours now" in marek.post("/agent/next").text
    assert "All clear" in marek.post("/agent/next").text


@pytest.mark.parametrize("address", ["?q=%22unbalanced", "?q=odd:x&sort=zzz&after=zzz", "?view=none", "?endpoint=x"])
def test_a_strange_list_breaks_nothing(marek: Any, address: str) -> None:
    assert marek.post(f"/agent/next{address}").status_code == 200


def test_a_ticket_leads_on_in_a_list_that_a_text_asks_for(marek: Any, opens: Any) -> None:
    first, _between, last = opens("VPN one"), opens("Mouse"), opens("VPN two")
    page = marek.get(f"/agent/tickets/{last}?q=is:unsolved vpn").text
    assert re.search(rf'href="/agent/tickets/{first}\?q=[^"]+"[^>]*aria-label="Next ticket"', page)
    assert "Mouse" not in page.partition("<aside")[0]
