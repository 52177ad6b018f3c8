"""The people of the organisation, and what an agent sees of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.extensions import db
from deskcore.people.services import create_person
from deskcore.testing import statements
from deskcore.tickets import services
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

ANNA = "/agent/people/anna.kowalska@meridian.example"


def named(html: str) -> list[str]:
    """Return the names that a page of people lists."""
    return re.findall(r'<a class="subj" href="/agent/people/[^"]+">([^<]+)</a>', html)


def counts(html: str) -> list[str]:
    """Return the numbers behind the tabs: open, finished, all."""
    tabs = html.partition('<nav class="tabs"')[2].partition("</nav>")[0]
    return re.findall(r'class="c num">([^<]+)<', tabs)


def test_paging_names_everybody_once(app: Flask, marek: Any) -> None:
    with app.app_context():
        for place in range(60):
            create_person(f"twin{place:02}@meridian.example", "Twin" if place % 2 else f"Twin {place:02}")
    seen: list[str] = []
    path = "/agent/people?q=twin"
    while path:
        page = marek.get(path).text
        seen += re.findall(r'href="/agent/people/(twin[^"]+)"', page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = unescape(following[1]) if following else ""
    assert len(seen) == 60
    assert len(set(seen)) == 60


def test_words_find_people_by_name_and_address(marek: Any) -> None:
    assert named(marek.get("/agent/people?q=kowalska").text) == ["Anna Kowalska"]
    assert named(marek.get("/agent/people?q=jan.wojcik@").text) == ["Jan Wójcik"]
    assert "Nobody is called “%”." in marek.get("/agent/people?q=%25").text


@pytest.mark.parametrize("after", ["x", "WyJhIiwiYiJd.x", "a" * 10_000])
def test_an_edited_place_in_the_list_leads_to_its_beginning(marek: Any, after: str) -> None:
    page = marek.client.get("/agent/people", query_string={"after": after})
    assert page.status_code == 200
    assert "This page link is no longer valid." in page.text
    assert named(page.text)[0] == "Adam Administrator"


def test_a_place_of_another_search_is_refused_too(app: Flask, marek: Any) -> None:
    with app.app_context():
        for place in range(30):
            create_person(f"twin{place:02}@meridian.example", f"Twin {place:02}")
    following = re.search(r"after=([^\"&]+)\" rel=\"next\"", marek.get("/agent/people?q=twin").text)
    assert following is not None
    assert "no longer valid" in marek.get(f"/agent/people?q=anna&after={following[1]}").text


def test_a_page_of_people_takes_four_statements_at_most(app: Flask, marek: Any) -> None:
    with app.app_context():
        engine = db.engine
    with statements(engine) as ran:
        marek.get("/agent/people")
    assert len(ran) <= 4, ran


def test_open_and_finished_tickets_stand_under_tabs_of_their_own(app: Flask, marek: Any, opens: Any, act: Any) -> None:
    opens("Mouse is broken")
    done = opens("Printer jams")
    with act("marek.nowak", "workspace"):
        services.set_status(done, "resolved")
    page = marek.get(ANNA).text
    assert "Mouse is broken" in page
    assert "Printer jams" not in page
    assert counts(page) == ["1", "1", "2"]
    assert "Printer jams" in marek.get(f"{ANNA}?state=finished").text
    both = marek.get(f"{ANNA}?state=all").text
    assert "Mouse is broken" in both
    assert "Printer jams" in both


def test_what_the_reader_may_not_see_is_neither_shown_nor_counted(app: Flask, marek: Any, opens: Any) -> None:
    opens("Mouse is broken")
    hidden = opens("Salary of the board")
    with app.app_context(), unit_of_work(), acting_as(SYSTEM) as session:
        session.execute(sa.update(Ticket).where(Ticket.number == hidden).values(visibility="named"))
    for state in ("open", "all"):
        page = marek.get(f"{ANNA}?state={state}").text
        assert counts(page) == ["1", "0", "1"]
        assert "Salary" not in page
        assert hidden not in page


def test_the_page_says_how_to_reach_the_person_and_whose_report_it_is(marek: Any) -> None:
    page = marek.get(ANNA).text
    for words in ("mailto:anna.kowalska@meridian.example", "Sales specialist", "Piotr Zieliński"):
        assert words in page
    assert 'href="/agent/tickets/new?requester=anna.kowalska@meridian.example"' in page


def test_an_unknown_way_to_look_at_a_person_is_the_usual_one(marek: Any, opens: Any) -> None:
    opens("Mouse is broken")
    assert "Mouse is broken" in marek.get(f"{ANNA}?state=evil&after=evil").text


def test_requesters_look_nobody_up(browser: Callable[[str], Any]) -> None:
    assert browser("anna.kowalska").get("/agent/people").status_code == 403
