"""What surrounds items: labels of states, sealed fields, places within places, and closing somebody's account."""

from __future__ import annotations

import pytest
from deskcore_it_assets import history, places, secrets, state_labels
from deskcore_it_assets.care_models import Secret
from deskcore_it_assets.catalogue import category_named
from deskcore_it_assets.models import Category
from deskcore_it_assets.own_fields import OwnField
from deskcore_it_assets.rights import Keeper
from sqlalchemy import select

from deskcore import audit
from deskcore.extensions import db
from deskcore.plugin import NotAllowed, Refused, Text, people, session, unit_of_work
from deskcore.testing import Canary
from deskcore.tickets.leaving import StillOpen, close_account
from deskcore.tickets.sealing_stored import rotate

from .conftest import AGENT, DESK, RITA, Store
from .test_licences import everything
from .test_licences import licence as new_licence
from .test_stock import item as new_item

ASSET = "/x/it_assets/assets/NB-1"


def label(store: Store, state: str = "stock", title: str = "To be wiped") -> int:
    with store.open():
        return state_labels.save(0, {"state": state, "title_en": title, "title_pl": "Do wyczyszczenia"}).id


# -- Labels of states ------------------------------------------------------------------------------------------------


def test_a_label_says_more_about_a_state_and_goes_with_it(store: Store) -> None:
    store.add()
    wiped, agent = label(store), store.browser("agent")
    data = {"label": str(wiped), "version": str(store.asset().version)}
    page = agent.post("/x/it_assets/labelled/NB-1", data=data, follow_redirects=True).text
    assert "To be wiped" in page
    assert "To be wiped" in agent.get("/x/it_assets/assets").text
    assert agent.post("/x/it_assets/labelled/NB-1", data=data).status_code == 409
    store.step("repair")
    store.step("repaired")
    with store.open():
        assert state_labels.carried([store.asset()]) == {}
        assert "label" in str([move.data for move in history.history_of(store.asset())])


def test_a_label_of_another_state_does_not_fit(store: Store) -> None:
    store.add()
    lost = label(store, "lost", "Stolen")
    with store.open(), pytest.raises(Refused, match="another state"):
        state_labels.put_on("NB-1", lost, AGENT, 1)


def test_leads_write_labels_and_agents_do_not(store: Store, canary: Canary) -> None:
    lead, form = store.browser("lead"), {"state": "stock", "title_en": "Spare", "title_pl": "Zapas"}
    assert lead.post("/x/it_assets/states", data=form).status_code == 303
    assert lead.post("/x/it_assets/states", data=form).status_code == 422
    assert lead.post("/x/it_assets/states", data={**form, "title_pl": ""}).status_code == 422
    page = lead.get("/x/it_assets/states").text
    assert "Spare" in page
    with store.open():
        [stored] = state_labels.labels()
    lead.post("/x/it_assets/states", data={"label": str(stored.id), "action": "remove"})
    assert "Spare" not in lead.get("/x/it_assets/states").text
    assert store.browser("agent").get("/x/it_assets/states").status_code == 403
    assert store.browser("agent").post("/x/it_assets/states", data=form).status_code == 403
    canary.check()


# -- Sealed fields ---------------------------------------------------------------------------------------------------

PIN = "7391-secret-pin"


def sensitive_category(store: Store, *, required: bool = False) -> None:
    field = OwnField("pin", "text", Text("PIN", "PIN"), required, (), sensitive=True)
    with store.open(), unit_of_work() as work:
        found = category_named(work, "Notebooks")
        assert found is not None
        found.fields = [field.as_json()]


def test_a_sensitive_field_is_nowhere_in_clear_and_shown_on_a_click_that_is_noted(store: Store) -> None:
    sensitive_category(store)
    store.add(fields={"pin": PIN})
    agent = store.browser("agent")
    for url in (ASSET, "/x/it_assets/edit/NB-1", "/x/it_assets/assets?q=7391", "/x/it_assets/assets.csv"):
        assert PIN not in agent.get(url).text, url
    assert PIN not in everything(store)
    assert "NB-1" not in agent.get("/x/it_assets/assets?q=7391").text
    assert PIN in agent.post("/x/it_assets/reveal/pin/NB-1").text
    assert PIN not in agent.get("/x/it_assets/reveal/pin/NB-1").text
    with store.open():
        newest = audit.read_entries(db.session, audit.Wanted(), 1)[0]
        assert (newest.action, newest.after) == ("answer.revealed", {"field": "NB-1: pin"})
    assert store.browser("other_agent").post("/x/it_assets/reveal/pin/NB-1").status_code == 404
    assert agent.post("/x/it_assets/reveal/other/NB-1").status_code == 404


