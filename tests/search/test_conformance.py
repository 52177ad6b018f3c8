"""What every backend does alike: on disk, with FTS5 and with tsvector."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from deskcore.plugin import search
from deskcore.runtime import runtime
from deskcore.search import analysis
from deskcore.viewer import Viewer
from deskcore.work import acting_as

from .conftest import Shelf

#: What somebody types, and the key of the document that it should lead to.
PHRASES = {
    "haslo": "password",
    "hasła": "password",
    "zapomniałam hasła": "password",
    "nie pamietam haslo": "password",
    "HASŁO!!!": "password",
    "drukarki nie dzialaja": "printer",
    "drukarka": "printer",
    "drukarce": "printer",
    "drukrka": "printer",
    "zacięty papier": "printer",
    "vpn": "vpn",
    "connecting from home": "vpn",
    "connects": "vpn",
    "NB-2041": "laptop",
    "nb2041": "laptop",
    "laptops": "laptop",
    "🖨": "printer",
    "urlop": "leave",
    "urlopu macierzyńskiego": "leave",
    "wniosek o urlop na żądanie": "leave",
}


def fill(shelf: Shelf) -> None:
    shelf.put("password", "Reset hasła", "Jak ustawić nowe hasło, gdy się je zapomniało.", "pl")
    shelf.put("printer", "Drukarka nie działa 🖨", "Gdy papier się zaciął albo drukarki nie widać w sieci.", "pl")
    shelf.put(
        "vpn", "Connect to the VPN", "How to connect from home, with the [guide](https://example.test/secret).", "en"
    )
    shelf.put("laptop", "Handing over laptop NB-2041", "What the new owner signs.", "en")
    shelf.put("leave", "Urlop macierzyński i na żądanie", "Jak złożyć wniosek urlopowy.", "pl")


def found(text: str, **more: object) -> list[str]:
    return [hit.key for hit in search.find(text, kinds=("article",), **more)]  # type: ignore[arg-type]


def engine() -> search.Engine:
    return runtime().plugins.search_backends[0].value.engine()


def test_phrases_lead_to_their_document(shelf: Shelf, work: Callable[[], None]) -> None:
    fill(shelf)
    work()
    assert {text: found(text)[:1] for text in PHRASES} == {text: [key] for text, key in PHRASES.items()}
    [hit] = search.find("zacięty papier", kinds=("article",), limit=1)
    assert "<mark>papier</mark>" in hit.marked()
    assert 0 < hit.score <= 1
    assert found("secret") == []  # the address of a link is no text
    assert found("connect", language="pl") == []
    assert set(found("connect", language="en")) == {"vpn"}


def test_a_number_or_a_symbol_is_not_taken_for_one_that_begins_like_it(shelf: Shelf, work: Callable[[], None]) -> None:
    fill(shelf)
    work()
    for text in ("2042", "nb20419", "🖲", "🖥"):
        assert found(text) == [], text


def test_what_changes_is_found_anew_and_equals_a_rebuilt_index(shelf: Shelf, work: Callable[[], None]) -> None:
    fill(shelf)
    work()
    shelf.put("vpn", "Working from a hotel", "Ask for a token.", "en")
    shelf.take_away("laptop")
    shelf.put("coffee", "The coffee machine", "", "en")
    work()
    assert (found("hotel"), found("connect"), found("laptop"), found("coffee")) == (["vpn"], [], [], ["coffee"])
    grown = engine().fingerprint("article")
    assert search.rebuild("article") == len(shelf.documents)
    assert engine().fingerprint("article") == grown
    assert found("hotel") == ["vpn"]


def test_nobody_finds_what_is_not_for_him(shelf: Shelf, work: Callable[[], None]) -> None:
    for key, allowed in (("all", search.EVERYONE), ("staff", search.PEOPLE), ("agents", search.AGENTS)):
        shelf.put(key, f"Gate {key}", "", "en", allowed)
    shelf.put("mine", "Gate of the desk", "", "en", search.desk("it"))
    work()
    it = runtime().catalogue.desks["it"].id
    readers = {
        frozenset({"all"}): Viewer(None, "portal"),
        frozenset({"all", "staff"}): Viewer(1, "portal", {it: "agent"}),
        frozenset({"all", "staff", "agents"}): Viewer(1, "workspace", {it + 1000: "agent"}),
        frozenset({"all", "staff", "agents", "mine"}): Viewer(1, "workspace", {it: "agent"}),
    }
    for expected, viewer in readers.items():
        with acting_as(viewer):
            assert set(found("gate")) == expected
    # The index may be behind: what may be shown is asked again.
    shelf.documents["all"] = search.Document("all", "Gate all", "", "en", frozenset({search.AGENTS}))
    with acting_as(Viewer(None, "portal")):
        assert found("gate") == []


@pytest.mark.parametrize(
    "text",
    ["", " ", "\0", "*", '"', "AND OR NOT NEAR(", "title:gate", "' || 1 --", "a:* & !b | (", "the and of", "się nie",
     "\\", "%_%", "{words}: x", "🦆" * 500, "x" * 1_000_000, "gate " * 200_000, "\u202e\u0301"],
    ids=range(18),
)  # fmt: skip
def test_any_text_is_a_query(shelf: Shelf, work: Callable[[], None], text: str) -> None:
    shelf.put("gate", "Gate: title AND words", "the and of się nie", "en")
    work()
    assert set(found(text)) <= {"gate"}


def test_an_index_that_is_not_there_is_built_by_itself(shelf: Shelf, work: Callable[[], None], backend: str) -> None:
    fill(shelf)
    work()
    if backend == "disk":
        from shutil import rmtree

        from flask import current_app

        rmtree(f"{current_app.instance_path}/search")
    else:
        from deskcore_search.models import Built
        from sqlalchemy import delete

        from deskcore.work import unit_of_work

        with unit_of_work() as session:
            session.execute(delete(Built))
    assert found("vpn") == []
    assert not search.ready()
    work()
    assert search.ready()
    assert found("vpn") == ["vpn"]


# Whoosh leaves a file open that it cannot read.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("backend", ["disk"], indirect=True)
def test_a_damaged_file_costs_a_rebuild_and_nothing_else(shelf: Shelf, work: Callable[[], None], app: Flask) -> None:
    fill(shelf)
    work()
    assert found("vpn") == ["vpn"]
    for file in Path(app.instance_path, "search", "article").rglob("*"):
        if file.is_file() and file.name != "current":
            file.write_bytes(file.read_bytes()[:20])
    shelf.put("coffee", "The coffee machine", "", "en")
    work()
    assert (found("vpn"), found("coffee")) == (["vpn"], ["coffee"])
    Path(app.instance_path, "search", "article", "current").write_text("nonsense")
    assert found("vpn") == []


def test_a_rebuild_that_breaks_off_leaves_the_old_index(shelf: Shelf, work: Callable[[], None]) -> None:
    fill(shelf)
    work()
    before = engine().fingerprint("article")

    def broken() -> object:
        yield search.Document("vpn", "Connect to the VPN", "", "en", frozenset({search.EVERYONE}))
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="power"):
        engine().rebuild("article", broken())  # type: ignore[arg-type]
    assert engine().fingerprint("article") == before
    assert found("haslo") == ["password"]


def test_words_are_found_in_each_form() -> None:
    words, pairs = analysis.asked("Drukarki w biurze NB-2041 😀")
    assert [word.text for word in words] == ["drukarki", "biurze", "nb", "nb2041", "2041", "u1f600"]
    assert pairs
    assert analysis.asked("the and of")[0]  # where there is nothing else, these are looked for
