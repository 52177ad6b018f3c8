"""Whatever somebody types is a query: on the page, in the API, on every backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deskcore.people.services import find_person
from deskcore.people.tokens import make_token
from deskcore.plugin import search
from tests.bad_inputs.cases import collection

from .conftest import Shelf
from .test_tickets import ANNA, opened
from .test_tickets import found as tickets

#: Operators, quotes and wildcards of the engines, words that say nothing, and a megabyte.
TEXTS = (
    "*", "**", '"', '"printer', "'", "AND OR NOT NEAR(", "NEAR(a b, 2)", "title:gate", "words : x", "{words}: x", "^x",
    "' || 1 --", "a:* & !b | (", "a <-> b", ":*", "\\", "\\\\'", "%_%", "-", "+printer -paper", "~", "printer~2",
    "[a TO b]", "the and of", "się nie", "\0", "printer\0", "\u202e\u0301", "🦆" * 500, "\ud83d", "x" * 1_000_000,
    "printer " * 125_000,
)  # fmt: skip
#: Characters that the address of a page or of the API is given; a server refuses longer ones.
FITS = 2_000


def bad_texts() -> Iterator[str]:
    yield from TEXTS
    for key in ("SQ-004", "SQ-010"):
        yield from collection()[key].payload


def test_any_text_finds_something_or_nothing(shelf: Shelf, work: Callable[[], None], app: Flask) -> None:
    shelf.put("gate", "Gate: title AND words", "the and of się nie printer", "en")
    number = opened("A printer AND a gate", "the and of")
    work()
    with app.test_request_context():
        for text in bad_texts():
            assert {hit.key for hit in search.find(text, kinds=("article",))} <= {"gate"}, text[:50]
            assert {hit.key for hit in search.answer(text, kinds=("ticket",)).hits} <= {number}, text[:50]
    for text in (each for each in TEXTS if "\ud83d" not in each):
        assert set(tickets(text)) <= {number}, text[:50]


def test_a_word_is_found_however_it_is_written(shelf: Shelf, work: Callable[[], None]) -> None:
    shelf.put("a", "Zażółć gęślą jaźń", "", "pl")
    shelf.put("b", "İstanbul, Hauptstraße", "", "en")
    work()
    for text, key in (
        ("ZAŻÓŁĆ", "a"), ("zaz\u0307o\u0301l\u0142c\u0301", "a"), ("zazolc", "a"), ("istanbul", "b"), ("STRASSE", "")
    ):  # fmt: skip
        assert [hit.key for hit in search.find(text, kinds=("article",))] == ([key] if key else []), text


@pytest.mark.parametrize("backend", ["disk", "tsvector"], indirect=True)
def test_pages_and_the_api_take_any_text(
    shelf: Shelf, work: Callable[[], None], app: Flask, sign_in: Callable[[str], FlaskClient]
) -> None:
    shelf.put("gate", "Gate", "", "en")
    work()
    anna, person = sign_in("anna.kowalska"), find_person(ANNA)
    assert person is not None
    bearer = {"Authorization": f"Bearer {make_token(person).token}"}
    for text in bad_texts():
        typed = quote(text[:FITS].encode("utf-8", "surrogatepass"))
        # An address with that character is none, wherever it leads.
        assert anna.get(f"/search?q={typed}").status_code == (404 if "\0" in text else 200), text[:50]
        answer = anna.get(f"/api/v1/search?q={typed}", headers=bearer)
        assert answer.status_code in (200, 422), text[:50]
    assert anna.get(f"/search?q={'x' * 1_000_000}").status_code in (200, 414)


@pytest.mark.parametrize("backend", ["disk"], indirect=True)
def test_a_long_text_is_looked_at_from_its_beginning(shelf: Shelf, work: Callable[[], None]) -> None:
    shelf.put("gate", "The gate of the yard", "", "en")
    work()
    assert [hit.key for hit in search.find("gate " + "nothing " * 100_000, kinds=("article",))] == ["gate"]
