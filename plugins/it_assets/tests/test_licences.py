"""Licences: never more seats than were bought, a key that only a click shows, and what a subscription costs."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
from deskcore_it_assets import entries, licences, secrets
from deskcore_it_assets.care_models import Secret
from deskcore_it_assets.licence_models import Licence
from deskcore_it_assets.licences import Holder
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from deskcore import audit
from deskcore.extensions import db
from deskcore.plugin import Conflict, NotFound, Refused, session, unit_of_work
from deskcore.testing import Canary

from .conftest import AGENT, DESK, OSKAR, RITA, STRANGER, Store

LIST = "/x/it_assets/licences"


def given(**more: str) -> dict[str, str]:
    plain = {"name": "Office", "desk": DESK, "kind": "subscription", "months": "12", "per": "seat", "seats": "2"}
    return {**plain, "price": "100.00", "currency": "PLN", "reassigned": "yes", **more}


def licence(store: Store, **more: str) -> str:
    with store.open():
        return licences.save("", given(**more), AGENT).token


def assign(store: Store, token: str, person: str = "", tag: str = "") -> str:
    with store.open():
        return licences.assign(token, Holder(person, tag), AGENT).token


def test_seats_go_to_people_and_items_until_none_is_left(store: Store) -> None:
    token = licence(store)
    store.add()
    seat = assign(store, token, RITA)
    assign(store, token, tag="nb-1")
    with pytest.raises(Refused, match="All seats"):
        assign(store, token, OSKAR)
    with store.open():
        assert licences.give_back(seat, AGENT).free == 1
    assign(store, token, OSKAR)
    with store.open():
        found = licences.find(token, AGENT)
        assert [each.kind for each in entries.entries_of(found)] == [
            "assigned", "given_back", "assigned", "assigned", "added",
        ]  # fmt: skip
        assert {each.holder for each in licences.seats_of(found)} == {"NB-1", "Oskar Otherwise"}


def test_the_same_person_has_one_seat_and_a_seat_for_the_first_one_only_is_used_up(store: Store) -> None:
    token = licence(store, reassigned="")
    seat = assign(store, token, RITA)
    with pytest.raises(Refused, match="already"):
        assign(store, token, RITA)
    with store.open():
        assert licences.give_back(seat, AGENT).free == 1
    assign(store, token, OSKAR)
    with pytest.raises(Refused, match="All seats"):
        assign(store, token, RITA)


@pytest.mark.parametrize(
    ("more", "cost"),
    [
        ({}, 200_00), ({"months": "1"}, 2400_00), ({"per": "all"}, 100_00), ({"seats": ""}, 100_00),
        ({"kind": "perpetual"}, 200_00), ({"price": "", "currency": ""}, None), ({"months": "36"}, 66_67),
    ],
)  # fmt: skip
def test_what_a_licence_costs_in_a_year(store: Store, more: dict[str, str], cost: int | None) -> None:
    token = licence(store, **more)
    assign(store, token, RITA)
    with store.open():
        assert licences.yearly(licences.find(token, AGENT)) == cost


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"), ({"seats": "0"}, "seats"), ({"seats": "many"}, "seats"), ({"months": ""}, "months"),
        ({"price": "-1"}, "price"), ({"currency": "zł"}, "currency"), ({"ends_on": "tomorrow"}, "ends_on"),
        ({"kind": "stolen"}, "kind"), ({"desk": "nowhere"}, "desk"), ({"key": "x" * 2001}, "key"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_named(store: Store, more: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        licence(store, **more)
    assert field in {problem.field for problem in refused.value.problems}


def test_fewer_seats_than_are_used_and_an_old_page_are_refused(store: Store) -> None:
    token = licence(store)
    assign(store, token, RITA)
    assign(store, token, OSKAR)
    with store.open():
        version = licences.find(token, AGENT).version
        with pytest.raises(Refused, match="2 seats"):
            licences.save(token, given(seats="1"), AGENT, version)
        licences.save(token, given(seats="3"), AGENT, version)
        with pytest.raises(Conflict):
            licences.save(token, given(seats="4"), AGENT, version)
        with pytest.raises(NotFound):
            licences.save(token, given(), STRANGER, version + 1)
        with pytest.raises(IntegrityError), unit_of_work() as work:
            work.execute(text("UPDATE it_assets_licence SET used = 4"))


def test_of_two_who_want_the_last_seat_at_the_same_moment_one_gets_it(store: Store) -> None:
    token, outcomes = licence(store, seats="1"), list[str]()

    def take(person: str) -> None:
        try:
            assign(store, token, person)
            outcomes.append("got it")
        except Refused:
            outcomes.append("refused")
        finally:
            with store.house.app.app_context():
                db.session.remove()

    threads = [Thread(target=take, args=(person,)) for person in (RITA, OSKAR)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["got it", "refused"]


def test_a_key_is_in_no_row_page_or_history_until_somebody_clicks_and_the_log_says_who_did(store: Store) -> None:
    secret = "AAAAA-BBBBB-22222"
    token = licence(store, key=secret)
    agent = store.browser("agent")
    for url in (LIST, f"{LIST}/{token}", f"{LIST}/{token}/edit"):
        assert secret not in agent.get(url).text, url
    assert everything(store).count(secret) == 0
    assert secret in agent.post(f"{LIST}/{token}/key").text
    assert secret not in agent.get(f"{LIST}/{token}/key").text
    assert secret not in agent.get(f"{LIST}/{token}").text
    with store.open():
        newest = audit.read_entries(db.session, audit.Wanted(), 1)[0]
        assert (newest.action, newest.subject) == ("answer.revealed", "it_assets")
        assert newest.after == {"field": "Office: licence key"}
        assert secret not in str(newest)
    form = given(version="1", no_key="yes")
    assert agent.post(f"{LIST}/{token}/edit", data=form).status_code == 303
    assert agent.post(f"{LIST}/{token}/key").status_code == 404
    with store.open():
        assert not secrets.fields_of({"licence_id": session().scalars(select(Licence.id)).one()})


def everything(store: Store) -> str:
    """Return everything that the plugin stores, as text."""
    with store.open():
        tables = [
            table
            for table in Secret.metadata.tables.values()
            if table.name.startswith("it_assets_") and "ticket_id" not in table.columns
        ]
        return str([[tuple(row) for row in session().connection().execute(table.select())] for table in tables])


def test_a_licence_is_written_down_used_and_given_back_in_the_browser(store: Store, canary: Canary) -> None:
    agent = store.browser("agent")
    bad = agent.post(f"{LIST}/new", data=given(name="", notes="Kept text"))
    assert (bad.status_code, "Kept text" in bad.text, 'href="#a-name"' in bad.text) == (422, True, True)
    page = agent.post(f"{LIST}/new", data=given(), follow_redirects=True)
    assert "Nobody uses it yet." in page.text
    token = page.request.path.rpartition("/")[2]
    assert agent.post(f"{LIST}/{token}", data={"person": "nobody@x.example"}).status_code == 422
    page = agent.post(f"{LIST}/{token}", data={"person": RITA}, follow_redirects=True)
    assert "Rita Requester" in page.text
    store.add()
    agent.post(f"{LIST}/{token}", data={"asset": "NB-1"})
    assert "Office" in agent.get("/x/it_assets/assets/NB-1").text
    assert "none" in agent.get(LIST).text
    with store.open():
        seat = licences.seats_of(licences.find(token, AGENT))[0].token
    agent.post(f"{LIST}/{token}", data={"action": "give_back", "seat": seat})
    assert store.browser("requester").get(LIST).status_code == 403
    stranger = store.browser("other_agent")
    assert "Office" not in stranger.get(LIST).text
    for url in (f"{LIST}/{token}", f"{LIST}/{token}/key", f"{LIST}/{token}/edit"):
        assert stranger.post(url, data=given()).status_code == 404, url
    canary.check()


def test_a_list_goes_on_behind_its_last_line(store: Store, monkeypatch: Any) -> None:
    monkeypatch.setattr(licences, "PAGE", 2)
    for name in ("Alpha", "Beta", "Gamma"):
        licence(store, name=name)
    agent = store.browser("agent")
    assert "Gamma" not in agent.get(LIST).text
    with store.open():
        after = licences.place_of(licences.listed(AGENT)[1])
    page = agent.get(LIST, query_string={"after": after}).text
    assert "Gamma" in page
    assert "Alpha" not in page
