"""Saved replies: kept by an agent or shared by a lead, and inserted into an answer with or without JavaScript."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from deskcore.desks.administration import add_desk
from deskcore.desks.services import refresh
from deskcore.people.models import Person
from deskcore.people.services import get_person, grant, set_rights
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.web.workspace.test_workspace_ticket import pane

TEXT = "Hello {first_name}, {number} is with {desk}. {me}"


def named(name: str) -> Person:
    return get_person(f"{name}@meridian.example")


def saves(agent: Any, name: str = "Greeting", body: str = TEXT, **more: str) -> str:
    """Save one through the form, and return the page that follows."""
    agent.get("/agent/macros/new")
    key = agent.hidden("idempotency_key")
    fields = {"name": name, "body": body, "idempotency_key": key, **more}
    return str(agent.post("/agent/macros", **fields).text)


def token(agent: Any, name: str = "Greeting") -> str:
    found = re.search(rf'href="/agent/macros/([^"]+)">{name}<', agent.get("/agent/macros").text)
    assert found is not None
    return found[1]


def test_one_is_inserted_with_its_variables_and_presets_the_status(marek: Any, opens: Any) -> None:
    saves(marek, category="waiting_requester")
    number = opens()
    reply = pane(marek.get(f"/agent/tickets/{number}?macro={token(marek)}").text, "reply")
    assert f">Hello Anna, {number} is with IT support. Marek Nowak</textarea>" in reply
    assert '<option value="waiting_requester" selected' in reply


def test_an_answer_that_was_begun_stays_before_it(marek: Any, opens: Any) -> None:
    saves(marek, body="Best regards, {me}")
    number = opens()
    marek.get(f"/agent/tickets/{number}")
    key = marek.hidden("idempotency_key")
    marek.post(f"/agent/tickets/{number}/draft/reply", body="We found it.", idempotency_key=key, _draft="", _step="0")
    reply = pane(marek.get(f"/agent/tickets/{number}?macro={token(marek)}").text, "reply")
    assert ">We found it.\n\nBest regards, Marek Nowak</textarea>" in reply


def test_the_menu_brings_them_filled_in_and_each_is_a_link_too(marek: Any, opens: Any) -> None:
    saves(marek, name="B second", body="Two")
    saves(marek, name="A first", body="One for {requester} <b>")
    number = opens()
    menu = marek.get(f"/agent/tickets/{number}/saved-replies").text
    assert menu.index("A first") < menu.index("B second")
    assert 'data-insert="One for Anna Kowalska &lt;b&gt;"' in menu
    link = re.search(r'href="([^"]+)" data-insert="Two"', menu)
    assert link is not None
    assert ">Two</textarea>" in marek.get(link[1].replace("&amp;", "&")).text


def test_without_javascript_the_composer_leads_to_a_page_of_them(marek: Any, opens: Any) -> None:
    saves(marek)
    number = opens()
    page = marek.get(f"/agent/tickets/{number}").text
    assert f'href="/agent/macros?ticket={number}"' in pane(page, "reply")
    choose = marek.get(f"/agent/macros?ticket={number}").text
    assert "Hello Anna" in choose
    assert f'href="/agent/tickets/{number}?macro=' in choose


def test_an_unknown_variable_is_marked_and_stays_as_it_is_written(marek: Any, opens: Any) -> None:
    said = saves(marek, body="Call {phone} or {me}")
    assert "Nothing is filled in for {phone}." in said
    assert '<mark class="tag">{phone}</mark>' in said
    assert '<mark class="tag">{me}</mark>' not in said
    reply = pane(marek.get(f"/agent/tickets/{opens()}?macro={token(marek)}").text, "reply")
    assert ">Call {phone} or Marek Nowak</textarea>" in reply


def test_the_list_is_searched_in_names_and_texts(marek: Any) -> None:
    saves(marek, name="VPN", body="Restart the client")
    saves(marek, name="Printer", body="100% of paper")
    assert "Restart the client" in marek.get("/agent/macros?q=vpn").text
    assert "Restart the client" in marek.get("/agent/macros?q=restart client").text
    assert "100% of paper" not in marek.get("/agent/macros?q=vpn").text
    assert "Restart the client" not in marek.get("/agent/macros?q=%25").text
    assert "No saved reply matches" in marek.get("/agent/macros?q=nothing").text


def test_one_of_ones_own_is_for_nobody_else(marek: Any, ola: Any, opens: Any) -> None:
    saves(marek)
    hers = token(marek)
    assert "Greeting" not in ola.get("/agent/macros").text
    assert ola.get(f"/agent/macros/{hers}").status_code == 404
    assert ola.post(f"/agent/macros/{hers}", name="x", body="y").status_code == 404
    assert ola.post(f"/agent/macros/{hers}/delete").status_code == 404
    assert ola.get(f"/agent/tickets/{opens()}?macro={hers}").status_code == 404


def test_a_lead_shares_one_that_agents_use_and_cannot_change(marek: Any, ola: Any, opens: Any) -> None:
    saves(ola, share="desk:it")
    shared = token(ola)
    assert "Shared with IT support" in marek.get("/agent/macros").text
    assert "Hello Anna" in marek.get(f"/agent/tickets/{opens()}?macro={shared}").text
    assert marek.get(f"/agent/macros/{shared}").status_code == 403
    assert marek.post(f"/agent/macros/{shared}", name="x", body="y").status_code == 403
    assert marek.post(f"/agent/macros/{shared}/delete").status_code == 403
    assert "Greeting" in ola.get("/agent/macros").text


def test_an_administrator_shares_one_with_all_agents_and_nobody_else_changes_it(
    app: Flask, marek: Any, ola: Any, browser: Any, opens: Any
) -> None:
    with app.app_context():
        set_rights(named("jan.wojcik"), administrator=True)
        grant(named("jan.wojcik"), "it", "agent")
    jan = browser("jan.wojcik")
    saves(jan, share="all")
    everyones = token(jan)
    for agent in (marek, ola):
        assert "Shared with everybody" in agent.get("/agent/macros").text
        assert "Hello Anna" in agent.get(f"/agent/tickets/{opens()}?macro={everyones}").text
        for place in (f"/agent/macros/{everyones}", f"/agent/macros/{everyones}/delete"):
            refused = agent.post(place, name="x", body="y", share="")
            assert refused.status_code == 403
            assert "Only an administrator can change what all agents share." in refused.text
    assert '<option value="all">' not in ola.get("/agent/macros/new").text
    assert '<option value="all" selected>' in jan.get(f"/agent/macros/{everyones}").text
    jan.post(f"/agent/macros/{everyones}", name="Greeting", body=TEXT, share="", version=jan.hidden("version"))
    assert "Greeting" not in marek.get("/agent/macros").text


def test_what_a_confidential_desk_shares_is_never_given_to_all(app: Flask, ola: Any) -> None:
    with app.app_context(), acting_as(SYSTEM):
        set_rights(named("ola.mazur"), administrator=True)
        desk = add_desk("SECR", {"en": "Secrets", "pl": "Tajemnice"}, confidential=True)
        grant(named("ola.mazur"), desk, "lead")
        refresh()
    saves(ola, share=f"desk:{desk}")
    shared = token(ola)
    ola.get(f"/agent/macros/{shared}")
    sent = {"name": "Greeting", "body": TEXT, "version": ola.hidden("version")}
    refused = ola.post(f"/agent/macros/{shared}", share="all", **sent)
    assert refused.status_code == 422
    assert "What is shared with a confidential desk stays there, or becomes your own." in refused.text
    assert ola.post(f"/agent/macros/{shared}", share="", **sent).status_code == 200


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": " ", "body": "x"}, "Give it a name."),
        ({"name": "n", "body": " \n"}, "Write the text."),
        ({"name": "n" * 101, "body": "x"}, "A name has at most 100 characters."),
        ({"name": "n", "body": "x" * 10_001}, "The text has at most 10000 characters."),
        ({"name": "n", "body": "x", "category": "new"}, "Choose a status from the list."),
        ({"name": "n", "body": "x", "category": "lost"}, "Choose a status from the list."),
        ({"name": "n", "body": "x", "share": "desk:it"}, "Share it with a desk that you lead."),
        ({"name": "n", "body": "x", "share": "desk:moon"}, "Share it with a desk that you lead."),
        ({"name": "n", "body": "x", "share": "it"}, "Share it with a desk that you lead."),
        ({"name": "n", "body": "x", "share": "all"}, "Only an administrator can share it with everybody."),
    ],
)
def test_what_makes_no_sense_is_refused_and_what_was_typed_is_kept(
    marek: Any, fields: dict[str, str], words: str
) -> None:
    answer = marek.post("/agent/macros", **fields)
    assert answer.status_code == 422
    assert 'id="error-summary"' in answer.text
    assert words in answer.text
    assert f">{fields['body']}</textarea>" in answer.text or not fields["body"].strip()
    assert "You have no saved replies yet." in marek.get("/agent/macros").text


def test_sending_the_form_twice_keeps_one(marek: Any) -> None:
    marek.get("/agent/macros/new")
    fields = {"name": "Greeting", "body": "Hello", "idempotency_key": marek.hidden("idempotency_key")}
    for _ in range(2):
        marek.post("/agent/macros", **fields)
    assert marek.get("/agent/macros").text.count(">Greeting<") == 1


def test_a_change_that_crosses_another_keeps_both_texts(marek: Any) -> None:
    saves(marek)
    place = f"/agent/macros/{token(marek)}"
    marek.get(place)
    seen = marek.hidden("version")
    marek.post(place, name="Greeting", body="The first change", version=seen)
    crossed = marek.post(place, name="Greeting", body="The second change", version=seen)
    assert crossed.status_code == 409
    assert "The first change" in crossed.text
    assert ">The second change</textarea>" in crossed.text
    marek.post(place, name="Greeting", body="The second change", version=marek.hidden("version"))
    assert "The second change" in marek.get("/agent/macros").text


def test_one_is_deleted(marek: Any) -> None:
    saves(marek)
    assert "“Greeting” was deleted." in marek.post(f"/agent/macros/{token(marek)}/delete").text
    assert "You have no saved replies yet." in marek.get("/agent/macros").text


@pytest.mark.parametrize("strange", ["nonsense", "x" * 3000, "%00", "..%2F.."])
def test_one_that_never_was_is_not_found(marek: Any, opens: Any, strange: str) -> None:
    assert marek.get(f"/agent/tickets/{opens()}?macro={strange}").status_code == 404
    assert marek.get(f"/agent/macros/{strange}").status_code == 404


def test_whoever_takes_one_from_the_desk_keeps_it(app: Flask, marek: Any, ola: Any) -> None:
    with app.app_context():
        grant(named("marek.nowak"), "it", "lead")
    saves(marek, share="desk:it")
    shared = token(ola)
    ola.get(f"/agent/macros/{shared}")
    ola.post(f"/agent/macros/{shared}", name="Greeting", body=TEXT, share="", version=ola.hidden("version"))
    assert "Greeting" in ola.get("/agent/macros").text
    assert "Greeting" not in marek.get("/agent/macros").text


def test_a_version_of_absurd_length_is_no_failure(marek: Any) -> None:
    saves(marek)
    assert marek.post(f"/agent/macros/{token(marek)}", name="n", body="x", version="9" * 5000).status_code == 200
