"""A sensitive answer on the agent's page: masked, shown on a click, and shown there only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from deskcore import audit
from deskcore.answer_keys import FILE
from deskcore.desks.editing import create
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.hooks.contributions import Field, RequestType, Text
from deskcore.people.services import find_person
from deskcore.runtime import runtime
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as
from tests.web.browsers import Browser

FIELDS = (
    Field("about", "text", Text("What is it about?", "Czego dotyczy?")),
    Field("account", "text", Text("Account number", "Numer konta"), sensitive=True),
    Field(
        "children",
        "lines",
        Text("Children", "Dzieci"),
        columns=(
            Field("name", "text", Text("Name", "Imię")),
            Field("pesel", "text", Text("PESEL number", "Numer PESEL"), sensitive=True),
        ),
    ),
)
ANSWERS = {"about": "Bonus", "account": "PL61 1090", "children": [{"name": "Ala", "pesel": "16210112345"}]}


@pytest.fixture
def number(app: Flask) -> str:
    """Anna asks for something with a sensitive field, and a table with a sensitive column."""
    with app.app_context():
        words = Text("Payout", "Wypłata")
        with acting_as(SYSTEM):
            create(RequestType("payout", "it", words, words, fields=FIELDS), "admin@meridian.example")
        refresh()
        anna = find_person("anna.kowalska@meridian.example")
        assert anna is not None
        with acting_as(Viewer(anna.id, "portal")):
            return open_ticket(NewTicket("it", "payout", "Bonus", "", anna.id, "portal", ANSWERS))


def revealed(app: Flask) -> list[tuple[str, str, Any]]:
    with app.app_context():
        entries = list(audit.walk(db.session, audit.Wanted(what="answer")))
    return [(entry.actor.partition("@")[0], entry.subject, entry.after["field"]) for entry in entries]


def form_of(page: str, number: str, field: str) -> str:
    action = re.escape(f"/agent/tickets/{number}/answers/{field}")
    found = re.search(rf'<form method="post" action="({action}[^"]*)".*?</form>', page, re.DOTALL)
    assert found is not None
    return found[0]


def test_what_is_sensitive_is_masked_until_somebody_asks_for_it(app: Flask, marek: Browser, number: str) -> None:
    page = marek.get(f"/agent/tickets/{number}").text
    assert "Ala · ••••••" in page
    assert "PL61 1090" not in page
    assert "16210112345" not in page
    assert "The audit log notes who has a hidden answer shown." in page
    assert "Show" in form_of(page, number, "account")
    assert revealed(app) == []


def test_a_click_shows_one_answer_once_and_the_log_says_who_saw_it(app: Flask, marek: Browser, number: str) -> None:
    shown = marek.post(f"/agent/tickets/{number}/answers/account", follow=False)
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert "PL61 1090" in shown.text
    assert "16210112345" not in shown.text
    assert "Hide again" in shown.text
    assert revealed(app) == [("marek.nowak", number, "account")]
    again = marek.get(f"/agent/tickets/{number}/answers/account")
    assert again.request.path == f"/agent/tickets/{number}"
    assert "PL61 1090" not in again.text


def test_a_table_is_shown_whole(marek: Browser, number: str) -> None:
    assert "Ala · 16210112345" in marek.post(f"/agent/tickets/{number}/answers/children").text


def test_the_log_names_ticket_and_field_in_both_languages(browser: Any, marek: Browser, number: str) -> None:
    marek.post(f"/agent/tickets/{number}/answers/account")
    log = browser("admin").get("/admin/audit?what=answer").text
    assert "Sensitive answer shown" in log
    assert number in log
    assert "PL61 1090" not in log


def test_without_its_key_the_page_says_so_and_the_ticket_is_of_use(app: Flask, marek: Browser, number: str) -> None:
    with app.app_context():
        (runtime().config.instance / FILE).unlink()
    refused = marek.post(f"/agent/tickets/{number}/answers/account")
    assert refused.status_code == 422
    assert "This answer cannot be opened" in refused.text
    assert revealed(app) == []
    assert "Bonus" in marek.get(f"/agent/tickets/{number}").text


def test_only_an_agent_of_the_desk_gets_that_far(app: Flask, browser: Any, number: str) -> None:
    for name in ("anna.kowalska", "kasia.dabrowska", "admin"):
        answer = browser(name).post(f"/agent/tickets/{number}/answers/account")
        assert answer.status_code in (403, 404), name
        assert "PL61 1090" not in answer.text
    assert browser("marek.nowak").post(f"/agent/tickets/{number}/answers/about").status_code == 404
    assert revealed(app) == []


def test_the_requester_reads_that_it_was_answered(browser: Any, number: str) -> None:
    page = browser("anna.kowalska").get(f"/requests/{number}").text
    assert "hidden, because it is sensitive" in page
    assert "Ala · ••••••" in page
    assert "PL61 1090" not in page


def test_who_sees_as_somebody_else_has_nothing_shown(app: Flask, browser: Any, number: str) -> None:
    admin = browser("admin")
    admin.get("/admin/people/marek.nowak@meridian.example")
    admin.post("/admin/people/marek.nowak@meridian.example/see-as")
    assert admin.post(f"/agent/tickets/{number}/answers/account").status_code == 403
    assert "PL61 1090" not in admin.page.text
    assert revealed(app) == []
