"""Who has what: handed over, taken back, put aside, and never with two people or inside itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from deskcore_it_assets import custody, finding, history
from deskcore_it_assets.custody import Holder, Terms
from deskcore_it_assets.models import Asset, Assignment
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from deskcore.plugin import Conflict, NotFound, Refused, now, unit_of_work

from .conftest import AGENT, OSKAR, RITA, STRANGER, Store


def told(store: Store, tag: str = "NB-1") -> list[str]:
    """Return what happened to a thing, the oldest first."""
    with store.open():
        return [move.kind for move in reversed(history.history_of(finding.find(tag, AGENT)))]


def test_a_thing_goes_to_somebody_and_comes_back_and_its_history_says_so(store: Store) -> None:
    store.add()
    assert store.give(terms=Terms(condition="new")).person == RITA
    assert store.asset().state == "assigned"
    back = store.take(terms=Terms(condition="scratched"), location="Store room")
    assert (back.state, store.asset().location.name) == ("stock", "Store room")  # type: ignore[union-attr]
    with store.open():
        moves = history.history_of(back)
        assert [(one.kind, one.from_state, one.to_state, one.by_name) for one in moves] == [
            ("taken_back", "assigned", "stock", "Agata Agent"),
            ("handed_over", "stock", "assigned", "Agata Agent"),
            ("added", "", "stock", "Agata Agent"),
        ]
        assert moves[0].data["condition"] == "scratched"


def test_what_somebody_has_goes_on_to_the_next_in_one_step(store: Store) -> None:
    store.add()
    store.give()
    store.give(to=OSKAR)
    with store.open():
        assert not finding.of_person([RITA])
        assert [one.asset.tag for one in finding.of_person([OSKAR])] == ["NB-1"]
    assert told(store) == ["added", "handed_over", "transferred"]


@pytest.mark.parametrize("steps", [["retire"], ["lose"], ["repair"], ["dispose"]])
def test_what_is_not_in_stock_is_not_handed_over(store: Store, steps: list[str]) -> None:
    store.add()
    for each in steps:
        store.step(each)
    with pytest.raises(Refused, match="NB-1"):
        store.give()


def test_several_things_are_handed_over_together_or_not_at_all(store: Store) -> None:
    for tag in ("NB-1", "DOCK-1", "OLD-1"):
        store.add(tag)
    store.step("retire", "OLD-1")
    with pytest.raises(Refused, match="OLD-1"):
        store.give("NB-1", "DOCK-1", "OLD-1")
    assert store.asset("NB-1").state == "stock"
    store.give("NB-1", "DOCK-1")
    assert store.asset("DOCK-1").state == "assigned"


def test_things_are_never_inside_each_other_in_a_circle(store: Store) -> None:
    for tag in ("A", "B", "C"):
        store.add(tag)
    store.give("A", to="B", kind="asset")
    store.give("B", to="C", kind="asset")
    for tag, inside in (("C", "A"), ("C", "C"), ("B", "a")):
        with pytest.raises(Refused, match="inside itself"):
            store.give(tag, to=inside, kind="asset")
    with store.open():
        assert [each.tag for each in finding.around(finding.find("B", AGENT))[1]] == ["A"]


def test_the_database_itself_refuses_a_second_holder_and_a_thing_inside_itself(store: Store) -> None:
    store.add()
    store.give()
    thing = store.asset().id
    for wrong in ({"person": OSKAR, "kind": "person"}, {"inside_id": thing, "kind": "asset"}):
        with store.open(), pytest.raises(IntegrityError), unit_of_work() as work:
            work.add(Assignment(asset_id=thing, token="t", **wrong))


def test_what_is_put_aside_goes_to_that_person_alone(store: Store) -> None:
    store.add()
    with store.open():
        custody.reserve("NB-1", RITA, AGENT)
    with pytest.raises(Refused, match="reserved"):
        store.give(to=OSKAR)
    store.give(to=RITA)
    assert (store.asset().state, store.asset().reserved_for) == ("assigned", "")


def test_a_step_is_taken_only_from_where_it_leads_on(store: Store) -> None:
    store.add(state="ordered")
    with pytest.raises(Refused):
        store.step("repaired")
    store.step("receive")
    store.give()
    store.step("lose")
    with store.open():
        assert not finding.of_person([RITA])
    assert [store.step(each).state for each in ("find", "retire", "dispose")] == ["stock", "retired", "disposed"]


def test_nobody_of_another_desk_finds_it_or_changes_it(store: Store) -> None:
    store.add()
    with store.open():
        with pytest.raises(NotFound):
            custody.hand_over(["NB-1"], Holder("person", RITA), STRANGER)
        with pytest.raises(NotFound):
            finding.find("NB-1", STRANGER)
        assert not finding.listed(finding.Filter(), STRANGER)


def test_a_page_that_is_out_of_date_changes_nothing(store: Store) -> None:
    store.add()
    seen = store.asset().version
    store.give()
    with pytest.raises(Conflict), store.open():
        custody.take_back("NB-1", AGENT, version=seen)


@pytest.mark.parametrize(
    ("to", "kind", "terms", "said"),
    [
        ("nobody@organisation.example", "person", Terms(), "address"),
        ("", "location", Terms(), "place"),
        ("XX-1", "asset", Terms(), "XX-1"),
        (RITA, "person", Terms(due_on=now().date() - timedelta(days=1)), "over"),
        (RITA, "nothing", Terms(), "Choose"),
    ],
)
def test_a_hand_over_that_cannot_be_meant_says_why(store: Store, to: str, kind: str, terms: Terms, said: str) -> None:
    store.add()
    with pytest.raises(Refused, match=said):
        store.give(to=to, kind=kind, terms=terms)
    with store.open():
        from deskcore.plugin import session

        assert session().scalars(select(Assignment)).all() == []
        assert session().scalars(select(Asset.state)).all() == ["stock"]
