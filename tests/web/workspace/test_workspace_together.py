"""One reply to all parts of a ticket, by page: who gets it, what is left out, and what is kept when it is refused."""

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
def family(marek: Any, opens: Any) -> tuple[str, str, str]:
    """Open a ticket with two parts."""
    numbers = opens("Mail is down"), opens("No mail", by="jan.wojcik"), opens("Mail hangs", by="kasia.dabrowska")
    for child in numbers[1:]:
        marek.get(f"/agent/tickets/{child}")
        marek.post(f"/agent/tickets/{child}/link", version=marek.hidden("version"), other=numbers[0], kind="parent")
    return numbers


def test_the_page_names_who_gets_it_and_sends_it_to_those_who_stay_ticked(
    app: Flask, marek: Any, family: tuple[str, str, str]
) -> None:
    parent, one, other = family
    assert "Reply to all parts (2)…" in marek.get(f"/agent/tickets/{parent}").text
    page = marek.get(f"/agent/tickets/{parent}/reply-all").text
    for name in ("Anna Kowalska", "Jan Wójcik", "Kasia Dąbrowska"):
        assert f"Read by: {name}" in page
    fields = {"version": marek.hidden("version"), "idempotency_key": marek.hidden("idempotency_key")}
    page = marek.send(
        f"/agent/tickets/{parent}/reply-all", {**fields, "body": "It works.", "child": [one], "then": "resolved"}
    ).text
    assert "The reply goes to 2 tickets. It goes out in 10 s." in page
    let_replies_go_out(app)
    assert "It works." in marek.get(f"/agent/tickets/{one}").text
    assert "It works." not in marek.get(f"/agent/tickets/{other}").text
    page = marek.get(f"/agent/tickets/{parent}").text
    assert "1 follow-up is still open." in page
    page = marek.post(f"/agent/tickets/{parent}/solve-children").text
    assert "1 ticket was solved." in page
    assert "is still open" not in page


def test_one_press_takes_all_of_it_back_and_the_text_is_kept(
    app: Flask, marek: Any, family: tuple[str, str, str]
) -> None:
    parent, *children = family
    page = marek.send(f"/agent/tickets/{parent}/reply-all", {"body": "Too early", "child": children}).text
    back = re.search(r'action="(/agent/tickets/[^"]+/held/[^"]+)"', page)
    assert back is not None
    assert "Too early" in marek.post(unescape(back[1])).text
    let_replies_go_out(app)
    for child in children:
        assert "Too early" not in marek.get(f"/agent/tickets/{child}").text


def test_what_is_refused_keeps_the_text_and_what_was_left_out_is_said(marek: Any, family: tuple[str, str, str]) -> None:
    parent, one, other = family
    stale = marek.send(f"/agent/tickets/{parent}/reply-all", {"body": "News", "child": [one], "version": "99-1"})
    assert stale.status_code == 409
    assert ">News</textarea>" in stale.text
    assert re.search(rf'value="{one}" checked', stale.text)
    assert not re.search(rf'value="{other}" checked', stale.text)
    assert marek.send(f"/agent/tickets/{parent}/reply-all", {"body": ""}).status_code == 422
    page = marek.send(f"/agent/tickets/{parent}/reply-all", {"body": "News", "child": ["IT-99999"]}).text
    assert "Left out – IT-99999: It is no longer an open part of this ticket." in page


def test_the_page_takes_few_statements(app: Flask, marek: Any, family: tuple[str, str, str]) -> None:
    with app.app_context():
        engine = db.engine
    with statements(engine) as ran:
        marek.get(f"/agent/tickets/{family[0]}/reply-all")
    assert len(ran) <= 12
