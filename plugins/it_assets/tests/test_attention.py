"""What needs attention: found once for each day that it is about, and gone with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from deskcore_it_assets import alerts, attention, places, stocking
from deskcore_it_assets.attention import Filter
from deskcore_it_assets.custody import Terms
from deskcore_it_assets.models import Asset
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.stocking import Wanted
from sqlalchemy import select

from deskcore.events.models import JobRow
from deskcore.plugin import now, session, unit_of_work
from deskcore.testing import Canary
from deskcore.tickets.leaving import close_account
from deskcore.tickets.telling import JOB

from .conftest import AGENT, RITA, STRANGER, Store
from .test_licences import licence
from .test_stock import item

TODAY = now().date()
PAGE = "/x/it_assets/attention"


def look(store: Store, days: int = 0) -> tuple[int, int]:
    with store.open():
        return alerts.look(TODAY + timedelta(days=days))


def kinds(store: Store, by: Keeper = AGENT) -> list[str]:
    with store.open():
        return sorted(each.kind for each in attention.listed(Filter(), by))


def change(store: Store, **values: Any) -> None:
    with store.open(), unit_of_work() as work:
        asset = work.scalars(select(Asset).where(Asset.tag == "NB-1")).one()
        for name, value in values.items():
            setattr(asset, name, value)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"warranty_until": TODAY + timedelta(days=30)}, "warranty"),
        ({"warranty_until": TODAY + timedelta(days=31)}, ""),
        ({"warranty_until": TODAY - timedelta(days=400)}, ""),
        ({"ends_on": TODAY + timedelta(days=90)}, "end"),
        ({"audit_on": TODAY}, "audit"),
        ({"audit_on": TODAY + timedelta(days=1)}, ""),
        ({"warranty_until": TODAY, "state": "disposed"}, ""),
    ],
)
def test_a_day_of_an_item_needs_attention_once(store: Store, values: dict[str, Any], kind: str) -> None:
    store.add()
    change(store, **values)
    assert look(store) == (int(bool(kind)), 0)
    assert look(store) == (0, 0)
    assert kinds(store) == ([kind] if kind else [])


def test_another_day_is_told_anew_and_the_former_one_is_gone(store: Store) -> None:
    store.add(warranty_until=str(TODAY))
    assert look(store) == (1, 0)
    change(store, warranty_until=TODAY + timedelta(days=10))
    assert look(store) == (1, 1)
    store.step("dispose")
    assert look(store) == (0, 1)
    assert kinds(store) == []


def test_a_loan_a_licence_and_stock_need_attention_until_they_are_dealt_with(store: Store) -> None:
    store.add()
    store.give(terms=Terms(due_on=TODAY))
    licence(store, ends_on=str(TODAY + timedelta(days=5)))
    mouse = item(store, count=2)
    assert look(store) == (3, 0)
    assert look(store, days=1) == (0, 0)
    assert kinds(store) == ["licence", "return", "stock"]
    store.take()
    with store.open():
        stocking.put_in(mouse, Wanted(1, "Depot"), AGENT)
    assert look(store) == (0, 2)
    with store.open():
        stocking.take_out(mouse, Wanted(1, "Depot", RITA), AGENT)
    assert look(store, days=2) == (1, 0)
    assert kinds(store) == ["licence", "stock"]
    assert kinds(store, STRANGER) == []


def test_what_somebody_keeps_whose_account_is_closed_needs_attention(store: Store) -> None:
    store.add()
    store.give()
    with store.open():
        close_account(RITA, anyway=True)
    assert look(store) == (1, 0)
    assert kinds(store) == ["leaver"]


def test_what_is_taken_care_of_leaves_the_list_and_the_badge(store: Store, canary: Canary) -> None:
    store.add(warranty_until=str(TODAY))
    store.add("NB-2", ends_on=str(TODAY - timedelta(days=1)))
    look(store)
    agent = store.browser("agent")
    page = agent.get(PAGE).text
    assert ("NB-1" in page, "NB-2" in page) == (True, True)
    assert '<span class="c num">2</span>' in agent.get("/x/it_assets/assets").text
    assert "NB-2" not in agent.get(f"{PAGE}?kind=warranty").text
    with store.open():
        ids = [str(each.id) for each in attention.listed(Filter("warranty"), AGENT)]
    stranger = store.browser("other_agent")
    stranger.post(PAGE, data={"alert": ids})
    assert "NB-1" not in stranger.get(PAGE).text
    agent.post(PAGE, data={"alert": ids, "kind": "warranty"})
    assert "NB-1" not in agent.get(PAGE).text
    assert "Agata Agent" in agent.get(f"{PAGE}?show=seen").text
    assert look(store) == (0, 0)
    file = agent.get(f"{PAGE}.csv").text.splitlines()
    assert file[1].startswith(f"end,{TODAY - timedelta(days=1)},plain,NB-2,")
    for after in ("x", "2026-13-40_2", f"{TODAY}_1"):
        assert agent.get(PAGE, query_string={"after": after}).status_code == 200
    assert store.browser("requester").get(PAGE).status_code == 403
    canary.check()


def test_whoever_looks_after_some_places_sees_what_is_there(store: Store) -> None:
    store.add(warranty_until=str(TODAY), location="Krakow")
    look(store)
    with store.open():
        warsaw = places.save(0, "Warsaw", "", []).id
    assert kinds(store, Keeper(AGENT.email, "", AGENT.desks, places=frozenset({warsaw}))) == []
    assert kinds(store) == ["warranty"]


def test_nobody_is_told_where_no_plugin_listens(store: Store) -> None:
    store.add(warranty_until=str(TODAY))
    look(store)
    with store.open():
        assert not session().scalars(select(JobRow).where(JobRow.kind == JOB)).all()
