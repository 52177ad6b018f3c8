"""Kits: handed over as a whole or not at all, and what is missing is said."""

from __future__ import annotations

import pytest
from deskcore_it_assets import finding, kits, licences, stock, stocking
from deskcore_it_assets.custody import PLAIN, Terms
from deskcore_it_assets.licences import Holder
from deskcore_it_assets.stocking import Wanted

from deskcore.plugin import NotFound, Refused
from deskcore.testing import Canary

from .conftest import AGENT, DESK, OSKAR, RITA, STRANGER, Store

LIST = "/x/it_assets/kits"


def kit(store: Store, tag: str = "NB-1") -> str:
    """Return a kit of a notebook, two mice and a seat, for which there is one notebook, five mice and one seat."""
    store.add(tag)
    with store.open():
        mouse = stock.save("", {"name": "Mouse", "desk": DESK, "returnable": "yes"}, AGENT).token
        stocking.put_in(mouse, Wanted(1, "Cellar"), AGENT)
        stocking.put_in(mouse, Wanted(4, "Depot"), AGENT)
        office = {"name": "Office", "desk": DESK, "kind": "perpetual", "per": "all", "seats": "1"}
        licences.save("", office, AGENT)
        token = kits.save("", {"name": "First day", "desk": DESK}, AGENT).token
        for what, name, quantity in (
            ("category", "notebooks", "1"),
            ("item", "mouse", "2"),
            ("licence", "office", "1"),
        ):
            kits.add_line(token, {"what": what, "line": name, "quantity": quantity}, AGENT)
        return token


def test_everything_of_a_kit_goes_to_somebody_in_one_step(store: Store) -> None:
    token = kit(store)
    with store.open():
        assert kits.hand_over(token, RITA, {}, AGENT, Terms(note="welcome")) == ["nb-1"]
        assert [each.asset.tag for each in finding.of_person([RITA])] == ["NB-1"]
        assert [(each.item.name, each.quantity) for each in stock.lent_to([RITA])] == [("Mouse", 2)]
        assert [each.licence.name for each in licences.mine([RITA])] == ["Office"]


def test_where_something_is_missing_nothing_is_handed_over_and_all_of_it_is_named(store: Store) -> None:
    token = kit(store)
    with store.open():
        office = licences.listed(AGENT)[0].token
        licences.assign(office, Holder(OSKAR), AGENT)
    store.give(to=OSKAR)
    with store.open():
        with pytest.raises(Refused) as refused:
            kits.hand_over(token, RITA, {}, AGENT, PLAIN)
        assert [problem.message for problem in refused.value.problems] == [
            "Notebooks: 1 are needed, and 0 are there.",
            "Office: 1 are needed, and 0 are there.",
        ]
        assert not stock.lent_to([RITA])


def test_a_failure_in_the_last_line_leaves_nothing_behind(store: Store) -> None:
    token = kit(store)
    with store.open():
        licences.assign(licences.listed(AGENT)[0].token, Holder(RITA), AGENT)
        found = licences.listed(AGENT)[0]
        changed = {"name": "Office", "desk": DESK, "kind": "perpetual", "per": "all", "seats": "2"}
        licences.save(found.token, changed, AGENT, found.version)
        with pytest.raises(Refused, match="already"):
            kits.hand_over(token, RITA, {}, AGENT, PLAIN)
        assert not finding.of_person([RITA])
        assert not stock.lent_to([RITA])


def test_things_are_chosen_by_tag_and_no_thing_stands_for_two_lines(store: Store) -> None:
    token = kit(store)
    for tag in ("NB-2", "NB-3"):
        store.add(tag)
    with store.open():
        kits.add_line(token, {"what": "product", "line": "ThinkPad X1", "quantity": "1"}, AGENT)
        first, last = (kits.lines_of(kits.find(token, AGENT))[each].id for each in (0, 3))
        for wrong in ({first: ["NB-9"]}, {first: ["NB-2"], last: ["nb-2"]}):
            with pytest.raises(Refused, match="choose items that are free"):
                kits.hand_over(token, RITA, wrong, AGENT, PLAIN)
        assert kits.hand_over(token, RITA, {first: ["NB-2"], last: ["NB-3"]}, AGENT, PLAIN) == ["nb-2", "nb-3"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"what": "category", "line": "Boats", "quantity": "1"}, "line"),
        ({"what": "boat", "line": "Mouse", "quantity": "1"}, "what"),
        ({"what": "item", "line": "Mouse", "quantity": "21"}, "quantity"),
        ({"what": "licence", "line": "Office", "quantity": "2"}, "quantity"),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused(store: Store, given: dict[str, str], field: str) -> None:
    token = kit(store)
    answer = store.browser("agent").post(f"{LIST}/{token}", data={**given, "action": "add"})
    assert (answer.status_code, f'href="#a-{field}"' in answer.text) == (422, True)


def test_a_kit_is_put_together_and_handed_over_in_the_browser(store: Store, canary: Canary) -> None:
    token, agent = kit(store), store.browser("agent")
    assert "First day" in agent.get(LIST).text
    page = agent.get(f"{LIST}/{token}/hand-over?person={RITA}").text
    assert "NB-1 · ThinkPad X1" in page
    assert agent.post(f"{LIST}/{token}/hand-over", data={"person": "nobody@x.example"}).status_code == 422
    assert agent.post(f"{LIST}/{token}/hand-over", data={"person": RITA, "note": "hello"}).status_code == 303
    answer = agent.post(f"{LIST}/{token}/hand-over", data={"person": RITA, "note": "Kept text"})
    assert (answer.status_code, "Kept text" in answer.text, "only 0 there" in answer.text) == (422, True, True)
    history = agent.get(f"{LIST}/{token}").text
    assert "Rita Requester" in history
    with store.open():
        line = kits.lines_of(kits.find(token, AGENT))[0].id
    agent.post(f"{LIST}/{token}", data={"action": "drop", "number": str(line)})
    agent.post(f"{LIST}/{token}", data={"name": "Second day", "desk": DESK, "closed": "yes"})
    assert "Second day" in agent.get(f"{LIST}?show=closed").text
    assert agent.post(f"{LIST}/{token}/hand-over", data={"person": RITA}).status_code == 422
    bad = agent.post(f"{LIST}/new", data={"name": "", "desk": DESK, "notes": "Kept text"})
    assert (bad.status_code, "Kept text" in bad.text) == (422, True)
    assert agent.post(f"{LIST}/new", data={"name": "Third", "desk": DESK}).status_code == 303
    assert store.browser("requester").get(LIST).status_code == 403
    assert store.browser("other_agent").get(f"{LIST}/{token}").status_code == 404
    with store.open(), pytest.raises(NotFound):
        kits.find(token, STRANGER)
    canary.check()
