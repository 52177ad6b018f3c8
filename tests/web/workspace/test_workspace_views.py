"""Saved views: lists with a name, found by those they are shared with, and by nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from deskcore.people.services import find_person, grant
from tests.web.workspace.test_workspace_query import box
from tests.web.workspace.test_workspace_queue import numbers


def save(browser: Any, name: str, q: str = "is:unsolved tag:vpn", **more: Any) -> str:
    """Save a view and return its key."""
    fields = {"name": name, "q": q, "sort": "-updated", "limit": "25", "columns": "", "sharing": "me"} | more
    browser.post("/agent/views", **fields)
    found = re.search(r"view=([\w-]+)", browser.page.request.full_path)
    assert found is not None, browser.page.text
    return found[1]


@pytest.fixture
def boss(app: Flask, browser: Callable[[str], Any]) -> Any:
    """An administrator who works on the IT desk as well."""
    with app.app_context():
        person = find_person("admin@meridian.example")
        assert person is not None
        grant(person, "it")
    return browser("admin")


def test_a_list_is_saved_with_its_name_order_columns_and_length(marek: Any, opens: Any) -> None:
    number = opens("VPN drops", tags=["vpn"])
    listed = marek.get("/agent/tickets?q=is:unsolved+tag:vpn&sort=-created&limit=50&columns=status,created").text
    link = re.search(r'class="chip" href="(/agent/views/new[^"]+)"', listed)
    assert link is not None
    form = marek.get(link[1].replace("&amp;", "&")).text
    values = dict(re.findall(r'name="(sort|limit|columns|q)"[^>]*value="([^"]*)"', form))
    assert values == {"q": "is:unsolved tag:vpn", "sort": "-created", "limit": "50", "columns": "status,created"}
    key = save(marek, "VPN, this week", **values)
    page = marek.get(f"/agent/tickets?view={key}").text
    assert "<h1>VPN, this week</h1>" in page
    assert numbers(page) == [number]
    assert re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([A-Z]\w+)', page) == ["Subject", "Status", "Created"]


def test_the_side_list_counts_views_and_gives_the_first_nine_a_key(marek: Any, opens: Any) -> None:
    opens("VPN drops", tags=["vpn"])
    for place in range(1, 11):
        save(marek, f"View {place:02}")
    page = marek.get("/agent/tickets?queue=mine").text
    keys = re.findall(r'data-command="views-(\d)"[^>]*>.*?(View \d\d)<span class="n">1</span>', page)
    assert keys[:9] == [(str(place), f"View {place:02}") for place in range(1, 10)]
    assert "View 10" in page


def test_a_view_that_was_changed_in_the_address_offers_to_keep_the_changes(marek: Any, opens: Any) -> None:
    opens("VPN drops", tags=["vpn"])
    key = save(marek, "VPN")
    page = marek.get(f"/agent/tickets?view={key}&q=tag:vpn+is:solved").text
    assert box(page) == "tag:vpn is:solved"
    link = re.search(rf'href="(/agent/views/{key}\?[^"]+)"', page)
    assert link is not None
    form = marek.get(link[1].replace("&amp;", "&")).text
    assert 'value="tag:vpn is:solved"' in form
    version = marek.hidden("version")
    marek.post(f"/agent/views/{key}", name="VPN, done", q="tag:vpn is:solved", version=version, sharing="me")
    assert "<h1>VPN, done</h1>" in marek.get(f"/agent/tickets?view={key}").text
    assert box(marek.page.text) == "tag:vpn is:solved"


def test_nobody_else_finds_a_view_of_ones_own(marek: Any, ola: Any) -> None:
    key = save(marek, "Only for me")
    assert "Only for me" not in ola.get("/agent/tickets?queue=open").text
    hidden, missing = ola.get(f"/agent/tickets?view={key}").text, ola.get("/agent/tickets?view=nowhere").text
    assert '<mark class="tag">view=' in hidden
    assert len(hidden.replace(key, "nowhere")) == pytest.approx(len(missing), abs=200)
    for path in (f"/agent/views/{key}", "/agent/views/nowhere"):
        assert ola.get(path).status_code == 404
    assert ola.post(f"/agent/views/{key}/delete").status_code == 404


def test_a_lead_shares_with_the_desk_and_an_agent_may_not(marek: Any, ola: Any) -> None:
    assert "IT support" not in re.sub(r"(?s)<nav.*?</nav>", "", marek.get("/agent/views/new?q=").text)
    assert marek.post("/agent/views", name="For us", q="", sharing="desk:it").status_code == 403
    key = save(ola, "For us", sharing="desk:it")
    assert "For us" in marek.get("/agent/tickets?queue=open").text
    assert marek.get(f"/agent/tickets?view={key}").status_code == 200
    assert marek.get(f"/agent/views/{key}").status_code == 403
    assert marek.post(f"/agent/views/{key}/delete").status_code == 403
    assert ola.post("/agent/views", name="For all", q="", sharing="all").status_code == 403


def test_an_administrator_shares_with_every_agent(boss: Any, marek: Any) -> None:
    key = save(boss, "For every desk", sharing="all")
    assert "For every desk" in marek.get("/agent/tickets?queue=open").text
    assert marek.get(f"/agent/views/{key}").status_code == 403


def test_a_view_without_a_name_is_not_saved_and_keeps_what_was_typed(marek: Any) -> None:
    page = marek.post("/agent/views", name="  ", q="tag:vpn", sharing="me")
    assert page.status_code == 422
    assert "Give the view a name" in page.text
    assert "<title>Error:" in page.text
    assert 'value="tag:vpn"' in page.text
    assert marek.post("/agent/views", name="x" * 100, q="", sharing="me").status_code == 422


def test_the_same_form_sent_twice_saves_one_view(marek: Any) -> None:
    marek.get("/agent/views/new?q=tag:vpn")
    key = marek.hidden("idempotency_key")
    assert save(marek, "Once", idempotency_key=key) == save(marek, "Once", idempotency_key=key)
    assert marek.get("/agent/views").text.count('class="subj"') == 1


def test_two_who_change_a_view_do_not_overwrite_each_other(marek: Any) -> None:
    key = save(marek, "VPN")
    marek.get(f"/agent/views/{key}")
    version = marek.hidden("version")
    marek.post(f"/agent/views/{key}", name="First", q="tag:vpn", version=version, sharing="me")
    page = marek.post(f"/agent/views/{key}", name="Second", q="tag:other", version=version, sharing="me")
    assert page.status_code == 409
    assert "It is now called “First” and shows: tag:vpn" in page.text
    assert 'value="Second"' in page.text
    assert 'value="tag:other"' in page.text


def test_a_deleted_view_is_gone_and_no_ticket_with_it(marek: Any, opens: Any) -> None:
    number = opens("VPN drops", tags=["vpn"])
    key = save(marek, "VPN")
    assert "The view “VPN” was deleted." in marek.post(f"/agent/views/{key}/delete").text
    assert "VPN</a>" not in marek.get("/agent/views").text
    assert number in numbers(marek.get("/agent/tickets?queue=open").text)


def test_a_view_whose_plugin_is_off_opens_and_says_what_it_left_out(marek: Any, opens: Any) -> None:
    number = opens("VPN drops", tags=["vpn"])
    key = save(marek, "With warranty", q="tag:vpn warranty:expired", columns="status,fleet.warranty")
    page = marek.get(f"/agent/tickets?view={key}")
    assert page.status_code == 200
    assert numbers(page.text) == [number]
    assert "column fleet.warranty" in page.text
    assert "warranty:expired" in page.text
    assert "No filter has this name" in page.text