def test_left_empty_it_stays_and_a_minus_sign_forgets_it(store: Store) -> None:
    sensitive_category(store)
    store.add(fields={"pin": PIN})
    agent = store.browser("agent")
    form = {"tag": "NB-1", "desk": DESK, "model": "ThinkPad X1", "manufacturer": "Lenovo", "category": "Notebooks"}
    agent.post("/x/it_assets/edit/NB-1", data={**form, "name": "Other", "version": "2"})
    assert PIN in agent.post("/x/it_assets/reveal/pin/NB-1").text
    version = str(store.asset().version)
    agent.post("/x/it_assets/edit/NB-1", data={**form, "fields.pin": "-", "version": version})
    assert agent.post("/x/it_assets/reveal/pin/NB-1").status_code == 404
    with store.open():
        told = str([move.data for move in history.history_of(store.asset())])
        assert secrets.MASK in told


def test_one_that_has_to_be_filled_in_may_be_kept(store: Store) -> None:
    sensitive_category(store, required=True)
    with pytest.raises(Refused, match="Fill this in"):
        store.add()
    store.add(fields={"pin": PIN})
    with store.open():
        problems = secrets.problems_of([OwnField("pin", "text", Text("P", "P"), True, (), True)], {}, {"pin"})
        assert problems == []


def test_a_field_that_becomes_sensitive_leaves_nothing_in_clear(store: Store) -> None:
    lead = store.browser("lead")
    plain = OwnField("pin", "text", Text("PIN", "PIN"))
    store.add(tag="X-1", category="Notebooks")
    with store.open(), unit_of_work() as work:
        found = category_named(work, "Notebooks")
        assert found is not None
        found.fields = [plain.as_json()]
    store.add(fields={"pin": PIN})
    assert PIN in everything(store)
    with store.open():
        category = str(session().scalars(select(Category.id)).one())
    form = {"category": category, "title_en": "PIN", "title_pl": "PIN", "type": "text", "sensitive": "yes"}
    lead.post("/x/it_assets/categories/fields", data={"category": category, "remove": "pin"})
    assert lead.post("/x/it_assets/categories/fields", data={**form, "type": "number"}).status_code == 422
    assert lead.post("/x/it_assets/categories/fields", data=form).status_code == 303
    assert PIN not in everything(store)
    assert PIN in store.browser("agent").post("/x/it_assets/reveal/pin/NB-1").text


def test_new_keys_seal_what_plugins_keep_anew_and_a_lost_key_is_said(store: Store) -> None:
    sensitive_category(store)
    store.add(fields={"pin": PIN})
    with store.open():
        before = session().scalars(select(Secret.sealed_with)).one()
        done = rotate()
        assert (done.values, done.lost) == (1, 0)
        assert session().scalars(select(Secret.sealed_with)).one() == done.key.id != before
    agent = store.browser("agent")
    assert PIN in agent.post("/x/it_assets/reveal/pin/NB-1").text
    with store.open(), unit_of_work() as work:
        row = work.scalars(select(Secret)).one()
        row.sealed = row.sealed[:-1] + bytes([row.sealed[-1] ^ 1])
    answer = agent.post("/x/it_assets/reveal/pin/NB-1")
    assert (answer.status_code, "cannot be opened" in answer.text) == (503, True)


# -- Places within places --------------------------------------------------------------------------------------------


