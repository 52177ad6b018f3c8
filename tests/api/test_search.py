"""What a search finds: by number and subject, and nothing that the caller does not see."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.conftest import Program


def test_a_ticket_is_found_by_its_number_and_by_words_of_its_subject(marek: Program) -> None:
    number = marek.opens(subject="Printer jams again", description="Paper\neverywhere.")
    marek.opens(subject="Mail is slow")
    [by_number] = marek.get(f"/search?q={number.lower()}").get_json()["items"]
    [by_words] = marek.get("/search?q=printer+jams&kind=ticket").get_json()["items"]
    assert by_number == {
        "kind": "ticket",
        "title": "Printer jams again",
        "url": f"http://127.0.0.1:8000/agent/tickets/{number}",
        "snippet": "Paper everywhere.",
        "score": 1.0,
    }
    assert by_words == by_number


def test_everybody_finds_what_they_see(anna: Program, marek: Program, program: Callable[..., Program]) -> None:
    number = anna.opens(subject="A secret wish")
    found = {
        name: [hit["url"] for hit in caller.get("/search?q=secret").get_json()["items"]]
        for name, caller in {"anna": anna, "marek": marek, "jan": program("jan.wojcik")}.items()
    }
    assert found["anna"] == [f"http://127.0.0.1:8000/requests/{number}"]
    assert found["marek"] == [f"http://127.0.0.1:8000/agent/tickets/{number}"]
    assert found["jan"] == []
    assert program("jan.wojcik").get(f"/search?q={number}").get_json()["items"] == []


def test_a_search_has_bounds(marek: Program) -> None:
    for place in range(3):
        marek.opens(subject=f"Printer {place}")
    assert len(marek.get("/search?q=printer&limit=2").get_json()["items"]) == 2
    assert marek.get("/search?q=%20").get_json()["items"] == []
    for query, field in (("", "q"), ("q=a&kind=car", "kind"), ("q=" + "a" * 201, "q"), ("q=a&after=x", "after")):
        answer = marek.get(f"/search?{query}")
        assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, field), query
