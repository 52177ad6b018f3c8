"""Stock: bought, given out, brought back, carried elsewhere and counted; never less than nothing."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from deskcore_it_assets import stock, stocking
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.stocking import Wanted
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from deskcore.extensions import db
from deskcore.plugin import Conflict, NotFound, Refused, unit_of_work
from deskcore.testing import Canary

from .conftest import AGENT, DESK, OSKAR, RITA, STRANGER, Store

LIST = "/x/it_assets/stock"


def given(**more: str) -> dict[str, str]:
    return {"name": "Mouse", "desk": DESK, "returnable": "yes", "minimum": "3", **more}


def item(store: Store, count: int = 5, **more: str) -> str:
    with store.open():
        token = stock.save("", given(**more), AGENT).token
        if count:
            stocking.put_in(token, Wanted(count, "Depot"), AGENT)
        return token


def lying(store: Store, token: str) -> dict[str, int]:
    with store.open():
        return {each.place.name: each.quantity for each in stock.shelves_of(stock.find(token, AGENT))}


def test_accessories_go_to_people_and_come_back(store: Store) -> None:
    token = item(store)
    with store.open():
        stocking.take_out(token, Wanted(2, "depot", RITA, note="new desk"), AGENT)
        stocking.bring_back(token, Wanted(1, "Cellar", RITA), AGENT)
        with pytest.raises(Refused, match="does not have as much"):
            stocking.bring_back(token, Wanted(2, "Cellar", RITA), AGENT)
        with pytest.raises(Refused, match="does not have as much"):
            stocking.bring_back(token, Wanted(1, "Cellar", OSKAR), AGENT)
        found = stock.find(token, AGENT)
        assert [(each.person, each.quantity) for each in stock.lent_of(found)] == [(RITA, 1)]
        assert [(each.kind, each.change, each.remaining) for each in stock.movements_of(found)] == [
            ("back", 1, 1), ("out", -2, 3), ("in", 5, 5),
        ]  # fmt: skip
    assert lying(store, token) == {"Depot": 3, "Cellar": 1}


def test_what_is_used_up_goes_to_a_person_or_a_ticket_and_does_not_come_back(
    store: Store, ticket: Callable[..., Any]
) -> None:
    token, number = item(store, name="Toner", returnable=""), ticket().number
    with store.open():
        stocking.take_out(token, Wanted(1, "Depot", ticket=number), AGENT)
        with pytest.raises(Refused, match="person or the ticket"):
            stocking.take_out(token, Wanted(1, "Depot"), AGENT)
        with pytest.raises(Refused, match="used up"):
            stocking.bring_back(token, Wanted(1, "Depot", RITA), AGENT)
        with pytest.raises(NotFound):
            stocking.take_out(token, Wanted(1, "Depot", ticket="XX-99"), AGENT)
        moved = stock.movements_of(stock.find(token, AGENT))
        assert [ticket.number for ticket in stock.reasons_of(moved).values()] == [number]
    assert number in store.browser("agent").get(f"{LIST}/{token}").text
    assert lying(store, token) == {"Depot": 4}


def test_more_than_there_is_cannot_be_taken_from_a_place(store: Store) -> None:
    token = item(store, count=2)
    with store.open():
        for wanted in (Wanted(3, "Depot", RITA), Wanted(1, "Cellar", RITA)):
            with pytest.raises(Refused, match="Only"):
                stocking.take_out(token, wanted, AGENT)
        with pytest.raises(Refused, match="Only"):
            stocking.move(token, 3, "Depot", "Cellar", AGENT)
        with pytest.raises(IntegrityError), unit_of_work() as work:
            work.execute(text("UPDATE it_assets_shelf SET quantity = -1"))
    assert lying(store, token) == {"Depot": 2}


def test_of_many_who_take_at_the_same_moment_as_many_get_one_as_there_are(store: Store) -> None:
    token, outcomes = item(store, count=3), list[str]()

    def take() -> None:
        try:
            with store.open():
                stocking.take_out(token, Wanted(1, "Depot", RITA), AGENT)
            outcomes.append("got one")
        except Refused:
            outcomes.append("refused")
        finally:
            with store.house.app.app_context():
                db.session.remove()

    threads = [Thread(target=take) for _ in range(5)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["got one"] * 3 + ["refused"] * 2
    assert lying(store, token) == {"Depot": 0}


def test_counting_says_why_the_books_were_wrong_and_carrying_changes_no_total(store: Store) -> None:
    token = item(store)
    with store.open():
        with pytest.raises(Refused, match="why"):
            stocking.correct(token, 4, "Depot", " ", AGENT)
        with pytest.raises(Refused, match="already"):
            stocking.correct(token, 5, "Depot", "counted", AGENT)
        stocking.correct(token, 4, "Depot", "one is broken", AGENT)
        with pytest.raises(Refused, match="another place"):
            stocking.move(token, 1, "Depot", "DEPOT", AGENT)
        stocking.move(token, 4, "Depot", "Cellar", AGENT)
    assert lying(store, token) == {"Cellar": 4, "Depot": 0}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"action": "out", "quantity": "0", "place": "Depot", "person": RITA}, "quantity"),
        ({"action": "out", "quantity": "two", "place": "Depot", "person": RITA}, "quantity"),
        ({"action": "out", "quantity": "1", "place": "", "person": RITA}, "place"),
        ({"action": "out", "quantity": "1", "place": "Depot", "person": "nobody@x.example"}, "person"),
        ({"action": "out", "quantity": "1", "place": "Depot"}, "person"),
        ({"action": "correction", "quantity": "1", "place": "Depot"}, "note"),
        ({"action": "moved", "quantity": "1", "place": "Depot", "to": ""}, "to"),
        ({"action": "in", "quantity": "1", "place": "Depot", "note": "x" * 201}, "note"),
    ],
)
def test_what_is_wrong_in_the_form_is_named_and_what_was_typed_stays(
    store: Store, data: dict[str, str], field: str
) -> None:
    token = item(store)
    answer = store.browser("agent").post(f"{LIST}/{token}", data=data)
    assert (answer.status_code, f'href="#a-{field}"' in answer.text) == (422, True)
    assert f'value="{data["place"]}"' in answer.text
    assert lying(store, token) == {"Depot": 5}


def test_an_item_is_written_down_changed_and_counted_in_the_browser(store: Store, canary: Canary) -> None:
    agent = store.browser("agent")
    assert agent.post(f"{LIST}/new", data=given(name="")).status_code == 422
    page = agent.post(f"{LIST}/new", data=given(category="Mice", price="49", currency="PLN"), follow_redirects=True)
    token = page.request.path.rpartition("/")[2]
    assert "Buy more" in page.text
    assert agent.post(f"{LIST}/new", data=given(name="MOUSE")).status_code == 422
    agent.post(f"{LIST}/{token}", data={"action": "in", "quantity": "7", "place": "Depot"})
    page = agent.post(
        f"{LIST}/{token}", data={"action": "out", "quantity": "1", "place": "Depot", "person": RITA},
        follow_redirects=True,
    ).text  # fmt: skip
    assert "Rita Requester" in page
    assert agent.post(f"{LIST}/{token}/edit", data=given(version="1", returnable="")).status_code == 422
    assert agent.post(f"{LIST}/{token}/edit", data=given(version="1", minimum="9")).status_code == 303
    assert agent.post(f"{LIST}/{token}/edit", data=given(version="1", minimum="8")).status_code == 409
    assert "Mouse" in agent.get(f"{LIST}?show=low&q=mou").text
    assert "Mouse" not in agent.get(f"{LIST}?show=closed").text
    assert store.browser("requester").get(LIST).status_code == 403
    stranger = store.browser("other_agent")
    assert "Mouse" not in stranger.get(LIST).text
    assert stranger.post(f"{LIST}/{token}", data={"action": "in", "quantity": "1", "place": "X"}).status_code == 404
    canary.check()


def test_an_old_page_changes_nothing_and_a_stranger_finds_nothing(store: Store) -> None:
    token = item(store)
    with store.open():
        with pytest.raises(Conflict):
            stock.save(token, given(), AGENT, 99)
        with pytest.raises(NotFound):
            stock.find(token, STRANGER)
        assert not stock.listed(STRANGER)
        assert not stock.listed(Keeper("x@organisation.example"))
