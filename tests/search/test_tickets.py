"""Tickets by all that was written in them, and never further than the reader sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deskcore.importing.ticket_batches import TicketBatches
from deskcore.importing.ticket_rows import PreparedTicket
from deskcore.people.services import find_person
from deskcore.plugin import now, search
from deskcore.runtime import runtime
from deskcore.testing.people import viewer_of
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.queries import TicketQuery, count_tickets, list_tickets
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
