"""Campaigns: what is expected, what a scanner finds of it and beside it, and what closing writes down."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from deskcore_it_assets import campaigns, differences, history
from deskcore_it_assets.audit_models import Campaign
from deskcore_it_assets.catalogue import category_named
from deskcore_it_assets.finding import Filter
from deskcore_it_assets.scanning import code_in

from deskcore.plugin import NotFound, Refused, now, unit_of_work

from .conftest import AGENT, DESK, STRANGER, Store

AUDITS = "/x/it_assets/audits"


@pytest.fixture
def counted(store: Store) -> Campaign:
    """A campaign about five things: one in the depot, two on a shelf, one with Rita, one not expected."""
    store.add("A", location="Depot", serial="SER-A")
    store.add("B", location="Shelf")
    store.add("C", location="Shelf")
    store.add("D")
    store.give("D")
    with store.open():
        made = campaigns.begin("Autumn", DESK, Filter(), AGENT)
    store.add("E")
    return made


def scanned(store: Store, campaign: Campaign, code: str, place: str = "") -> str:
    with store.open():
        return campaigns.outcome_of(campaigns.scan(campaign.token, code, place, AGENT)[0])


def counts(store: Store, campaign: Campaign) -> dict[str, int]:
    with store.open():
        return {key: count for key, count in differences.counts(campaign).items() if count}


def test_what_is_found_missing_misplaced_and_too_many_shows_itself(store: Store, counted: Campaign) -> None:
    assert counts(store, counted) == {"missing": 4}
    found = {
        ("ser-a", "depot"): "found",
        ("https://help.example/equipment/B", "Depot"): "wrong_place",
        ("d", "Room 3"): "found",
        ("E", "Depot"): "unexpected",
        ("WHAT-1", "Depot"): "unknown",
    }
    for (code, place), outcome in found.items():
        assert scanned(store, counted, code, place) == outcome, code
    assert counts(store, counted) == {
        "missing": 1, "found": 2, "wrong_place": 1, "unexpected": 1, "unknown": 1,
    }  # fmt: skip
    assert scanned(store, counted, "B", "Shelf") == "found"
    assert sum(counts(store, counted).values()) == 6


def test_the_database_and_the_page_tell_each_outcome_alike(store: Store, counted: Campaign) -> None:
    for code, place in (("A", "DEPOT"), ("B", "Łódź"), ("E", ""), ("X", "")):
        scanned(store, counted, code, place)
    with store.open():
        told = Counter(campaigns.outcome_of(item) for item in differences.lines(counted, ""))
        assert told == differences.counts(counted)


def test_closing_writes_down_what_was_seen_and_where(store: Store, counted: Campaign) -> None:
    with store.open(), unit_of_work() as work:
        kind = category_named(work, "Notebooks")
        assert kind is not None
        kind.audit_months = 12
    for code, place in (("A", ""), ("B", "Depot"), ("D", "Depot")):
        scanned(store, counted, code, place)
    with store.open():
        differences.close(counted.token, AGENT, put_right=True)
        with pytest.raises(Refused, match="closed"):
            differences.close(counted.token, AGENT, put_right=True)
        with pytest.raises(Refused, match="closed"):
            campaigns.scan(counted.token, "C", "", AGENT)
    today = now().date()
    seen, missing = store.asset("B"), store.asset("C")
    assert (seen.audited_on, seen.location.name if seen.location else "") == (today, "Depot")
    assert seen.audit_on is not None
    assert timedelta(days=360) < seen.audit_on - today < timedelta(days=370)
    assert (missing.audited_on, missing.audit_on) == (None, None)
    assert store.asset("D").location is None
    with store.open():
        line = history.history_of(seen)[0]
    assert (line.kind, line.data["note"]) == ("seen", "Autumn")
    assert line.data["changed"] == {"location": ["Shelf", "Depot"]}


def test_more_can_be_expected_later(store: Store, counted: Campaign) -> None:
    scanned(store, counted, "E")
    store.add("F")
    with store.open():
        assert campaigns.add(counted.token, ["A", "E", "f"], AGENT) == 1
    assert counts(store, counted) == {"missing": 5, "found": 1}


def test_a_campaign_is_its_desks_alone(store: Store, counted: Campaign) -> None:
    with store.open():
        for act in (
            lambda: campaigns.find(counted.token, STRANGER),
            lambda: campaigns.scan(counted.token, "A", "", STRANGER),
            lambda: differences.close(counted.token, STRANGER, put_right=False),
        ):
            with pytest.raises(NotFound):
                act()
        for title, desk, wanted in ((" ", DESK, Filter()), ("x", "none", Filter()), ("x", DESK, Filter(view="lost"))):
            with pytest.raises(Refused):
                campaigns.begin(title, desk, wanted, AGENT)
    assert store.browser("other_agent").get(f"{AUDITS}/{counted.token}").status_code == 404


def test_a_campaign_is_counted_in_the_browser(
    store: Store, query_budget: Callable[[int], AbstractContextManager[object]]
) -> None:
    store.add("=NB-1", location="Depot")
    store.add("NB-2", location="Depot")
    agent = store.browser("agent")
    assert "All" in agent.get(f"{AUDITS}?q=nb").text
    assert agent.post(AUDITS, data={"title": "", "desk": DESK}).status_code == 422
    page = agent.post(AUDITS, data={"title": "Depot 2026", "desk": DESK, "due_on": "2026-12-31"}).location
    scan = {"code": "NB-2", "place": "Depot"}
    answer = agent.post(page, data=scan, follow_redirects=True)
    assert "1 of 2 seen" in answer.text
    assert 'value="Depot"' in answer.text
    assert answer.headers["Permissions-Policy"].startswith("camera=(self)")
    assert "scanned before" in agent.post(page, data=scan, follow_redirects=True).text
    assert agent.post(page, data={"code": " "}).status_code == 422
    agent.post(page, data={"code": "<b>?"})
    with query_budget(12):
        assert "Unknown codes" in agent.get(page).text
    table = agent.get(f"{page}.csv").text
    assert "'=NB-1" in table
    assert re.search(r"NB-2,.*,found,Depot,,Depot,", table)
    agent.post(page, data={"action": "close", "put_right": "yes"})
    assert "The campaign is closed." in agent.get(page).text
    assert agent.post(page, data=scan).status_code == 422


@pytest.mark.parametrize(
    ("text", "code"),
    [(" nb-1 ", "nb-1"), ("https://h.example/equipment/NB%2F1", "NB/1"), ("http://h/x/it_assets/assets/A/B", "A/B"),
     ("https://elsewhere.example/?q=1", "https://elsewhere.example/?q=1"), ("", "")],
)  # fmt: skip
def test_a_scanner_reads_tags_and_addresses(text: str, code: str) -> None:
    assert code_in(text) == code


def test_the_scan_page_leads_to_the_thing(store: Store) -> None:
    store.add(serial="PF3XYZ")
    agent = store.browser("agent")
    page = agent.get("/x/it_assets/scan")
    assert "camera=(self)" in page.headers["Permissions-Policy"]
    assert "camera=()" in agent.get("/x/it_assets/assets").headers["Permissions-Policy"]
    for code in ("nb-1", "pf3xyz", "http://x.example/equipment/NB-1"):
        assert agent.get("/x/it_assets/scan", query_string={"code": code}).location == "/x/it_assets/assets/NB-1"
    assert agent.get("/x/it_assets/scan?code=nothing").status_code == 404
    assert store.browser("other_agent").get("/x/it_assets/scan?code=nb-1").status_code == 404
    seen = agent.post("/x/it_assets/assets/NB-1", data={"action": "seen"}, follow_redirects=True).text
    assert "Noted as seen today." in seen
