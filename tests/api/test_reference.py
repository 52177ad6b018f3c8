"""The reference for readers: complete, true, and in the language of its reader."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from deskcore.hooks.contributions import Field, Text
from deskcore.people.services import find_person
from deskcore.people.tokens import SCOPES
from deskcore.tickets.attachments import attach, store_upload
from deskcore.tickets.models import Ticket
from deskcore.tickets.sealed_files import Places
from deskcore.tickets.sensitive import stored
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work
from tests.api.conftest import Program
from tests.api.curl import commands, send

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def database() -> str:
    """A page and its examples are the same on both databases."""
    return "sqlite"


@pytest.fixture
def page(app: Flask) -> str:
    return app.test_client().get("/api/docs").text


def test_every_operation_is_there_with_what_it_needs(page: str, stranger: Program) -> None:
    for path, item in stranger.get("/openapi.json").get_json()["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            [section] = re.findall(rf'<article [^>]*id="{operation["operationId"]}".*?</article>', page, re.DOTALL)
            shown = html.unescape(section)
            assert f">{method.upper()}<" in shown
            assert f">{path}<" in shown
            for parameter in [*operation.get("parameters", []), *item.get("parameters", [])]:
                assert f"<code>{parameter['name']}</code>" in shown
            for scope in [scope for way in operation["security"] for scope in way["token"]]:
                assert f"<code>{scope}</code>" in shown
            for status in operation["responses"]:
                assert f"<code>{status}</code>" in shown


def test_every_link_on_the_page_leads_somewhere(page: str) -> None:
    anchors = re.findall(r'id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert len(links) > 30
    assert links <= set(anchors)


def test_fields_come_with_types_and_limits(page: str) -> None:
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))
    assert "subject string, at most 200 characters" in text
    assert "tags list of string, at most 30 of them, each of at most 40 characters" in text
    assert "priority string, one of low, normal, high, urgent" in text
    assert "assignee string or null, at most 254 characters" in text


def test_the_page_speaks_its_readers_language_and_says_what_does_not(app: Flask) -> None:
    polish = app.test_client().get("/api/docs", headers={"Accept-Language": "pl"}).text
    assert "Teksty operacji są po angielsku." in polish
    assert re.search(r'<a [^>]*lang="en">List tickets</a>', polish)
    assert "Wymaga zakresu:" in polish


def test_whoever_is_signed_in_keeps_the_menu(sign_in: Callable[[str], FlaskClient]) -> None:
    answer = sign_in("anna.kowalska").get("/api/docs")
    assert (answer.status_code, "Anna Kowalska" in answer.text) == (200, True)


def confide(app: Flask, number: str) -> str:
    """Give a ticket the sensitive answer that the reference shows, and a file of it; return the file's key."""
    field = Field("account_number", "text", Text("Account", "Konto"), sensitive=True)
    with app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == number)).one()
        for name, value in stored((field,), {**ticket.answers, field.key: "PL61"}).items():
            setattr(ticket, name, value)
        marek = find_person("marek.nowak@meridian.example")
        assert marek is not None
        sender = Viewer(marek.id, "workspace")
        with acting_as(sender):
            key = store_upload(BytesIO(b"x"), "statement.pdf", sensitive=True)
        attach(session, ticket.id, [key], sender=sender, places=Places(ticket.sealed_as or "", {key: field.key}))
    return key


def test_the_examples_on_the_page_work(app: Flask, page: str, program: Callable[..., Program]) -> None:
    marek = program("marek.nowak", scopes=SCOPES)
    number = marek.opens()
    sealed = confide(app, number)
    sent = {"method": "POST", "path": f"/tickets/{number}/attachments?name=outlook.log"}
    file = marek.call(**sent, data=b"x", content_type="application/octet-stream").get_json()["attachments"][0]
    examples = [html.unescape(code) for code in re.findall(r"<pre><code>(curl.*?)</code></pre>", page, re.DOTALL)]
    assert len(examples) == 19
    for example in examples:
        command = re.sub(r"\\\n\s+", " ", example)
        key = sealed if "/9Jx0dUqQ2nH4bV7s/reveal" in command else file["key"]
        # Two tickets of their own are merged: the one of the other examples is finished by then.
        command = command.replace("/IT-2394/merge", f"/{marek.opens()}/merge").replace("IT-2380", marek.opens())
        command = command.replace("IT-2394", number).replace("9Jx0dUqQ2nH4bV7s", key)
        with send(app.test_client(), command, {"TOKEN": marek.token}) as answer:
            assert answer.status_code in (200, 201), (command, answer.text)


def test_the_examples_of_the_guide_work(app: Flask, marek: Program) -> None:
    number = marek.opens()
    values: dict[str, Any] = {"TOKEN": marek.token, "HELPDESK": "http://localhost", "NUMBER": number}
    values["ETAG"] = marek.get(f"/tickets/{number}").headers["ETag"]
    calls = commands(GUIDE.read_text(encoding="utf-8"))
    assert len(calls) == 15
    for command, status in calls:
        with send(app.test_client(), command, values) as answer:
            assert answer.status_code == status, (command, answer.text)
