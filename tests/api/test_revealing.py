"""Sensitive answers in the API: null, until a token that was made for it asks for one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from deskcore import audit
from deskcore.answer_keys import FILE
from deskcore.desks.editing import create
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.hooks.contributions import Field, RequestType, Text
from deskcore.runtime import runtime
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.api.conftest import Program

WORDS = Text("Words", "Słowa")
BODY = {"desk": "it", "request_type": "payout", "subject": "Bonus", "answers": {"account": "PL61 1090"}}


@pytest.fixture
def number(app: Flask, anna: Program) -> str:
    """Anna's program asks for something with a sensitive field."""
    field = Field("account", "text", WORDS, sensitive=True)
    with app.app_context():
        with acting_as(SYSTEM):
            create(RequestType("payout", "it", WORDS, WORDS, fields=(field,)), "admin@meridian.example")
        refresh()
    return anna.opens(**BODY)


def test_a_token_reads_a_sensitive_answer_if_it_was_made_for_that(
    app: Flask, program: Callable[..., Program], number: str
) -> None:
    agent = program("marek.nowak", scopes=("answers:reveal",))
    answer = agent.post(f"/tickets/{number}/answers/account/reveal", None)
    assert (answer.status_code, answer.get_json()) == (200, {"field": "account", "value": "PL61 1090"})
    assert answer.headers["Cache-Control"] == "no-store"
    with app.app_context():
        entry = next(iter(audit.walk(db.session, audit.Wanted(what="answer"))))
    assert (entry.actor, entry.subject, entry.after) == ("marek.nowak@meridian.example", number, {"field": "account"})


def test_without_its_key_the_answer_says_so_and_the_ticket_is_of_use(
    app: Flask, program: Callable[..., Program], anna: Program, number: str
) -> None:
    with app.app_context():
        (runtime().config.instance / FILE).unlink()
    agent = program("marek.nowak", scopes=("answers:reveal", "tickets:read"))
    refused = agent.post(f"/tickets/{number}/answers/account/reveal", None)
    assert (refused.status_code, refused.get_json()["detail"][:31]) == (503, "This answer cannot be opened: t")
    assert agent.get(f"/tickets/{number}").get_json()["answers"] == {"account": None}
    refused = anna.post("/tickets", BODY)
    assert (refused.status_code, "cannot be stored" in refused.get_json()["detail"]) == (503, True)


def test_any_other_token_reads_that_there_is_one(
    program: Callable[..., Program], marek: Program, anna: Program, number: str
) -> None:
    assert marek.get(f"/tickets/{number}").get_json()["answers"] == {"account": None}
    for caller, status in (
        (marek, 403),
        (anna, 403),
        (program("anna.kowalska", scopes=("answers:reveal",)), 403),
        (program("kasia.dabrowska", scopes=("answers:reveal",)), 404),
        (program("marek.nowak", scopes=("answers:reveal",), area="portal"), 404),
    ):
        answer = caller.post(f"/tickets/{number}/answers/account/reveal", None)
        assert answer.status_code == status
        assert "PL61" not in answer.text
    agent = program("marek.nowak", scopes=("answers:reveal",))
    assert agent.post(f"/tickets/{number}/answers/subject/reveal", None).status_code == 404
