"""A sensitive answer that went every way stands nowhere in the database, on no page, and in no log."""

from __future__ import annotations

import csv
import logging
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.engine import make_url

from deskcore.desks.editing import create
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.hooks.contributions import Field, RequestType, Text
from deskcore.importing.mapping import field_map
from deskcore.importing.sources import Source
from deskcore.importing.ticket_rows import TicketOptions
from deskcore.importing.tickets import import_tickets
from deskcore.people.services import find_person
from deskcore.people.tokens import make_token
from deskcore.tickets.models import Ticket
from deskcore.tickets.sealing_stored import rotate, seal_stored
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from deskcore.worker import Worker
from tests.web.browsers import Browser

WORDS, COLUMN = Text("Words", "Słowa"), Text("Number", "Numer")
FORM = "/services/it-payout"
FIELDS = (
    Field("about", "text", WORDS, required=True),
    Field("account", "text", WORDS, sensitive=True),
    Field(
        "children",
        "lines",
        WORDS,
        columns=(Field("name", "text", WORDS), Field("pesel", "text", COLUMN, sensitive=True)),
    ),
)
ANNA, MAREK = "anna.kowalska@meridian.example", "marek.nowak@meridian.example"


@pytest.fixture
def canaries(app: Flask) -> dict[str, str]:
    """Add a service that asks for what is sensitive; give a new word for each place on asking."""
    with app.app_context():
        with acting_as(SYSTEM):
            create(RequestType("payout", "it", WORDS, WORDS, fields=FIELDS), "admin@meridian.example")
        refresh()
    return {}


def word(canaries: dict[str, str], place: str) -> str:
    return canaries.setdefault(place, f"kanarek{secrets.token_hex(8)}")


def answers(canaries: dict[str, str], way: str) -> dict[str, str]:
    """Return a filled form, whose sensitive words say which way they went."""
    table = {"children-0-name": "Ala", "children-0-pesel": word(canaries, f"{way}, cell")}
    return {"about": f"Way {way}", "account": word(canaries, way), **table}


def program(app: Flask, email: str, scopes: tuple[str, ...] = ()) -> dict[str, str]:
    with app.app_context():
        person = find_person(email)
        assert person is not None
        return {"Authorization": f"Bearer {make_token(person, scopes=scopes).token}"}


def as_json(canaries: dict[str, str], way: str) -> dict[str, Any]:
    children = [{"name": "Ala", "pesel": word(canaries, f"{way}, cell")}]
    given = {"about": f"Way {way}", "account": word(canaries, way), "children": children}
    return {"desk": "it", "request_type": "payout", "answers": given}


def goes_through_the_portal(app: Flask, canaries: dict[str, str]) -> None:
    anna = Browser(app, ANNA)
    anna.get(FORM)
    key = anna.hidden("idempotency_key")
    more = {"_shown": ["about", "account", "children"], "_sensitive": ["account", "children"]}
    anna.send(f"{FORM}/draft", {**answers(canaries, "draft"), **more, "idempotency_key": key, "_step": "1"})
    assert anna.send(FORM, {**answers(canaries, "refused"), **more, "about": ""}).status_code == 422
    for _twice in range(2):
        assert anna.send(FORM, {**answers(canaries, "portal"), **more, "idempotency_key": key}).status_code == 200
    again = anna.send(FORM, {**answers(canaries, "portal"), **more, "idempotency_key": key, "about": "Other"})
    assert again.status_code == 422


def goes_through_an_agent(app: Flask, canaries: dict[str, str]) -> None:
    marek, address = Browser(app, MAREK), f"/agent/tickets/new?requester={ANNA}&service=it-payout"
    marek.get(address)
    key = marek.hidden("idempotency_key")
    given = {**answers(canaries, "agent"), "_shown": ["about", "account", "children"], "idempotency_key": key}
    assert marek.send(address, given, follow=False).status_code == 302


def goes_through_the_api(app: Flask, canaries: dict[str, str]) -> str:
    client, own = app.test_client(), program(app, ANNA) | {"Idempotency-Key": "once"}
    first, second = (client.post("/api/v1/tickets", json=as_json(canaries, "api"), headers=own) for _ in range(2))
    assert (first.status_code, first.get_json()["number"]) == (201, second.get_json()["number"])
    other = client.post("/api/v1/tickets", json=as_json(canaries, "api, changed"), headers=own)
    assert other.status_code == 422
    return str(first.get_json()["number"])


