"""Queues: what they hold, how they are narrowed, sorted and paged, and what they cost."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.clock import now
from deskcore.desks.administration import add_desk
from deskcore.extensions import db
from deskcore.hooks.contributions import Text
from deskcore.hooks.page_parts import ListColumn
from deskcore.people.models import Person
from deskcore.people.services import grant
from deskcore.testing import statements
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.web.workspace.filters import COLUMNS
from deskcore.work import acting_as, unit_of_work

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"])

STATIC = Path(__file__).resolve().parents[3] / "deskcore/static"


def numbers(html: str) -> list[str]:
    return re.findall(r'name="number" value="([^"]+)"', html)


def link(html: str, words: str) -> str:
    found = re.search(rf'href="([^"]+)"[^>]*>{words}<', html)
    assert found is not None, f"no link {words}"
    return found[1].replace("&amp;", "&")


def list_columns(html: str) -> list[str]:
    """Return the names of the columns that a list can have."""
    return re.findall(r'name="column" value="([^"]+)"', html)


def test_the_workspace_begins_with_my_day_and_my_tickets_stand_below_it(marek: Any) -> None:
    page = marek.get("/agent").text
    entries = re.findall(r'<a class="item" href="([^"]+)"[^>]*>.*?</svg>([^<]+)', page)
    assert entries[:2] == [("/agent/", "My day"), ("/agent/tickets?queue=mine", "My tickets")]


def test_a_row_says_number_subject_tags_requester_and_how_the_description_begins(marek: Any, opens: Any) -> None:
    number = opens("Printer on floor 3 jams", tags=["printer"])
    page = marek.get("/agent/tickets?queue=unassigned").text
    for words in (number, "Printer on floor 3 jams", "printer", "Anna Kowalska", "“Since this morning.”", "New"):
        assert words in page


def test_a_count_of_the_side_list_is_the_count_of_its_list(marek: Any, opens: Any) -> None:
    for _ in range(3):
        opens()
    page = marek.get("/agent/tickets?queue=unassigned").text
    count = re.search(r'aria-current="page"[^>]*>.*?Unassigned<span class="n">(\d+)</span>', page)
    assert count is not None
    assert int(count[1]) == len(numbers(page))


def test_values_that_a_list_does_not_know_are_named_and_left_out(marek: Any, opens: Any) -> None:
    number = opens()
    page = marek.get("/agent/tickets?queue=nowhere&priority=huge&sort=colour&limit=7&desk=moon")
    assert page.status_code == 200
    for mark in ("queue=nowhere", "priority=huge", "sort=colour", "limit=7", "desk=moon"):
        assert f'<mark class="tag">{mark}</mark>' in page.text
    assert number in numbers(page.text)


def test_each_filter_is_a_chip_that_takes_itself_away(marek: Any, opens: Any) -> None:
    tagged, plain = opens("VPN drops", tags=["vpn"]), opens("Printer jams")
    narrowed = marek.get("/agent/tickets?queue=open&tag=vpn&limit=100").text
    assert numbers(narrowed) == [tagged]
    remove = re.search(r'class="chip on">Tag: vpn<a class="x" href="([^"]+)"', narrowed)
    assert remove is not None
    assert {tagged, plain} <= set(numbers(marek.get(remove[1].replace("&amp;", "&")).text))


def test_a_list_without_matches_offers_to_remove_each_filter(marek: Any, opens: Any) -> None:
    opens()
    page = marek.get("/agent/tickets?queue=open&q=no-such-words&priority=urgent").text
    assert "No ticket matches." in page
    assert "Remove Priority: Urgent" in page
    assert "Remove Words: “no-such-words”" in page


def test_the_head_that_sorts_says_so_and_turns_the_order_round(marek: Any, opens: Any) -> None:
    first, second = opens("One"), opens("Two")
    page = marek.get("/agent/tickets?queue=unassigned&sort=-updated&q=o&limit=100").text
    assert 'aria-sort="descending"' in page
    turned = marek.get(link(page, "Updated.*?")).text
    assert 'aria-sort="ascending"' in turned
    order = [number for number in numbers(turned) if number in (first, second)]
    assert order == [number for number in reversed(numbers(page)) if number in (first, second)]


def test_pages_follow_one_another_without_gap_and_lead_back(marek: Any, opens: Any) -> None:
    for count in range(30):
        opens(f"Paged {count}")
    first = marek.get("/agent/tickets?queue=open&q=Paged").text
    second = marek.get(link(first, "Next")).text
    assert len(numbers(first)) == 25
    assert len(numbers(second)) == 5
    assert not set(numbers(first)) & set(numbers(second))
    assert numbers(marek.get(link(second, "Previous")).text) == numbers(first)


def test_a_cursor_of_another_list_leads_to_the_first_page(marek: Any, opens: Any) -> None:
    opens()
    page = marek.get("/agent/tickets?queue=open&after=forged")
    assert page.status_code == 200
    assert "1–" in page.text


@pytest.mark.parametrize(("queue", "action"), [("mine", "Look at unassigned tickets"), ("waiting", "Go to my tickets")])
def test_an_empty_queue_offers_one_thing_to_do(marek: Any, queue: str, action: str) -> None:
    page = marek.get(f"/agent/tickets?queue={queue}").text
    assert page.count('class="empty') == 1
    assert action in page


def test_the_search_opens_a_ticket_by_its_number_and_a_person_by_address(marek: Any, opens: Any) -> None:
    number = opens()
    assert marek.get(f"/agent/search?q={number.lower()}").request.path == f"/agent/tickets/{number}"
    assert marek.get("/agent/search?q=anna.kowalska@meridian.example").request.path.startswith("/agent/people/")
    assert f'href="/agent/tickets/{number}"' in marek.get("/agent/search?q=Printer").text


def test_the_box_in_the_head_searches_everything(marek: Any, opens: Any) -> None:
    number = opens()
    box = re.search(r'<form class="grow" role="search"[^>]*action="([^"]+)"', marek.get("/agent/tickets").text)
    assert box is not None
    assert marek.get(f"{box[1]}?q={number}").request.path == f"/agent/tickets/{number}"


def test_ticked_tickets_are_assigned_together(marek: Any, opens: Any) -> None:
    chosen, left = [opens(), opens()], opens()
    marek.get("/agent/tickets?queue=unassigned")
    marek.post("/agent/tickets/bulk", number=chosen, assignee="me", back="/agent/tickets?queue=mine")
    assert "2 tickets changed." in marek.page.text
    assert set(chosen) <= set(numbers(marek.page.text))
    assert left not in numbers(marek.page.text)


def test_a_bulk_action_names_what_it_skipped(marek: Any, opens: Any) -> None:
    number = opens()
    marek.post("/agent/tickets/bulk", number=[number, "IT-999999"], priority="urgent")
    assert "1 ticket changed." in marek.page.text
    assert "IT-999999" in marek.page.text


def test_somebody_without_a_desk_gets_no_list(browser: Callable[[str], Any]) -> None:
    assert browser("anna.kowalska").get("/agent/tickets").status_code == 403


def test_a_list_costs_the_same_however_many_rows_it_has(app: Flask, marek: Any, opens: Any) -> None:
    opens("Cost 0")
    with app.app_context():
        engine = db.engine
    with statements(engine) as few:
        marek.get("/agent/tickets?queue=open&q=Cost")
    for count in range(1, 25):
        opens(f"Cost {count}", by="piotr.zielinski")
    with statements(engine) as many:
        marek.get("/agent/tickets?queue=open&q=Cost")
    assert len(numbers(marek.page.text)) == 25
    assert len(few) == len(many) <= 12


@pytest.fixture
def full_list(app: Flask, opens: Any, adds: Any) -> list[str]:
    """Give the numbers of 25 tickets that fill every column of a list, that of a plugin too."""
    devices = ListColumn("device", Text("Device", "Urządzenie"), lambda numbers: dict.fromkeys(numbers, "NB-0412"))
    adds("register_list_columns", devices)
    told = "The connection drops whenever somebody in the room starts a video call."
    subject = "The network in the large meeting room on the third floor is gone again"
    found = [opens(f"{subject} {count}", ["vpn", "home-office", "network"], what_happened=told) for count in range(25)]
    with app.app_context(), acting_as(SYSTEM) as session, unit_of_work():
        ola = session.scalars(sa.select(Person.id).where(Person.email == "ola.mazur@meridian.example")).one()
        for count, ticket in enumerate(session.scalars(sa.select(Ticket).order_by(Ticket.id))):
            ticket.assignee_id, ticket.priority = ola, count % 4 + 1
            ticket.status = ticket.status_category = "waiting_requester" if count % 5 == 0 else "open"
            ticket.due_at, ticket.updated_at = (
                now() + timedelta(minutes=37 * count - 100),
                now() - timedelta(hours=count),
            )
    return found


@pytest.fixture
def large_house(app: Flask) -> list[str]:
    """Put Marek on seven desks more, one of them with thirty agents; give the desks' keys."""
    branches = ("Gdańsk", "Kraków", "Lublin", "Łódź", "Poznań", "Szczecin", "Wrocław")
    with app.app_context(), acting_as(SYSTEM) as session:
        keys = [
            add_desk(f"B{letter}", {"en": f"IT in {town}", "pl": f"IT oddziału {town}"}, confidential=False)
            for letter, town in zip("ABCDEFG", branches, strict=True)
        ]
        with unit_of_work():
            marek = session.scalars(sa.select(Person).where(Person.email == "marek.nowak@meridian.example")).one()
            for key in keys:
                grant(marek, key)
            for count in range(30):
                colleague = Person(email=f"agent{count}@meridian.example", name=f"Agnieszka Kamińska {count}")
                session.add(colleague)
                session.flush()
                grant(colleague, keys[0])
    return keys


