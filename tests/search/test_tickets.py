"""Tickets by all that was written in them, and never further than the reader sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import literal_column

from deskcore.importing.ticket_batches import TicketBatches
from deskcore.importing.ticket_rows import PreparedTicket
from deskcore.people.services import find_person
from deskcore.plugin import now, search
from deskcore.runtime import runtime
from deskcore.testing.people import viewer_of
from deskcore.tickets import lists, matching
from deskcore.tickets.lists import count_tickets, list_tickets
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.queries import TicketQuery
from deskcore.tickets.query_language.meaning import Wanted
from deskcore.tickets.searching import ranked
from deskcore.tickets.services import note, reply, set_tags
from deskcore.work import acting_as

from .conftest import Shelf

#: Tickets do not care where documents are kept.
pytestmark = pytest.mark.parametrize("backend", ["fts5", "tsvector"], indirect=True)

ANNA, JAN, MAREK = (f"{name}@meridian.example" for name in ("anna.kowalska", "jan.wojcik", "marek.nowak"))


def opened(subject: str, description: str = "", by: str = ANNA) -> str:
    person = find_person(by)
    assert person is not None
    with acting_as(viewer_of(by, "portal")):
        answers = {"what_happened": description or subject}
        return open_ticket(NewTicket("it", "incident", subject, description, person.id, "portal", answers))


def found(text: str, by: str = MAREK, area: str = "workspace") -> list[str]:
    """Return what a list shows for a text, and check that it is what is counted and what is ranked."""
    query = TicketQuery(queue="all", text=text)
    with acting_as(viewer_of(by, area)):  # type: ignore[arg-type]
        numbers = [row.number for row in list_tickets(query, None).rows]
        assert count_tickets({"all": query}, None) == {"all": len(numbers)}
        assert {row.number for row in ranked(text, 50)} == set(numbers)
    return numbers


def test_a_ticket_is_found_by_all_that_was_written(shelf: Shelf, work: Callable[[], None]) -> None:
    number = opened("Drukarka na trzecim piętrze", "Nie działają żadne drukarki, asset NB-2041 😀")
    other = opened("The screen flickers", by=JAN)
    with acting_as(viewer_of(MAREK, "workspace")):
        reply(other, "Which cable do you use?")
        note(other, "Probably the graphics adapter, see the CANARY list")
        set_tags(other, ["hardware"])
    work()
    for text in ("drukarki", "nie dzialaja", "drukarce", "NB-2041", "nb2041", "😀", "druka", number, number.lower()):
        assert found(text) == [number], text
    assert found("cable flickering") == found("adapters") == found("hardware") == found("screen adapter") == [other]
    assert found("screen drukarki") == []
    for text in ("", "*", '"', "AND", "a:*", "\0", "the", "x" * 100_000):
        found(text)


def test_nobody_finds_more_than_he_sees(shelf: Shelf, work: Callable[[], None]) -> None:
    number = opened("Screen", "It flickers")
    with acting_as(viewer_of(MAREK, "workspace")):
        note(number, "CANARY of the desk")
    work()
    assert found("canary") == found("flickers") == [number]
    assert found("flickers", ANNA, "portal") == [number]
    assert found("canary", ANNA, "portal") == found("screen canary", ANNA, "portal") == []
    assert found("flickers", JAN, "portal") == []
    # The same agent in the portal is a requester like any other.
    assert found("flickers", MAREK, "portal") == []
    with acting_as(viewer_of(JAN, "portal")):
        assert search.find("flickers", kinds=("ticket",)) == ()


def test_the_grown_index_equals_the_rebuilt_one(shelf: Shelf, work: Callable[[], None]) -> None:
    first, _second = opened("Screen", "It flickers"), opened("Mouse", "It squeaks")
    work()
    with acting_as(viewer_of(MAREK, "workspace")):
        note(first, "An adapter")
        set_tags(first, ["hardware"])
    work()
    engine = runtime().plugins.search_backends[0].value.engine()
    grown = engine.fingerprint("ticket")
    assert search.rebuild("ticket") == 2
    assert engine.fingerprint("ticket") == grown


def test_what_is_imported_is_found(shelf: Shelf, work: Callable[[], None]) -> None:
    desk = runtime().catalogue.desks["it"]
    entry = next(entry for entry in runtime().catalogue.types.values() if entry.desk.key == "it")
    row = PreparedTicket(
        line=1, key="old:7", entry=entry, subject="A haunted printer", description="It prints at night",
        status=desk.status_of("new"), priority=2, team_id=None, tags=(), answers={}, requester=ANNA,
        requester_name="", assignee="", created_at=now(), resolved_at=None,
    )  # fmt: skip
    assert TicketBatches(desk).store([row]) == 1
    work()
    assert len(found("night haunting")) == 1


def test_a_word_that_nothing_has_is_not_taken_for_one_that_says_little(
    shelf: Shelf, work: Callable[[], None], app: Flask
) -> None:
    opened("The auditor has the list")
    work()
    with app.test_request_context(), acting_as(viewer_of(ANNA, "portal")):
        assert search.answer("haslo", kinds=("ticket",)).hits == ()


def test_a_slip_of_the_hand_is_forgiven_where_nothing_else_is_found(
    shelf: Shelf, work: Callable[[], None], app: Flask
) -> None:
    number = opened("The projector flickers", "In the meeting room")
    with acting_as(viewer_of(MAREK, "workspace")):
        note(number, "Replaced by the CANARY")
    opened("Redundancy plan", by=JAN)
    work()
    with app.test_request_context():
        for typed in ("projetcor", "rpojector flickers", "meetting", "projecttor room"):
            with acting_as(viewer_of(ANNA, "portal")):
                answer = search.answer(typed, kinds=("ticket",))
                assert [hit.key for hit in answer.hits] == [number], typed
                assert answer.meant != typed
        with acting_as(viewer_of(ANNA, "portal")):
            assert search.answer("projetcor", kinds=("ticket",)).meant == "projector"
            # Neither what another one asked, nor what agents noted, is guessed.
            for typed in ("reduncancy", "redundancy", "canray", "canary"):
                assert search.answer(typed, kinds=("ticket",)) == search.Answer()
        with acting_as(viewer_of(MAREK, "workspace")):
            assert [hit.key for hit in search.find("canray", kinds=("ticket",))] == [number]


def test_a_caller_of_the_api_finds_the_services_that_are_for_him(app: Flask, shelf: Shelf) -> None:
    catalogue = runtime().catalogue
    key, entry = next((key, each) for key, each in catalogue.types.items() if each.type.key == "incident")
    for_agents = replace(entry, type=replace(entry.type, audience="agents"))
    runtime().catalogue = replace(catalogue, types={**catalogue.types, key: for_agents})
    title = for_agents.type.title.en
    with app.test_request_context():
        for person, area, there in ((MAREK, "workspace", True), (MAREK, "portal", True), (JAN, "portal", False)):
            with acting_as(viewer_of(person, area)):  # type: ignore[arg-type]
                found_keys = [hit.key for hit in search.find(title, kinds=("service",))]
                assert (for_agents.slug in found_keys) is there, (person, area)


def test_words_that_very_many_have_are_listed_and_counted_as_those_that_few_have(
    shelf: Shelf, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above a number of tickets a list asks in another way; both ways are tried with the same tickets."""
    desks = [opened(f"Migration {place}") for place in range(6)]
    mine = opened("Migrations of the screen", by=JAN)
    opened("The mouse squeaks", by=JAN)
    work()
    expected = {"migration": [mine, *reversed(desks)], desks[0]: desks[:1], "migration screen": [mine], "qqqq": []}
    for few, first in ((500, 1500), (2, 3), (2, 100)):
        monkeypatch.setattr(matching, "_FEW", few)
        monkeypatch.setattr(matching, "_FIRST", first)
        for text, numbers in expected.items():
            assert found(text) == numbers, (few, text)
        assert found("migration", JAN, "portal") == [mine]
        without = TicketQuery(queue="all", wanted=(Wanted("text", ("migration",), negated=True),))
        either = TicketQuery(queue="all", wanted=(Wanted("text", ("migration", "mouse")),))
        with acting_as(viewer_of(MAREK, "workspace")):
            assert count_tickets({"no": without, "or": either}, None) == {"no": 1, "or": 8}
            monkeypatch.setattr(lists, "_MOST_COUNTED", literal_column("4"))
            lists._counting.cache_clear()
            assert count_tickets({"or": either}, None) == {"or": 4}
            monkeypatch.undo()
            lists._counting.cache_clear()
