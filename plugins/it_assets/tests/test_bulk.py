"""One thing done with many: tried row by row, then done with all that were tried, or with none."""

from __future__ import annotations

import re
from typing import Any

import pytest
from deskcore_it_assets import bulk, history
from deskcore_it_assets.bulk import Order

from deskcore.plugin import Conflict, NotFound, Refused

from .conftest import AGENT, RITA, STRANGER, Store

BULK = "/x/it_assets/bulk"


def rows(store: Store, order: Order, *tags: str) -> dict[str, tuple[str, str]]:
    with store.open():
        return {row.tag: (row.after, row.problem) for row in bulk.tried(order, tags, AGENT)}


def do(store: Store, order: Order, *tags: str) -> int:
    with store.open():
        return bulk.done(order, {tag: store_version(store, tag) for tag in tags}, AGENT)


def store_version(store: Store, tag: str) -> int:
    return store.asset(tag).version


def test_what_is_shown_first_is_what_happens(store: Store) -> None:
    for tag in ("A", "B", "C"):
        store.add(tag, location="Depot")
    store.step("retire", "C")
    order = Order("hand_over", person=RITA, condition="new")
    shown = rows(store, order, "A", "B", "C")
    assert shown["A"] == ("In use · Rita Requester", "")
    assert shown["C"] == ("", "C is not in stock: it cannot be handed over.")
    assert store.asset("A").state == "stock"
    with store.open():
        assert len(history.history_of(store.asset("A"))) == 1
    assert do(store, order, "A", "B") == 2
    assert [store.asset(tag).state for tag in ("A", "B", "C")] == ["assigned", "assigned", "retired"]


@pytest.mark.parametrize(
    ("order", "before", "after"),
    [
        (Order("take_back", location="Shelf 2"), "assigned", ("stock", "Shelf 2")),
        (Order("lose", note="not found"), "assigned", ("lost", "Depot")),
        (Order("move", location="Shelf 3"), "stock", ("stock", "Shelf 3")),
        (Order("hand_over", location="Room 5"), "stock", ("assigned", "Depot")),
        (Order("retire"), "stock", ("retired", "Depot")),
    ],
)
def test_each_action_is_done_with_all(store: Store, order: Order, before: str, after: tuple[str, str]) -> None:
    for tag in ("A", "B"):
        store.add(tag, location="Depot")
    if before == "assigned":
        store.give("A", "B")
    assert do(store, order, "A", "B") == 2
    for tag in ("A", "B"):
        asset = store.asset(tag)
        assert (asset.state, asset.location.name if asset.location else "") == after


def test_nothing_is_done_when_one_was_changed_meanwhile_or_refuses(store: Store) -> None:
    store.add("A")
    store.add("B")
    seen = {tag: store_version(store, tag) for tag in ("A", "B")}
    store.step("repair", "B")
    with store.open():
        with pytest.raises(Conflict, match="B"):
            bulk.done(Order("retire"), seen, AGENT)
        with pytest.raises(Refused):
            bulk.done(Order("repair"), {tag: store_version(store, tag) for tag in ("A", "B")}, AGENT)
        with pytest.raises(NotFound):
            bulk.done(Order("retire"), {"A": seen["A"]}, STRANGER)
    assert [store.asset(tag).state for tag in ("A", "B")] == ["stock", "service"]


@pytest.mark.parametrize(
    "order",
    [Order("explode"), Order("hand_over"), Order("hand_over", person=RITA, location="x"), Order("move"),
     Order("retire", note="x" * 201)],
)  # fmt: skip
def test_an_order_that_cannot_be_meant_is_refused(store: Store, order: Order) -> None:
    store.add("A")
    with store.open(), pytest.raises(Refused):
        bulk.tried(order, ["A"], AGENT)


def test_a_filtered_list_is_worked_through_in_the_browser(store: Store) -> None:
    for number in range(3):
        store.add(f"NB-{number}", location="Depot")
    store.add("MON-1", model="U27", category="Monitors")
    store.step("retire", "NB-2")
    agent = store.browser("agent")
    page = agent.get(f"{BULK}?all=yes&q=notebooks&show=all&do=move").text
    tags = re.findall(r'name="tag" value="([^"]+)"', page.partition('method="post"')[2])
    assert sorted(set(tags)) == ["NB-0", "NB-1"]
    form: dict[str, Any] = {"do": "hand_over", "tag": ["NB-0", "NB-1", "NB-2"], "person": RITA}
    look = agent.post(BULK, data={**form, "action": "look"}).text
    assert "1 item is left out" in look
    assert "Do it with 2 items" in look
    versions = re.findall(r'name="version" value="(\d+)"', look)
    assert agent.post(BULK, data={"do": "move", "tag": "NB-0"}).status_code == 422
    done = {**form, "tag": ["NB-0", "NB-1"], "version": versions, "action": "do"}
    answer = agent.post(BULK, data=done)
    assert answer.status_code == 303
    assert "Protokół przekazania" in agent.get(answer.location).text
    assert agent.post(BULK, data=done).status_code == 409
    assert agent.get(f"{BULK}?tag=NB-0&do=labels").location.startswith("/x/it_assets/labels?")
