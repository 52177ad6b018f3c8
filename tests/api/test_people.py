"""Who is found, by whom, and with what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Flask

from deskcore.clock import now
from deskcore.people.absences import Days, plan_absence, today_of
from deskcore.people.services import create_person, deactivate, find_person
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.api.conftest import Program


def names(program: Program, query: str = "") -> list[str]:
    """Walk through the pages of a list and return its names."""
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = program.get(f"/people?limit=3{query}" + (f"&after={after}" if after else "")).get_json()
        found += [person["name"] for person in page["items"]]
        after = page["next"]
    return found


def test_an_agent_finds_everybody_once(app: Flask, marek: Program) -> None:
    with app.app_context():
        for place in range(5):  # of one name: the address decides
            create_person(f"zoe{place}@meridian.example", "Zoë Żak")
    found = names(marek)
    assert len(found) == 7 + 5
    assert found.count("Zoë Żak") == 5


def test_people_are_found_by_words_of_name_and_address(marek: Program) -> None:
    assert names(marek, "&q=kowal") == ["Anna Kowalska"]
    assert names(marek, "&q=zieliński+piotr") == ["Piotr Zieliński"]
    assert names(marek, "&q=ola.mazur@") == ["Ola Mazur"]
    assert names(marek, "&q=kowalska+nowak") == []
    assert names(marek, "&q=%25") == []
    assert names(marek, "&q=_") == []


def test_who_has_left_is_not_found(app: Flask, marek: Program) -> None:
    with app.app_context():
        person = find_person("jan.wojcik@meridian.example")
        assert person is not None
        deactivate(person)
    assert "Jan Wójcik" not in names(marek)


def test_a_requester_finds_nobody_else(anna: Program, program: Callable[..., Program]) -> None:
    assert names(anna) == ["Anna Kowalska"]
    assert names(anna, "&q=nowak") == []
    assert names(program("marek.nowak", area="portal")) == ["Marek Nowak"]


def test_a_cursor_belongs_to_its_words(marek: Program) -> None:
    cursor = marek.get("/people?limit=1").get_json()["next"]
    for path in (f"/people?q=a&after={cursor}", f"/people?after={cursor[:-1]}", "/people?after=x"):
        answer = marek.get(path)
        assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "after"), path


def test_a_manager_is_named_to_those_who_may_know(anna: Program, marek: Program) -> None:
    [by_agent] = marek.get("/people?q=anna.kowalska").get_json()["items"]
    [by_herself] = anna.get("/people").get_json()["items"]
    assert by_agent["manager"] == {"name": "Piotr Zieliński", "email": "piotr.zielinski@meridian.example"}
    assert by_herself["manager"] == {"name": "Piotr Zieliński"}


def test_who_is_away_is_said_and_a_ticket_can_go_to_whoever_stands_in(
    app: Flask, marek: Program, anna: Program
) -> None:
    with app.app_context(), acting_as(SYSTEM):
        ola = find_person("ola.mazur@meridian.example")
        assert ola is not None
        today = today_of(ola)
        plan_absence(ola, Days(today, today, "marek.nowak@meridian.example"))
    [item] = marek.get("/people?q=ola.mazur@").get_json()["items"]
    until = datetime.fromisoformat(item["absent_until"])
    assert until > now()
    [item] = marek.get("/people?q=marek.nowak@").get_json()["items"]
    assert item["absent_until"] is None
    numbers = [anna.opens(), anna.opens()]
    for number, wanted, expected in zip(numbers, ({"stand_in": True}, {}), ("Marek Nowak", "Ola Mazur"), strict=True):
        given = {"assignee": "ola.mazur@meridian.example", **wanted}
        assert marek.patch(f"/tickets/{number}", given).get_json()["assignee"]["name"] == expected
    changes = [line["changes"] for line in marek.get(f"/tickets/{numbers[0]}/timeline").get_json()["items"]]
    assert {"from": None, "to": "Marek Nowak", "instead_of": "Ola Mazur"} in changes
    assert "instead_of" not in anna.get(f"/tickets/{numbers[0]}/timeline").text
