"""Those who look after equipment find it, hand it over and take it back in the browser."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from deskcore_it_assets.custody import Terms

from deskcore.plugin import now
from deskcore.testing import Canary

from .conftest import RITA, Store

LIST = "/x/it_assets/assets"


def test_a_thing_is_written_down_handed_over_and_taken_back_in_the_browser(store: Store) -> None:
    agent = store.browser("agent")
    form = {"tag": "NB-1", "desk": "plain", "state": "stock", "model": "T14", "price": "4999", "currency": "PLN"}
    assert agent.post("/x/it_assets/new", data=form).status_code == 303
    given = {"tag": "NB-1", "kind": "person", "person": RITA, "condition": "new"}
    answer = agent.post("/x/it_assets/hand-over", data=given, follow_redirects=True)
    assert "Rita Requester" in answer.text
    assert "4,999.00 PLN".replace(" ", "\u00a0") in answer.text
    taken = {"condition": "dirty", "to": "service", "version": str(store.asset().version)}
    page = agent.post("/x/it_assets/take-back/NB-1", data=taken, follow_redirects=True).text
    assert "In repair" in page
    assert "dirty" in page
    page = agent.post(f"{LIST}/NB-1", data={"action": "repaired"}, follow_redirects=True).text
    assert "Back from repair" in page


def test_what_is_wrong_in_a_form_is_named_and_what_was_typed_stays(store: Store) -> None:
    agent = store.browser("agent")
    answer = agent.post("/x/it_assets/new", data={"tag": "NB-1", "price": "cheap", "name": "My laptop"})
    assert answer.status_code == 422
    assert 'value="My laptop"' in answer.text
    assert 'href="#a-price"' in answer.text
    store.add()
    answer = agent.post("/x/it_assets/hand-over", data={"tag": "NB-1", "person": "nobody@x.example", "note": "typed"})
    assert answer.status_code == 422
    assert 'value="typed"' in answer.text
    assert 'href="#a-person"' in answer.text


def test_somebody_elses_change_is_not_overwritten(store: Store) -> None:
    store.add()
    agent, seen = store.browser("agent"), store.asset().version
    store.give()
    for url, data in (
        ("/x/it_assets/edit/NB-1", {"tag": "NB-1", "desk": "plain", "name": "Kept text"}),
        (f"{LIST}/NB-1", {"action": "lose"}),
        ("/x/it_assets/take-back/NB-1", {"to": "stock"}),
    ):
        answer = agent.post(url, data={**data, "version": str(seen)})
        assert answer.status_code == 409, url
    assert (
        'value="Kept text"'
        in agent.post(
            "/x/it_assets/edit/NB-1", data={"tag": "NB-1", "desk": "plain", "name": "Kept text", "version": str(seen)}
        ).text
    )


def test_several_ticked_things_go_to_one_person_at_once(store: Store) -> None:
    for tag in ("NB-1", "DOCK/1"):
        store.add(tag)
    agent = store.browser("agent")
    assert "DOCK/1" in agent.get("/x/it_assets/hand-over?tag=NB-1&tag=DOCK/1").text
    agent.post("/x/it_assets/hand-over", data={"tag": ["NB-1", "DOCK/1"], "kind": "person", "person": RITA})
    assert agent.get(f"{LIST}/DOCK/1").text.count("Rita Requester") >= 2
    given = {"tags": "nb-1, dock/1", "kind": "location", "location": "Room 4"}
    agent.post("/x/it_assets/hand-over", data=given)
    page = agent.get(f"{LIST}?q=nb").text
    assert "Room 4" in page
    assert "DOCK/1" not in page


def test_the_list_is_narrowed_by_state_place_and_what_is_overdue(store: Store) -> None:
    store.add("NB-1", location="Depot", warranty_until=str(now().date() + timedelta(days=3)))
    store.add("NB-2")
    store.give("NB-2", terms=Terms(due_on=now().date()))
    agent = store.browser("agent")
    place = store.asset("NB-1").location_id
    for asked, found in (
        ("show=stock", ["NB-1"]), ("show=assigned", ["NB-2"]), (f"place={place}", ["NB-1"]),
        ("show=warranty", ["NB-1"]), ("show=overdue", []), ("show=nonsense", ["NB-1", "NB-2"]),
        ("q=rita", ["NB-2"]), ("after=nb-1", ["NB-2"]), ("category=9999999", []),
    ):  # fmt: skip
        page = agent.get(f"{LIST}?{asked}").text
        assert [tag for tag in ("NB-1", "NB-2") if f"{LIST}/{tag}" in page] == found, asked


def test_nobody_else_sees_the_desks_equipment(store: Store, canary: Canary) -> None:
    store.add()
    assert store.browser("requester").get(LIST).status_code == 403
    stranger = store.browser("other_agent")
    assert "NB-1" not in stranger.get(LIST).text
    assert stranger.get(f"{LIST}/NB-1").status_code == 404
    for url in (f"{LIST}/NB-1", "/x/it_assets/take-back/NB-1", "/x/it_assets/edit/NB-1"):
        assert stranger.post(url, data={"action": "lose"}).status_code == 404, url
    assert store.asset().state == "stock"
    canary.check()


def test_a_page_asks_the_database_no_more_often_for_many_things_than_for_one(
    store: Store, query_budget: Callable[[int], AbstractContextManager[object]]
) -> None:
    for number in range(12):
        store.add(f"NB-{number}", location=f"Room {number}", model=f"M{number}", manufacturer=f"Maker {number}")
    store.give(*(f"NB-{number}" for number in range(5)))
    agent = store.browser("agent")
    for url in (LIST, f"{LIST}?q=nb+maker", f"{LIST}/NB-1", "/x/it_assets/hand-over"):
        agent.get(url)
        with query_budget(12):
            assert agent.get(url).status_code == 200
