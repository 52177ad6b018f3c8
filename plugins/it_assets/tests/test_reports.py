"""Reports: what there is and what it is worth, what has to be replaced, and who has how much."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from deskcore.plugin import now

from .conftest import OSKAR, RITA, Store


def text_of(html: str) -> str:
    main = html.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("\u00a0", " ")


def test_what_there_is_is_counted_by_state_age_category_and_place(store: Store) -> None:
    today = now().date()
    for number in range(3):
        bought = str(today - timedelta(days=400 * number + 370))
        store.add(f"NB-{number}", bought_on=bought, price="3600", currency="PLN", location="Depot")
    store.asks_for_an_answer(months=36)
    store.add("MON-1", model="U27", category="Monitors", price="100", currency="EUR")
    store.add("OLD", price="1", currency="PLN")
    store.step("retire", "OLD")
    said = text_of(store.browser("agent").get("/reports/equipment").text)
    assert "Cost 100 EUR, 10,800 PLN" in said
    assert re.search(r"Notebooks 3 10,800.00 PLN 3,\d00.00 PLN", said)
    assert re.search(r"Retired 1 1.00 PLN", said)
    assert "Depot 3" in said
    assert "not known 1" in said
    assert "Items 4" in said
    table = store.browser("agent").get("/reports/equipment.csv?table=category").text
    assert '"Notebooks","3","10800.0"' in table
    assert "Notebooks 3" not in text_of(store.browser("other_agent").get("/reports/equipment").text)


def test_what_ends_within_a_year_is_planned_month_by_month(store: Store) -> None:
    today = now().date()
    price = {"price": "5000", "currency": "PLN"}
    store.add("SOON", ends_on=str(today + timedelta(days=40)), **price)
    store.add("OVER", ends_on=str(today - timedelta(days=40)), **price)
    store.add("LATER", ends_on=str(today + timedelta(days=900)), **price)
    store.add("OFF", bought_on=str(today - timedelta(days=1000)), **price)
    store.asks_for_an_answer(months=36)
    said = text_of(store.browser("agent").get("/reports/replacements").text)
    assert "To be replaced 3" in said
    assert "15,000 PLN" in said
    assert "overdue 1 5,000.00 PLN" in said
    assert f"{today + timedelta(days=40):%Y-%m} 1 5,000.00 PLN" in said


def test_who_has_how_much_is_summed_for_people_and_departments(store: Store) -> None:
    for tag, who in (("A", RITA), ("B", RITA), ("C", OSKAR)):
        store.add(tag, price="1000", currency="PLN")
        store.give(tag, to=who)
    page = store.browser("agent").get("/reports/equipment-people").text
    assert re.search(r"Rita Requester 2 2,000.00 PLN .*Oskar \w+ 1 1,000.00 PLN", text_of(page))
    assert "rita@organisation.example" in page


def test_the_page_about_a_person_shows_what_they_have(
    store: Store, query_budget: Callable[[int], AbstractContextManager[object]]
) -> None:
    store.add("NB-1", name="Laptop R")
    store.give("NB-1")
    page = f"/agent/people/{RITA}"
    browser = store.browser("agent")
    browser.get(page)
    with query_budget(20):
        agent = browser.get(page).text
    assert "NB-1 · Laptop R" in agent
    assert "/x/it_assets/protocol?tag=NB-1" in agent
    assert "NB-1" not in store.browser("other_agent").get(page).text
    store.take("NB-1")
    assert "it_assets-equipment" not in store.browser("agent").get(page).text
