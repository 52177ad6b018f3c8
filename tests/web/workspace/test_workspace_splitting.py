"""A message that becomes a ticket of its own: quoted there, linked both ways, and taken back."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask

from deskcore.extensions import db
from deskcore.testing import statements
from tests.replies import let_replies_go_out


@pytest.fixture
def number(app: Flask, marek: Any, opens: Any) -> str:
    """Open a ticket to which Anna writes about something else, and Marek a note."""
    found = str(opens("Mouse is broken"))
    marek.get(f"/agent/tickets/{found}")
    marek.post(f"/agent/tickets/{found}/note", version=marek.hidden("version"), body="CANARY-NOTE")
    marek.get(f"/agent/tickets/{found}")
    reply = "By the way:\nmy screen flickers."
    marek.post(f"/agent/tickets/{found}/reply", version=marek.hidden("version"), body=reply)
    let_replies_go_out(app)
    return found


def test_a_message_becomes_a_ticket_that_quotes_it_and_is_taken_back(marek: Any, number: str) -> None:
    page = marek.get(f"/agent/tickets/{number}/split").text
    assert "my screen flickers." in page
    assert "CANARY-NOTE" not in page
    quote = re.search(rf'href="(/agent/tickets/{number}/follow-up\?quote=\d+)"', page)
    assert quote is not None
    page = marek.get(quote[1]).text
    form = re.search(rf'href="([^"]+parent={number}[^"]+)"', page)
    assert form is not None
    address = re.sub(r"service=[a-z-]+", "service=it-question", unescape(form[1]))
    page = marek.get(address)
    assert f"Marek Nowak wrote in {number}:\n&gt; By the way:\n&gt; my screen flickers." in page.text
    fields = re.findall(r'<textarea[^>]*name="([a-z_]+)"[^>]*>\n?([^<]*)', page.text)
    answers = {name: unescape(text) for name, text in fields} | {"subject": "Screen"}
    page = marek.post(address, idempotency_key=marek.hidden("idempotency_key"), **answers).text
    assert "was opened." in page
    undo = re.search(r'action="(/agent/undo/[^"]+)"', page)
    assert undo is not None
    assert "Contains" in page
    assert f"Undone: {number} is as it was." in marek.post(unescape(undo[1])).text


def test_what_is_no_message_is_not_quoted(marek: Any, number: str) -> None:
    for quote in ("2", "99", "x", "-1", "9" * 30):
        page = marek.get(f"/agent/tickets/new?parent={number}&service=it-question&quote={quote}")
        assert page.status_code == 200
        assert "wrote in" not in page.text
        assert "CANARY-NOTE" not in page.text


def test_the_page_takes_few_statements(app: Flask, marek: Any, number: str) -> None:
    with app.app_context():
        engine = db.engine
    with statements(engine) as ran:
        marek.get(f"/agent/tickets/{number}/split")
    assert len(ran) <= 8