def test_whoever_looks_after_some_places_only_finds_and_changes_nothing_else(store: Store) -> None:
    store.add(location="Warsaw")
    store.add("NB-2", location="Room 4")
    store.add("NB-3", location="Krakow")
    with store.open():
        rooms = {each.place.name: each.place.id for each in places.tree()}
        places.save(rooms["Warsaw"], "Warsaw", "", [AGENT.email])
        places.save(rooms["Room 4"], "Room 4", "warsaw", [])
        limited = Keeper(AGENT.email, AGENT.name, AGENT.desks, places=places.limits_of(AGENT.email))
        assert limited.places == {rooms["Warsaw"], rooms["Room 4"]}
    agent = store.browser("agent")
    page = agent.get("/x/it_assets/assets").text
    assert [tag for tag in ("NB-1", "NB-2", "NB-3") if f"/{tag}" in page] == ["NB-1", "NB-2"]
    assert agent.get("/x/it_assets/assets/NB-3").status_code == 404
    assert agent.post("/x/it_assets/assets/NB-3", data={"action": "lose"}).status_code == 404
    form = {"tag": "NB-9", "desk": DESK, "location": "Krakow", "state": "stock"}
    assert agent.post("/x/it_assets/new", data=form).status_code == 403
    assert agent.post("/x/it_assets/new", data={**form, "location": "Room 4"}).status_code == 303
    with store.open(), pytest.raises(NotAllowed):
        limited.require_place(rooms["Krakow"])


def test_places_are_never_within_each_other_in_a_circle(store: Store, canary: Canary) -> None:
    lead, url = store.browser("lead"), "/x/it_assets/places"
    for name, parent in (("A", ""), ("B", "A"), ("C", "B")):
        assert lead.post(url, data={"name": name, "parent": parent}).status_code == 303
    with store.open():
        ids = {each.place.name: str(each.place.id) for each in places.tree()}
        assert [(each.place.name, each.depth) for each in places.tree()] == [("A", 0), ("B", 1), ("C", 2)]
    for data, field in (
        ({"place": ids["A"], "name": "A", "parent": "C"}, "parent"),
        ({"place": ids["A"], "name": "A", "parent": "a"}, "parent"),
        ({"name": "D", "parent": "Nowhere"}, "parent"),
        ({"name": "a"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "D", "people": "nobody@x.example"}, "people"),
    ):
        answer = lead.post(url, data=data)
        assert (answer.status_code, f'href="#a-{field}"' in answer.text) == (422, True), data
    assert lead.post(url, data={"place": "999999", "name": "Z"}).status_code == 404
    assert store.browser("agent").get(url).status_code == 403
    canary.check()


# -- Closing an account ----------------------------------------------------------------------------------------------


def test_an_account_is_not_closed_silently_while_its_person_has_something(store: Store) -> None:
    store.add()
    store.give()
    mouse, office = new_item(store), new_licence(store)
    agent = store.browser("agent")
    agent.post(f"/x/it_assets/stock/{mouse}", data={"action": "out", "quantity": "2", "place": "Depot", "person": RITA})
    agent.post(f"/x/it_assets/licences/{office}", data={"person": RITA})
    beside = agent.get(f"/agent/people/{RITA}").text
    assert ("2 × Mouse" in beside, "Office" in beside) == (True, True)
    mine = store.browser("requester").get("/equipment").text
    assert ("Mouse" in mine, "Office" in mine) == (True, True)
    with store.open():
        with pytest.raises(StillOpen) as still:
            close_account(RITA)
        assert [problem.message for problem in still.value.problems] == [
            "Still has NB-1 ThinkPad X1: take it back.",
            "Still has 2 × Mouse: take it back.",
            "Still uses licences: Office.",
        ]
        assert people.get(RITA) is not None
        close_account(RITA, anyway=True)
        assert people.get(RITA) is None
        newest = audit.read_entries(db.session, audit.Wanted(), 1)[0]
        assert (newest.action, newest.after["left_open"]) == ("person.deactivated", 3)


def test_an_administrator_sees_what_is_open_and_insists(store: Store) -> None:
    store.add()
    store.give()
    admin, access = store.browser("admin"), f"/admin/people/{RITA}/access"
    answer = admin.post(access, data={"on": "0"})
    assert (answer.status_code, "Still has NB-1" in answer.text) == (422, True)
    assert 'name="anyway" value="1"' in answer.text
    assert admin.post(access, data={"on": "0", "anyway": "1"}).status_code == 303
    with store.open():
        assert people.get(RITA) is None


def test_whoever_has_nothing_leaves_at_once(store: Store) -> None:
    with store.open():
        close_account(RITA)
        assert people.get(RITA) is None
        close_account(RITA)
