"""What is printed: labels whose codes lead to the thing, and protocols to be signed."""

from __future__ import annotations

import re

import pytest
from deskcore_it_assets import labels
from deskcore_it_assets.custody import Terms

from .conftest import OSKAR, RITA, Store

LABELS, SHEET, PROTOCOL = "/x/it_assets/labels", "/x/it_assets/labels/print", "/x/it_assets/protocol"


def test_labels_stand_where_the_sheet_is_still_free(store: Store) -> None:
    for number in range(23):
        store.add(f"NB-{number:02}", serial=f"SN{number:02}")
    agent = store.browser("agent")
    tags = "&".join(f"tag=NB-{number:02}" for number in range(23))
    one = agent.get(f"{SHEET}?{tags}&sheet=a4-3x8&first=2&field=serial&words=Call+555").text
    assert one.count('class="plg-it_assets-paper') == 1
    assert one.count('class="plg-it_assets-label"') == 24
    assert one.count('<img class="plg-it_assets-qr"') == 23
    first, _second = re.findall(r"<strong>NB-0[01]</strong>(.*?)</div>", one)
    assert re.findall(r"<span>(.*?)</span>", first) == ["SN00", "Call 555"]
    two = agent.get(f"{SHEET}?{tags}&sheet=a4-3x8&first=3").text
    assert two.count('class="plg-it_assets-paper') == 2
    single = agent.get(f"{SHEET}?{tags}&sheet=one-57x32&first=9").text
    assert single.count('class="plg-it_assets-paper') == 23


def test_a_layout_is_kept_under_its_name_and_one_of_that_name_replaced(store: Store) -> None:
    store.add(serial="PF3XYZ")
    agent = store.browser("agent")
    form = {"tag": "NB-1", "sheet": "one-62x29", "field": ["serial"], "name": "Notebooks", "action": "keep"}
    assert agent.post(LABELS, data={**form, "name": " "}).status_code == 422
    kept = agent.post(LABELS, data=form, follow_redirects=True).text
    assert "Notebooks" in kept
    agent.post(LABELS, data={**form, "name": "NOTEBOOKS", "words": "Ours"})
    with store.open():
        [layout] = labels.layouts()
    assert (layout.name, layout.sheet, layout.fields) == ("NOTEBOOKS", "one-62x29", ["serial", "text:Ours"])
    shown = agent.post(LABELS, data={**form, "action": "show"})
    assert shown.status_code == 303
    assert "PF3XYZ" in agent.get(shown.location).text


def test_the_code_on_a_label_leads_everybody_where_they_belong(store: Store) -> None:
    store.add("NB/1", serial="PF3XYZ", name="Rita's laptop")
    store.give("NB/1")
    code = "/equipment/NB/1"
    assert store.browser("agent").get(code).location == "/x/it_assets/assets/NB/1"
    mine = store.browser("requester").get(code).text
    assert "Rita&#39;s laptop" in mine
    assert "Report a problem with it" in mine
    for path in (code, "/equipment/NO-SUCH"):
        others = store.browser("other_requester").get(path).text
        assert "It is not in your name" in others
        assert "laptop" not in others.replace("laptop</", "").partition("<main")[2].partition("</main>")[0]
        assert re.search(r'href="/services/[^"]+(NB|NO-SUCH)', others)


def test_a_protocol_says_in_both_languages_who_got_what(store: Store) -> None:
    store.add("NB-1", serial="PF3XYZ")
    store.add("NB-2")
    store.give("NB-1", "NB-2", terms=Terms(condition="as new"))
    agent = store.browser("agent")
    paper = agent.get(f"{PROTOCOL}?tag=NB-1&tag=NB-2").text
    for said in ("Hand-over protocol", "Protokół przekazania sprzętu", "PF3XYZ", "NB-2", "Rita Requester", RITA,
                 "Agata Agent", "as new", "Data i\u00a0podpis"):  # fmt: skip
        assert said in paper, said
    store.take("NB-1", terms=Terms(condition="scratched"))
    returned = agent.get(f"{PROTOCOL}?tag=NB-1&kind=returned").text
    assert "Protokół zwrotu sprzętu" in returned
    assert "scratched" in returned
    assert agent.get(f"{PROTOCOL}?tag=NB-2&kind=returned").status_code == 422
    assert agent.get(f"{PROTOCOL}?tag=NB-1").status_code == 422
    store.give("NB-1", to=OSKAR)
    assert "several holders" in agent.get(f"{PROTOCOL}?tag=NB-1&tag=NB-2").text


@pytest.mark.parametrize("path", [LABELS, SHEET, PROTOCOL])
def test_nobody_prints_what_another_desk_looks_after(store: Store, path: str) -> None:
    store.add()
    assert store.browser("other_agent").get(f"{path}?tag=NB-1").status_code == 404
    assert store.browser("requester").get(f"{path}?tag=NB-1").status_code == 403
