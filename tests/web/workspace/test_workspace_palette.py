"""The box that leads everywhere: what it finds, for whom, and how little it asks the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.extensions import db
from deskcore.people.services import create_person
from deskcore.testing import statements
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture
def hides(app: Flask) -> Callable[[str], None]:
    """Give ``hides(number)``: from now on nobody sees that ticket who was not named."""

    def hidden(number: str) -> None:
        with app.app_context(), unit_of_work(), acting_as(SYSTEM) as session:
            session.execute(sa.update(Ticket).where(Ticket.number == number).values(visibility="named"))

    return hidden


def found(agent: Any, query: str = "", **more: str) -> dict[str, list[dict[str, str]]]:
    """Return what the box offers, by the title of its group."""
    answer = agent.client.get("/agent/palette", query_string={"q": query, **more})
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    return {group["title"]: group["items"] for group in answer.json["groups"]}


def titles(agent: Any, query: str, group: str) -> list[str]:
    return [item["title"] for item in found(agent, query).get(group, [])]


def test_a_ticket_is_found_by_number_digits_and_words(marek: Any, opens: Any) -> None:
    number = opens("VPN drops every hour")
    opens("Mouse is broken")
    for query in (number, number.lower(), number.partition("-")[2], "drops", "vpn DROPS"):
        assert titles(marek, query, "Tickets") == ["VPN drops every hour"], query
    (item,) = found(marek, "drops")["Tickets"]
    assert (item["url"], item["detail"]) == (f"/agent/tickets/{number}", number)


def test_what_the_viewer_may_not_see_is_not_to_be_told_from_what_does_not_exist(
    marek: Any, opens: Any, hides: Callable[[str], None]
) -> None:
    number = opens("Salary of the board", tags=["payroll"])
    hides(number)
    assert found(marek, number) == found(marek, "IT-9999") == {}
    assert found(marek, "Salary of the board") == found(marek, "#payroll") == {}
    assert found(marek, recent=number) == {}
    assert marek.get(f"/agent/search?q={number}").status_code == 200
    assert "Salary" not in marek.page.text


def test_the_tickets_that_were_open_lately_come_in_their_order(marek: Any, opens: Any) -> None:
    first, second = opens("First"), opens("Second")
    lately = found(marek, recent=f"{second} IT-9999 {first} evil' {second}")["Open lately"]
    assert [item["detail"] for item in lately] == [second, first]


def test_people_are_found_by_name_and_address_and_at_most_eight(app: Flask, marek: Any) -> None:
    with app.app_context():
        for place in range(12):
            create_person(f"twin{place}@meridian.example", f"Twin {place:02}")
    assert len(titles(marek, "@twin", "People")) == 8
    assert found(marek, "@twin")["People"] == found(marek, "twin")["People"]
    (anna,) = found(marek, "@kowalska anna")["People"]
    assert (anna["value"], anna["url"]) == (
        "anna.kowalska@meridian.example",
        "/agent/people/anna.kowalska@meridian.example",
    )


def test_a_tag_leads_to_its_tickets(marek: Any, opens: Any) -> None:
    number = opens("VPN drops", tags=["vpn", "network"])
    (tag,) = found(marek, "#vp")["Tags"]
    assert tag["title"] == "vpn"
    assert number in marek.get(tag["url"]).text


def test_settings_are_for_those_who_may_change_them(app: Flask, marek: Any, browser: Callable[[str], Any]) -> None:
    from deskcore.people.services import find_person, grant

    with app.app_context():
        admin = find_person("admin@meridian.example")
        assert admin is not None
        grant(admin, "it", "agent")
    assert titles(browser("admin"), ">plug", "Settings") == ["Plugins"]
    assert titles(marek, ">plug", "Settings") == []


def test_commands_come_once_with_their_keys_and_places(marek: Any) -> None:
    answer = marek.client.get("/agent/palette").json
    known = {command["name"]: command for command in answer["commands"]}
    assert (known["assign_me"]["title"], known["assign_me"]["key"]) == ("Assign to me", "I")
    assert known["mine"]["url"] == "/agent/tickets?queue=mine"
    assert "commands" not in marek.client.get("/agent/palette?q=x").json


@pytest.mark.parametrize("query", ["", "a", "vpn", "123", "IT-1", "@a", "#a", ">a", "%", "_", "'"])
def test_an_answer_takes_four_statements_at_most(app: Flask, marek: Any, opens: Any, query: str) -> None:
    number = opens("VPN")
    with app.app_context():
        engine = db.engine
    with statements(engine) as ran:
        found(marek, query, recent=number)
    assert len(ran) <= 4, ran


@pytest.mark.parametrize("query", ["%", "_", "' OR 1=1 --", '"', "\\", MARKUP, ")(*&", "#%", "@%", ">%"])
def test_signs_with_a_meaning_elsewhere_are_only_signs_here(marek: Any, opens: Any, query: str) -> None:
    opens("Nothing of the kind", tags=["plain"])
    groups = found(marek, query)
    assert groups == {}
    page = marek.client.get("/agent/search", query_string={"q": query})
    assert page.status_code == 200
    assert MARKUP not in page.text


def test_a_subject_with_markup_stays_text(marek: Any, opens: Any) -> None:
    opens(MARKUP)
    assert titles(marek, "onerror", "Tickets") == [MARKUP]
    page = marek.get("/agent/search?q=onerror").text
    assert MARKUP not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize("query", ["a" * 10_000, "ż" * 10_000, "a " * 5_000, "@" * 10_000])
def test_a_long_query_is_cut_and_the_page_says_to_what(marek: Any, query: str) -> None:
    found(marek, query)
    page = marek.get(f"/agent/search?q={query}")
    assert page.status_code == 200
    assert f'id="search-q" name="q" value="{" ".join(query.split())[:300]}"' in page.text


def test_without_a_script_the_same_box_leads_to_a_page(marek: Any, opens: Any) -> None:
    number = opens("VPN drops")
    home = marek.get("/agent/tickets?queue=open").text
    assert 'action="/agent/search"' in home
    page = marek.get("/agent/search?q=vpn").text
    assert f'href="/agent/tickets/{number}"' in page
    assert marek.get(f"/agent/search?q={number}").request.path == f"/agent/tickets/{number}"
    assert "Nothing found for “Zebediah”." in marek.get("/agent/search?q=Zebediah").text
    assert 'href="/agent/tickets?queue=mine"' in marek.get("/agent/search?q=>my tickets").text


def test_requesters_and_strangers_get_nothing(app: Flask, browser: Callable[[str], Any]) -> None:
    assert browser("anna.kowalska").get("/agent/palette?q=a").status_code == 403
    assert app.test_client().get("/agent/palette?q=a").status_code == 302