def test_a_list_of_25_rows_and_the_first_visit_stay_light(
    marek: Any, full_list: list[str], large_house: list[str]
) -> None:
    for language in ("en", "pl"):
        with marek.client.session_transaction() as session:
            session["language"] = language
        html = marek.get("/agent/tickets?queue=open&limit=25").data
        body = marek.page.text.partition("<tbody>")[2]
        for filled in ("NB-0412", "Ola Mazur", 'class="sla ', "“The connection drops", 'class="tag">home-office<'):
            assert body.count(filled) == len(full_list), filled
        assert all(f"desk={key}" in html.decode() for key in large_house)
        assert len(html) <= 60_000
    files = [STATIC / name for name in ("app.css", "icons.svg", "workspace.js", "shared.js", "favicon.svg")]
    transferred = len(gzip.compress(html)) + sum(len(gzip.compress(file.read_bytes())) for file in files)
    assert transferred <= 110_000


def test_a_list_with_every_column_and_long_names_stays_light(
    app: Flask, marek: Any, full_list: list[str], large_house: list[str]
) -> None:
    columns = list_columns(marek.get("/agent/tickets?queue=open").text)
    assert len(columns) == len(COLUMNS) + 1
    with app.app_context(), acting_as(SYSTEM) as session, unit_of_work():
        long = "Aleksandra Wiśniewska-Kowalczyk"
        session.execute(sa.update(Person).values(name=sa.literal(f"{long} ") + sa.cast(Person.id, sa.String)))
    for language in ("en", "pl"):
        with marek.client.session_transaction() as session:
            session["language"] = language
        page = marek.get(f"/agent/tickets?q=is:unsolved&limit=25&columns={','.join(columns)}")
        body = page.text.partition("<tbody>")[2]
        assert body.count(long) >= 2 * len(full_list)
        for filled in ("NB-0412", 'class="sla ', 'class="tag">vpn<'):
            assert body.count(filled) == len(full_list), filled
        assert len(page.data) <= 60_000


def test_more_agents_than_a_menu_names_come_when_it_is_opened(marek: Any, opens: Any, large_house: list[str]) -> None:
    number = opens()
    page = marek.get("/agent/tickets?queue=open").text
    assert "Agnieszka" not in page
    assert 'data-load="/agent/tickets/agents"' in page
    assert re.search(r'name="step" value="choose">.*?All agents</button>', page)
    choices = marek.get("/agent/tickets/agents").text
    assert choices.count('name="assignee"') == 32
    assert "<html" not in choices
    # The ticket's own desk has two agents, which stand in its menu at once.
    assert 'value="ola.mazur@meridian.example">Ola Mazur</button>' in marek.get(f"/agent/tickets/{number}").text
    assert marek.get(f"/agent/tickets/{number}/agents").text.count('name="assignee"') == 1
