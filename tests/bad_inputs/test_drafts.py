"""Drafts through every door: they are their author's, whoever asks, sends or discards, and no API knows of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests.bad_inputs.callers import Program, asks, masked
from tests.bad_inputs.cases import Case, cases

CANARIES = ("CANARY-REPLY", "CANARY-NOTE", "CANARY-ANSWER", "CANARY-FORM")
FORM = "/services/it-question"


def begun(number: str, anna: FlaskClient, marek: FlaskClient) -> None:
    """Let Marek and Anna begin to write about a request, and Anna another one."""
    marek.post(f"/agent/tickets/{number}/draft/reply", data={"body": "CANARY-REPLY"})
    marek.post(f"/agent/tickets/{number}/draft/note", data={"body": "CANARY-NOTE"})
    anna.post(f"/requests/{number}/draft", data={"body": "CANARY-ANSWER"})
    anna.post(f"{FORM}/draft", data={"description": "CANARY-FORM"})


def seen(answer: Any) -> set[str]:
    with answer:
        return {canary for canary in CANARIES if canary in answer.text}


def readable(house: Flask, number: str) -> list[str]:
    """Return every address that answers to GET, with this request in it."""
    rules = [rule for rule in house.url_map.iter_rules() if "GET" in (rule.methods or ())]
    paths = [rule.rule.replace("<number>", number).replace("<slug>", "it-question") for rule in rules]
    return [re.sub(r"<[^>]*>", "x", path) for path in paths if not path.startswith("/static")]


@cases("API-025")
def test_a_draft_is_shown_to_its_author_and_by_no_api(
    case: Case,
    house: Flask,
    anna: FlaskClient,
    marek: FlaskClient,
    browser: Callable[[str], FlaskClient],
    program: Callable[..., Program],
) -> None:
    number = asks(anna)
    begun(number, anna, marek)
    assert seen(marek.get(f"/agent/tickets/{number}")) == {"CANARY-REPLY", "CANARY-NOTE"}
    assert seen(anna.get(f"/requests/{number}")) == {"CANARY-ANSWER"}
    assert seen(anna.get(FORM)) == {"CANARY-FORM"}
    for name in ("ola.mazur", "jan.wojcik", "piotr.zielinski", "admin"):
        for path in readable(house, number):
            assert seen(browser(name).get(path)) == set(), (name, path)
    for name in ("marek.nowak", "anna.kowalska", "ola.mazur"):
        for path in readable(house, number):
            if path.startswith("/api/"):
                assert seen(program(name).get(path.removeprefix("/api/v1"))) == set(), (name, path)


@cases("API-025")
def test_nobody_sends_discards_or_overwrites_the_draft_of_somebody_else(
    case: Case, anna: FlaskClient, marek: FlaskClient, browser: Callable[[str], FlaskClient]
) -> None:
    number, ola = asks(anna), browser("ola.mazur")
    begun(number, anna, marek)
    page = marek.get(f"/agent/tickets/{number}").text
    stamps = [dict(zip(("_draft", "idempotency_key"), found, strict=True)) for found in _stamps(page)]
    assert len(stamps) == 2
    for stamp in stamps:
        for kind in ("reply", "note"):
            ola.post(f"/agent/tickets/{number}/draft/{kind}", data={"body": "of Ola", "_step": "9"} | stamp)
            ola.post(f"/agent/tickets/{number}/draft/{kind}", data={"_discard": "leave"} | stamp)
    sent = ola.post(f"/agent/tickets/{number}/reply", data={"body": "Sent by Ola", "_draft": stamps[0]["_draft"]})
    assert sent.status_code == 303
    assert re.search(r"<strong>Ola Mazur</strong>.*?Sent by Ola", ola.get(f"/agent/tickets/{number}").text, re.DOTALL)
    assert seen(marek.get(f"/agent/tickets/{number}")) == {"CANARY-REPLY", "CANARY-NOTE"}
    assert seen(anna.get(f"/requests/{number}")) == {"CANARY-ANSWER"}


def _stamps(page: str) -> list[tuple[str, str]]:
    pattern = r'name="idempotency_key" value="([^"]+)"><input type="hidden" name="_draft" value="([^"]+)"'
    return [(draft, key) for key, draft in re.findall(pattern, page)]


def test_a_draft_at_a_place_that_one_may_not_see_looks_like_one_that_does_not_exist(
    anna: FlaskClient, jan: FlaskClient, marek: FlaskClient, hidden: Callable[..., str]
) -> None:
    number = hidden()
    for reader, path in (
        (jan, "/requests/{}/draft"),
        (marek, "/agent/tickets/{}/draft/reply"),
        (marek, "/agent/tickets/{}/draft/note"),
    ):
        for data in ({"body": "x"}, {"_discard": "leave"}, {}):
            there, nowhere = (reader.post(path.format(each), data=data) for each in (number, "IT-999"))
            assert there.status_code == nowhere.status_code == 404, path
            assert masked(there.text, number) == masked(nowhere.text, "IT-999"), path


def test_a_form_for_nobody_or_nothing_has_no_draft(marek: FlaskClient) -> None:
    for query in ("", "?requester=nobody", "?service=it-question", "?requester=a&service=hr-sick", "?requester=%00"):
        assert marek.post(f"/agent/tickets/new/draft{query}", data={"description": "x"}).status_code == 404, query
