"""People see what they have, say whether it arrived, and report a problem with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from deskcore_it_assets import campaigns, history, licences, stock
from deskcore_it_assets.custody import Terms
from deskcore_it_assets.finding import Filter
from deskcore_it_assets.particulars import Wanted
from deskcore_it_assets.worth import months_between, worth_of

from deskcore.plugin import tickets
from deskcore.testing import Pages

from .conftest import AGENT, DESK, OSKAR, RITA, Store
from .test_kits import kit as new_kit

MINE = "/equipment"


def test_people_see_what_is_theirs_and_nothing_else(store: Store) -> None:
    store.add("NB-1", name="Rita's laptop", warranty_until="2031-05-01")
    store.add("NB-2")
    store.give("NB-1")
    store.give("NB-2", to=OSKAR)
    page = store.browser("requester").get(MINE).text
    assert "Rita&#39;s laptop" in page
    assert "1\u00a0May\u00a02031" in page
    assert "NB-2" not in page
    assert "Nothing is assigned to you." in store.browser("lead").get(MINE).text


def test_everything_that_arrived_is_confirmed_in_one_step(store: Store) -> None:
    store.add("NB-1")
    store.asks_for_an_answer()
    store.add("NB-2")
    store.give("NB-1", "NB-2")
    person = store.browser("requester")
    assert "2 items were handed over to you" in person.get("/").text
    assert "Confirm all" in person.get(MINE).text
    assert "2 items are confirmed" in person.post(MINE, data={"action": "accept"}, follow_redirects=True).text
    assert "handed over to you" not in person.get("/").text
    assert "confirmed" in store.browser("agent").get("/x/it_assets/assets/NB-1").text


def test_what_did_not_arrive_is_in_stock_again(store: Store) -> None:
    store.add()
    store.asks_for_an_answer()
    held = store.give(terms=Terms(note="by courier"))
    person = store.browser("requester")
    person.post(MINE, data={"action": "decline", "token": held.token})
    asset = store.asset()
    assert asset.state == "stock"
    with store.open():
        assert [(move.kind, move.by) for move in history.history_of(asset)][:2] == [
            ("declined", RITA), ("handed_over", "agata@organisation.example"),
        ]  # fmt: skip
    assert "Nothing is assigned to you." in person.get(MINE).text


def test_nobody_answers_for_somebody_else_or_twice(store: Store) -> None:
    store.add()
    store.asks_for_an_answer()
    held = store.give()
    other = store.browser("other_requester")
    assert other.post(MINE, data={"action": "decline", "token": held.token}).status_code == 404
    person = store.browser("requester")
    person.post(MINE, data={"action": "accept", "token": held.token})
    assert person.post(MINE, data={"action": "decline", "token": held.token}).status_code == 422
    assert person.post(MINE, data={"action": "decline"}).status_code == 422
    assert store.asset().state == "assigned"


def test_equipment_follows_somebody_to_another_address(store: Store) -> None:
    from deskcore.fingerprints import fingerprint
    from deskcore.people.addresses import change_address

    store.add()
    store.give()
    with store.open():
        change_address(RITA, "rita.new@organisation.example", fingerprint(RITA))
    assert "NB-1" in store.browser("rita.new@organisation.example").get(MINE).text


def test_a_problem_is_reported_with_the_thing_filled_in(
    store: Store, setting: Callable[[str, Any], None], outbox: Callable[[], object]
) -> None:
    store.add()
    store.give()
    person = store.browser("requester")
    assert 'href="/services/other?words=' in person.get(MINE).text
    setting("problem_service", "plain-concern:about")
    [link] = re.findall(r'href="(/services/[^"]+)"', person.get(MINE).text)
    assert 'value="NB-1"' in person.get(link).text
    secret = person.get("/services/plain-concern?answers.secret=hush&answers.none=hush").text
    assert 'value="hush"' not in secret


def test_a_ticket_and_the_things_it_is_about_lead_to_each_other(
    store: Store, ticket: Callable[..., Any], query_budget: Callable[[int], AbstractContextManager[object]]
) -> None:
    store.add("NB-1")
    store.add("NB-2")
    store.add("NB-3")
    store.give("NB-1")
    number = ticket(about="The lid is broken").number
    agent = store.browser("agent")
    panel = f"/agent/tickets/{number}/panels/it_assets/equipment"
    beside = agent.get(panel).text
    assert "NB-1" in beside
    assert "NB-3" not in beside
    agent.post("/x/it_assets/assets/NB-3", data={"action": "tie", "ticket": number})
    form = agent.get(f"/x/it_assets/hand-over?person={RITA}&ticket={number}").text
    assert f'value="{number}"' in form
    given = {"tags": "NB-2", "kind": "person", "person": RITA, "ticket": number}
    agent.post("/x/it_assets/hand-over", data=given)
    beside = agent.get(panel).text
    assert all(tag in beside for tag in ("NB-1", "NB-2", "NB-3"))
    assert "The lid is broken" in agent.get("/x/it_assets/assets/NB-2").text
    answer = agent.post("/x/it_assets/hand-over", data={**given, "tags": "NB-3", "ticket": "PLAIN-99"})
    assert answer.status_code == 404
    assert store.asset("NB-3").state == "stock"


def test_a_request_is_resolved_by_handing_something_over_or_nothing_happens_at_all(
    store: Store, ticket: Callable[..., Any]
) -> None:
    store.add("NB-1")
    store.add("OLD-1")
    store.step("retire", "OLD-1")
    number = ticket(about="A laptop, please").number
    agent = store.browser("agent")

    def state() -> str:
        with store.open():
            return str(tickets.read(number).ticket.status_category)

    given = {"kind": "person", "person": RITA, "ticket": number, "resolve": "yes"}
    assert agent.post("/x/it_assets/hand-over", data={**given, "tags": "NB-1 OLD-1"}).status_code == 422
    assert (state(), store.asset("NB-1").state) == ("new", "stock")
    assert agent.post("/x/it_assets/hand-over", data={**given, "tags": "NB-1"}).status_code == 303
    assert (state(), store.asset("NB-1").state) == ("resolved", "assigned")
    store.add("NB-2")
    agent.post(f"/agent/tickets/{number}/status", data={"status": "closed"})
    again = agent.post("/x/it_assets/hand-over", data={**given, "tags": "NB-2", "ticket": "PLAIN-77"})
    assert again.status_code == 404
    assert store.asset("NB-2").state == "stock"


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [("2025-01-31", "2025-02-28", 0), ("2025-01-31", "2025-03-31", 2), ("2025-05-01", "2025-01-01", 0)],
)
def test_whole_months_are_written_off(first: str, last: str, months: int) -> None:
    assert months_between(date.fromisoformat(first), date.fromisoformat(last)) == months


def test_a_price_is_written_off_in_equal_parts_and_never_below_nothing(store: Store) -> None:
    store.add(bought_on="2025-01-15", price="3600", currency="PLN")
    store.asks_for_an_answer(months=36)
    asset = store.asset()
    for day, worth in (("2025-01-20", "3,600.00 PLN"), ("2026-01-15", "2,400.00 PLN"), ("2031-01-01", "0.00 PLN")):
        found = worth_of(asset, date.fromisoformat(day))
        assert found is not None
        assert found.now.replace("\u00a0", " ") == worth


def test_its_pages_can_be_used_by_everybody_in_both_languages(store: Store, pages: Pages) -> None:
    store.add("NB-1", name="Laptop X", notes="Scratched lid", bought_on="2025-01-15", price="3600", currency="PLN")
    store.add("NB-2", name="Laptop Y", supplier="Morele", order_number="ZAM/7", location="Depot")
    store.asks_for_an_answer()
    store.give("NB-1", terms=Terms(condition="as new", note="by courier"))
    store.give("NB-2", to="NB-1", kind="asset")
    typed = ("Laptop X", "Laptop Y", "NB-1", "NB-2", "ThinkPad X1", "Lenovo", "Notebooks", "Depot", "Scratched lid",
             "as new", "by courier", "Morele", "ZAM/7", "Agata Agent", "Rita Requester", "Zgłoś sprawę",
             "Czego dotyczy?", "PLN")  # fmt: skip
    with store.open():
        campaign = campaigns.begin("Autumn", DESK, Filter(), AGENT)
    kit = new_kit(store, "NB-3")
    with store.open():
        licence, item = licences.listed(AGENT)[0].token, stock.listed(AGENT)[0].item.token
    names = {"licence_token": licence, "item_token": item, "kit_token": kit, "campaign": campaign.token}
    typed = (*typed, "Autumn", "Przegląd", "Office", "Mouse", "First day", "Cellar", "notebooks", "office", "mouse")
    pages.check(tag="NB-1", field="pin", typed=(*typed, "NB-3"), **names)
    assert Wanted("x").state == "stock"
