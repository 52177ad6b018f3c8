"""Lists by their query: text, chips, address and result are always the same thing."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask

from deskcore.clock import now
from deskcore.extensions import db
from deskcore.testing import statements
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from tests.web.workspace.test_workspace_queue import numbers


def asked(text: str, **more: Any) -> str:
    return "/agent/tickets?" + urlencode({"q": text, **more})


def box(page: str) -> str:
    found = re.search(r'<input name="q" type="search" value="([^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])


def chips(page: str) -> list[tuple[str, str]]:
    found = re.findall(r'<span class="chip (?:on|doubt)">(?:<svg.*?</svg>)?(.*?)<a class="x" href="([^"]+)"', page)
    return [(html.unescape(label), html.unescape(url)) for label, url in found]


def text_of(url: str) -> str:
    return parse_qs(urlsplit(url).query, keep_blank_values=True)["q"][0]


@pytest.fixture
def changed(app: Flask) -> Callable[..., None]:
    """Give ``changed(number, priority=4)``: a ticket is so, whatever led to it."""

    def change(number: str, **values: Any) -> None:
        with app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
            ticket = session.query(Ticket).filter(Ticket.number == number).one()
            for name, value in values.items():
                setattr(ticket, name, value)

    return change


def test_the_text_in_the_box_is_canonical_whatever_was_typed(marek: Any, opens: Any) -> None:
    number = opens("VPN drops", tags=["vpn"])
    page = marek.get(asked("etykieta:VPN  jest:nierozwiązane -status:zamknięte vpn")).text
    assert box(page) == "tag:vpn is:unsolved -status:closed vpn"
    labels = [label for label, _url in chips(page)]
    assert labels == ["Tag: vpn", "Not solved", "not – Status: Closed", "Words: “vpn”"]
    assert numbers(page) == [number]


def test_each_chip_leads_to_the_text_without_its_term(marek: Any, opens: Any) -> None:
    opens("VPN drops", tags=["vpn"])
    text = 'tag:vpn is:unsolved updated:7d colour:red "two words"'
    page = marek.get(asked(text)).text
    terms = ["tag:vpn", "is:unsolved", "updated:7d", "colour:red", '"two words"']
    assert len(chips(page)) == len(terms)
    for place, (_label, url) in enumerate(chips(page)):
        assert text_of(url) == " ".join(terms[:place] + terms[place + 1 :])
        assert box(marek.get(url).text) == text_of(url)


def test_a_built_in_queue_is_a_query_with_a_short_name(marek: Any, opens: Any) -> None:
    opens()
    page = marek.get("/agent/tickets?queue=unassigned").text
    assert box(page) == "is:unsolved assignee:none -is:snoozed"
    wider = marek.get(asked("is:unsolved assignee:none")).text
    assert numbers(page) == numbers(wider) != []
    assert "<h1>Unassigned</h1>" in page
    assert "<h1>Unassigned</h1>" in wider


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("queue=open&desk=it&tag=vpn", "is:unsolved desk:it tag:vpn"),
        ("queue=all&category=waiting_requester&q=printer", "status:waiting_requester printer"),
        ("queue=all&requester=jan.wojcik@meridian.example", "requester:jan.wojcik@meridian.example"),
        ("queue=mine&priority=urgent", "is:unsolved assignee:me -is:snoozed priority:urgent"),
    ],
)
def test_addresses_from_before_are_translated(marek: Any, address: str, text: str) -> None:
    assert box(marek.get(f"/agent/tickets?{address}").text) == text


def test_a_term_finds_what_it_says(marek: Any, opens: Any, changed: Any) -> None:
    vpn, printer, new = opens("VPN drops", tags=["vpn"]), opens("Printer jams"), opens("New mouse", by="jan.wojcik")
    changed(vpn, priority=4, due_at=now().replace(year=2020))
    changed(new, priority=2)
    changed(printer, priority=1, due_at=now().replace(year=2090))
    marek.post(f"/agent/tickets/{printer}/assign", assignee="me")
    for text, found in {
        "priority:urgent": {vpn},
        "priority:<=low": {printer},
        "-priority:urgent,low": {new},
        "assignee:me": {printer},
        "assignee:none": {vpn, new},
        "-assignee:me": {vpn, new},
        'assignee:"marek now"': {printer},
        "assignee:marek.nowak@meridian.example,none": {vpn, printer, new},
        "requester:jan.wojcik@meridian.example": {new},
        'requester:"Wójcik"': {new},
        "due:overdue": {vpn},
        "due:<today": {vpn},
        "due:>7d": {printer},
        "due:none": {new},
        "-due:overdue": {printer, new},
        "tag:vpn": {vpn},
        "tag:none": {printer, new} - {vpn},
        "updated:1h": {vpn, printer, new},
        "updated:>1h": set(),
        "created:today": {vpn, printer, new},
        "created:<today": set(),
        "service:it-incident": {vpn, printer, new},
        "-service:it-incident": set(),
        "status:new": {vpn, printer, new},
        "is:solved": set(),
        "printer": {printer},
        '"mouse"': {new},
        vpn.lower(): {vpn},
        "%": set(),
    }.items():
        assert set(numbers(marek.get(asked(text)).text)) == found, text


def test_what_means_nothing_is_marked_and_the_rest_is_shown(marek: Any, opens: Any) -> None:
    number = opens("VPN drops", tags=["vpn"])
    opens("Printer jams")
    page = marek.get(asked('tag:vpn colour:red priority:huge service:nothing "drops'))
    assert page.status_code == 200
    assert numbers(page.text) == [number]
    for words in ("No filter has this name", "does not know the value", "Nothing here is called “nothing”", "closed."):
        assert words in page.text
    assert page.text.count('class="chip doubt"') == 4


def test_ten_kilobytes_of_query_are_cut_and_the_page_stays_small(marek: Any, opens: Any) -> None:
    opens()
    page = marek.get(asked("word " * 2000))
    assert page.status_code == 200
    assert "The query is too long" in page.text
    assert len(page.data) < 100_000
    assert marek.get(asked('"' + "x" * 10_000)).status_code == 200


def test_a_desk_of_others_gives_nothing_and_is_not_told_from_none(marek: Any, opens: Any) -> None:
    opens()
    pages = [marek.get(asked(f"desk:{key} printer")).text for key in ("hr", "zz")]
    assert numbers(pages[0]) == []
    assert "You work on no desk “hr”." in pages[0]
    masked = [re.sub(r'[0-9A-Za-z_.-]{20,}|since=[^"]+', "…", page).replace("hr", "zz") for page in pages]
    assert masked[0] == masked[1].replace("hr", "zz")


def test_an_empty_list_names_the_filter_that_leaves_out_most_and_counts_once(
    app: Flask, marek: Any, opens: Any
) -> None:
    for _ in range(3):
        opens("Printer jams", tags=["printer"])
    with app.app_context():
        engine = db.engine
    with statements(engine) as ran:
        page = marek.get(asked("is:unsolved tag:printer priority:urgent")).text
    assert "Priority: Urgent leaves out most: without it there are 3 tickets." in page
    first = re.search(r'<a class="btn primary sm" href="([^"]+)">Remove Priority: Urgent', page)
    assert first is not None
    assert len(numbers(marek.get(html.unescape(first[1])).text)) == 3
    assert len(ran) <= 12


def test_columns_are_chosen_and_stay_in_the_address(marek: Any, opens: Any) -> None:
    opens()
    page = marek.get("/agent/tickets?q=&column=service&column=created")
    assert page.request.full_path == "/agent/tickets?queue=all&columns=service,created"
    assert re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([A-Z]\w+)', page.text) == ["Subject", "Service", "Created"]


def test_a_chosen_filter_joins_the_text_and_leaves_the_rest_of_the_list_as_it_is(marek: Any, opens: Any) -> None:
    opens()
    page = marek.get(asked("is:unsolved", sort="due", columns="service,created"))
    assert '<button class="opt" name="add" value="status:new">New</button>' in page.text
    given = dict(re.findall(r'<input type="hidden" name="(sort|limit|columns)" value="([^"]*)">', page.text))
    page = marek.get(asked('tag:vpn "half', **given, add="status:new"))
    assert text_of(page.request.full_path) == 'tag:vpn status:new "half'
    assert page.request.full_path.endswith("&sort=due&columns=service,created")


def test_enter_in_the_box_adds_no_filter(marek: Any) -> None:
    form = marek.get(asked("")).text.partition('<form class="row row-sm" role="search"')[2].partition("</form>")[0]
    assert re.findall("<button[^>]*>", form)[0] == '<button class="vh" tabindex="-1" aria-hidden="true">'
    assert "status:new" in form


def test_a_chosen_column_that_nobody_has_now_is_named(marek: Any, opens: Any) -> None:
    number = opens()
    page = marek.get(asked("", columns="status,gone.warranty")).text
    assert "column gone.warranty" in page
    assert number in numbers(page)


def test_an_edited_cursor_and_one_of_another_query_lead_to_the_first_page(marek: Any, opens: Any) -> None:
    for count in range(30):
        opens(f"Paged {count}")
    page = marek.get(asked("Paged")).text
    following = re.search(r'href="([^"]+)" rel="next"', page)
    assert following is not None
    cursor = parse_qs(urlsplit(html.unescape(following[1])).query)["after"][0]
    assert len(numbers(marek.get(asked("Paged", after=cursor)).text)) == 5
    for address in (asked("is:unsolved", after=cursor), asked("Paged", after=cursor[:-2] + "xx")):
        page = marek.get(address).text
        assert len(numbers(page)) == 25
        assert '<mark class="tag">after=…</mark>' in page


def test_a_cursor_whose_ticket_is_out_of_sight_now_leads_to_the_first_page(
    marek: Any, opens: Any, changed: Callable[..., None]
) -> None:
    for count in range(26):
        opens(f"Paged {count}")
    page = marek.get(asked("Paged")).text
    following = re.search(r'href="([^"]+)" rel="next"', page)
    assert following is not None
    changed(numbers(page)[-1], visibility="named")
    page = marek.get(html.unescape(following[1])).text
    assert len(numbers(page)) == 25
    assert '<mark class="tag">after=…</mark>' in page


def test_the_file_has_all_rows_of_the_same_query_and_no_formulas(marek: Any, opens: Any) -> None:
    number = opens("=1+1 VPN", tags=["vpn"])
    opens("Printer jams")
    answer = marek.get("/agent/tickets.csv?q=tag:vpn")
    assert answer.mimetype == "text/csv"
    lines = answer.text.lstrip("\ufeff").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(f'"{number}","\'=1+1 VPN"')


def test_the_page_is_told_what_is_new_and_only_when_that_changed(marek: Any, opens: Any) -> None:
    opens("VPN drops", tags=["vpn"])
    page = marek.get(asked("tag:vpn")).text
    found = re.search(r'data-news="([^"]+)"', page)
    assert found is not None
    address = html.unescape(found[1])
    assert marek.get(address).json["count"] == 0
    opens("VPN again", tags=["vpn"])
    opens("Printer jams")
    answer = marek.get(address)
    assert answer.json == {"count": 1, "text": "1 new or changed"}
    again = marek.client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert marek.get("/agent/tickets/news?q=&since=yesterday").json["count"] == 0


def test_next_and_previous_follow_the_list_whatever_its_query(marek: Any, opens: Any) -> None:
    chosen = [opens(f"VPN {count}", tags=["vpn"]) for count in range(3)]
    opens("Printer jams")
    page = marek.get(asked("tag:vpn", sort="created")).text
    assert numbers(page) == chosen
    middle = re.search(rf'href="(/agent/tickets/{chosen[1]}[^"]*)"', page)
    assert middle is not None
    ticket = marek.get(html.unescape(middle[1])).text
    assert re.search(rf'href="/agent/tickets/{chosen[0]}\?[^"]*q=tag(?:%3A|:)vpn', ticket)
    assert re.search(rf'href="/agent/tickets/{chosen[2]}\?[^"]*sort=created', ticket)
