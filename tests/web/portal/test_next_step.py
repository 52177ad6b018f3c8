"""What happens next, over everything that can be known of a request: who acts, until when, and for whose eyes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from flask_babel import force_locale

from deskcore.clock import now
from deskcore.desks.catalogue import OPEN_CATEGORIES
from deskcore.hooks.contributions import STATUS_CATEGORIES
from deskcore.tickets.merged import Destination
from deskcore.web.portal.next_step import Facts, next_step
from deskcore.web.portal.promises import by_when

DESK, AGENT, ANNA, APPROVER = "IT support – First line", "Marek Nowak", "Anna Kowalska", "Piotr Zieliński"
#: Words that speak to the reader.
YOU = {
    "en": re.compile(r"\b(you|your)\b", re.I),
    "pl": re.compile(r"\b(Ci|Ciebie|Tobie|Twój|Twoją|odpowiedz|napisz|odezwiemy|zobaczysz)\b"),
}
#: A past tense that knows whether a man or a woman did it, and an inflected name.
GENDERED = re.compile(r"\b\w+(ał|ała|ił|iła|ył|yła|łem|łam)\b|Marka\b|Markowi|Anny\b|Annie\b|Piotra\b|Piotrowi")


@pytest.fixture
def database() -> str:
    """Sentences are the same on both databases."""
    return "sqlite"


def everything() -> Iterator[Facts]:
    """Give every combination of what can be known."""
    due = (
        now() + timedelta(hours=3),
        now() + timedelta(days=1),
        now() + timedelta(days=9),
        now() - timedelta(hours=1),
        None,
    )
    approvers = (), (APPROVER,), (APPROVER, "Ewa Lis")
    gone = None, Destination("IT-77", "Elsewhere"), Destination()
    for category, assignee, moment, minutes, who, merged, mine in product(
        STATUS_CATEGORIES, (AGENT, ""), due, (480, None), approvers, gone, (True, False)
    ):
        for deciding in {bool(who) and not mine, False}:
            yield Facts(category, DESK, ANNA, assignee, mine, minutes, who, deciding, moment, merged)


@pytest.mark.parametrize("language", ["en", "pl"])
def test_each_request_says_who_acts_and_until_when(app: Flask, language: str) -> None:
    with app.test_request_context(), force_locale(language):
        said = [(facts, next_step(facts)) for facts in everything()]
    assert len(said) > 2000
    for facts, sentence in said:
        assert sentence.endswith(".")
        assert not re.search(r"None|%\(|\{|  |\.\.", sentence), (facts, sentence)
        assert language == "en" or not GENDERED.search(sentence), sentence
        if facts.gone is not None:
            assert ("IT-77" in sentence) == bool(facts.gone.number)
            continue
        names = {name for name in (DESK, AGENT, ANNA, APPROVER) if name in sentence}
        if facts.category in OPEN_CATEGORIES:
            assert names or facts.deciding or YOU[language].search(sentence), (facts, sentence)
        if facts.category in ("new", "open"):
            assert names == {facts.assignee or DESK}
            assert len(re.findall(r"\.", sentence)) >= 2, sentence  # who, and until when
        if not facts.mine and not facts.deciding:
            assert not YOU[language].search(sentence), (facts, sentence)


@pytest.mark.parametrize("language", ["en", "pl"])
def test_what_was_promised_stands_in_the_sentence(app: Flask, language: str) -> None:
    soon, over = now() + timedelta(days=9), now() - timedelta(minutes=1)
    with app.test_request_context(), force_locale(language):
        kept, late = (next_step(Facts("open", DESK, ANNA, AGENT, due=due, typical_minutes=480)) for due in (soon, over))
        assert by_when(soon) in kept
        assert by_when(over) not in late
        assert "480" not in kept + late
    assert {"en": "takes longer", "pl": "dłużej"}[language] in late


def test_what_waits_for_the_reader_says_so_in_his_language(app: Flask) -> None:
    found = {}
    for language in ("en", "pl"):
        with app.test_request_context(), force_locale(language):
            asked = next_step(Facts("waiting_requester", DESK, ANNA, AGENT))
            decides = next_step(Facts("waiting_approval", DESK, ANNA, mine=False, approvers=(APPROVER,), deciding=True))
            other = next_step(Facts("waiting_requester", DESK, ANNA, AGENT, mine=False))
        assert (AGENT in asked, ANNA in asked, ANNA in other, AGENT in other) == (True, False, True, False)
        found[language] = asked, decides, other
    assert "Answer it" in found["en"][0]
    assert "Odpowiedz" in found["pl"][0]
    assert "your approval" in found["en"][1]
    assert "Twoją akceptację" in found["pl"][1]
    assert not set(found["en"]) & set(found["pl"])