def goes_through_an_import(app: Flask, canaries: dict[str, str], folder: Path) -> None:
    path = folder / "payouts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "subject", "iban"), ("1", "Imported", word(canaries, "import"))])
    fields = field_map(None, ["id=id", "subject=subject", "answers.account=iban"])
    with app.app_context(), acting_as(SYSTEM), Source(path) as source:
        report = import_tickets(source, fields, TicketOptions("it", "payout", source="test"))
    assert report.created == 1
    path.unlink()


def is_shown_on_purpose(app: Flask, canaries: dict[str, str], number: str) -> None:
    marek = Browser(app, MAREK)
    page = marek.post(f"/agent/tickets/{number}/answers/children")
    assert canaries["api, cell"] in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert canaries["api"] not in page.text
    own = program(app, MAREK, ("answers:reveal",))
    shown = app.test_client().post(f"/api/v1/tickets/{number}/answers/account/reveal", headers=own)
    assert shown.get_json() == {"field": "account", "value": canaries["api"]}


def pages(app: Flask, number: str) -> Iterator[tuple[str, str]]:
    """Yield what people and programs get who did not ask for it."""
    looked_at = {
        ANNA: (f"/requests/{number}", "/requests", "/search?q=Way"),
        MAREK: (
            f"/agent/tickets/{number}", f"/agent/tickets/{number}/answers/account", "/agent/tickets?queue=open",
            "/agent/tickets.csv?queue=open", "/agent/search?q=Way", "/agent/search?q=kanarek",
        ),
        "admin@meridian.example": ("/admin/audit", "/admin/audit/entries.csv", "/admin/deliveries"),
    }  # fmt: skip
    for email, paths in looked_at.items():
        browser = Browser(app, email)
        for path in paths:
            answer = browser.get(path)
            assert answer.status_code == 200, path
            yield path, answer.text
    for email in (ANNA, MAREK):
        for path in ("/tickets", f"/tickets/{number}", f"/tickets/{number}/timeline", "/search?q=Way"):
            yield path, app.test_client().get(f"/api/v1{path}", headers=program(app, email)).text


def stored_bytes(app: Flask) -> bytes:
    """Return all that the database keeps: SQLite's file with its log, or every table as PostgreSQL copies it."""
    with app.app_context():
        url = db.engine.url
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database))
        return b"".join(each.read_bytes() for each in (path, path.with_name(f"{path.name}-wal")) if each.exists())
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        rows = connection.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'").fetchall()
        found = b""
        for (name,) in rows:
            with connection.cursor().copy(f"COPY {name} TO STDOUT") as copy:
                found += b"".join(bytes(piece) for piece in copy)
    return found


def test_an_answer_that_went_every_way_is_nowhere_in_clear(
    app: Flask, canaries: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    goes_through_the_portal(app, canaries)
    goes_through_an_agent(app, canaries)
    number = goes_through_the_api(app, canaries)
    goes_through_an_import(app, canaries, tmp_path)
    worker = Worker(app)
    while worker.run_once():
        pass
    is_shown_on_purpose(app, canaries, number)
    with app.app_context(), acting_as(SYSTEM):
        assert rotate().tickets == 4
    is_shown_on_purpose(app, canaries, number)
    assert len(canaries) == 13
    said = dict(pages(app, number)) | {"log": caplog.text}
    assert [(place, name) for place, text in said.items() for name, each in canaries.items() if each in text] == []
    stored = stored_bytes(app)
    assert b"Way portal" in stored, "the rest is stored as it is"
    assert [name for name, each in canaries.items() if each.encode() in stored] == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nothing_is_left_in_the_file_of_what_was_stored_in_clear_before(app: Flask, canaries: dict[str, str]) -> None:
    number = goes_through_the_api(app, canaries)
    clear = as_json(canaries, "api")["answers"]
    with app.app_context():
        with acting_as(SYSTEM), unit_of_work() as session:
            ticket = session.scalars(select(Ticket).where(Ticket.number == number)).one()
            ticket.answers, ticket.sealed_as, ticket.sealed_with = clear, None, None
        assert canaries["api"].encode() in stored_bytes(app)
        with acting_as(SYSTEM):
            assert seal_stored() == 1
        assert canaries["api"].encode() not in stored_bytes(app)
    is_shown_on_purpose(app, canaries, number)
