"""The agent's page of a ticket: reading, replying, noting, and every other action, without JavaScript."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from deskcore.extensions import db
from deskcore.people.services import find_person
from deskcore.testing import statements
from deskcore.tickets.services import note, reply
from deskcore.viewer import Viewer
from deskcore.work import acting_as
from tests.replies import let_replies_go_out

NEW = "/agent/tickets/new?requester=anna.kowalska@meridian.example&service=it-incident"


def pane(html: str, name: str) -> str:
    found = re.search(rf'<form class="pane pane-{name}".*?</form>', html, re.DOTALL)
    assert found is not None
    return found[0]


def version(agent: Any, number: str) -> str:
    agent.get(f"/agent/tickets/{number}")
    return str(agent.hidden("version"))


def does(agent: Any, number: str, action: str, **fields: Any) -> str:
    """Open the ticket, send one of its forms, and return the page that follows."""
    seen = version(agent, number)
    return str(agent.post(f"/agent/tickets/{number}/{action}", version=seen, **fields).text)


def test_a_ticket_shows_what_was_asked_by_whom_and_how_it_stands(marek: Any, opens: Any) -> None:
    number = opens("VPN drops every hour", tags=["vpn"])
    page = marek.get(f"/agent/tickets/{number}").text
    for words in (
        '<h1 class="grow">VPN drops every hour</h1>',
        "Since this morning",
        "via portal",
        "Anna Kowalska",
        "New",
        "vpn",
    ):
        assert words in page


def test_the_page_opens_for_a_reply_or_for_a_note_and_never_for_both(marek: Any, opens: Any) -> None:
    number = opens()
    answering = marek.get(f"/agent/tickets/{number}").text
    noting = marek.get(f"/agent/tickets/{number}?mode=note").text
    assert " hidden" in pane(answering, "note").partition(">")[0]
    assert " hidden" not in pane(answering, "reply").partition(">")[0]
    assert " hidden" in pane(noting, "reply").partition(">")[0]
    assert " hidden" not in pane(noting, "note").partition(">")[0]
    assert "Send to Anna" in pane(answering, "reply")
    assert "Save note for agents" in pane(noting, "note")
    assert "is-note" in noting
    assert "is-note" not in answering


def test_a_reply_is_sent_once_and_sets_the_status_that_follows(app: Flask, marek: Any, opens: Any) -> None:
    number = opens()
    seen, key = version(marek, number), marek.hidden("idempotency_key")
    for _ in range(2):
        marek.post(
            f"/agent/tickets/{number}/reply",
            body="Which network do you use?",
            status="waiting_requester",
            version=seen,
            idempotency_key=key,
        )
    let_replies_go_out(app)
    page = marek.get(f"/agent/tickets/{number}").text
    assert page.count("<p>Which network do you use?</p>") == 1
    assert "Marek Nowak set the status to Waiting for requester" in page


def test_a_reply_leads_back_to_its_own_line(marek: Any, opens: Any) -> None:
    number = opens()
    seen = version(marek, number)
    answer = marek.post(f"/agent/tickets/{number}/reply", follow=False, body="On it.", version=seen)
    place = answer.headers["Location"].partition("#")[2]
    assert place == "held"
    assert f'id="{place}"' in marek.get(f"/agent/tickets/{number}").text


def test_a_note_is_marked_as_hidden_from_the_requester(marek: Any, opens: Any) -> None:
    number = opens()
    page = does(marek, number, "note", body="Check the gateway first.")
    assert "Note saved for agents." in page
    assert re.search(r'class="msg internal".*?Check the gateway first\.', page, re.DOTALL)
    assert not re.search(r'class="msg mine".*?Check the gateway first\.', page, re.DOTALL)


@pytest.mark.parametrize("kind", ["reply", "note"])
def test_an_empty_text_is_refused_and_the_file_that_came_with_it_is_kept(marek: Any, opens: Any, kind: str) -> None:
    number = opens()
    seen = version(marek, number)
    sent = {"files": (io.BytesIO(b"error 503"), "client.log"), "body": " \n"}
    page = marek.post(f"/agent/tickets/{number}/{kind}", version=seen, **sent)
    assert page.status_code == 422
    assert "Write something first." in page.text
    assert "Error:" in page.text.partition("</title>")[0]
    token = re.search(r'name="uploads" value="([^"]+)"', pane(page.text, kind))
    assert token is not None
    again = marek.post(f"/agent/tickets/{number}/{kind}", version=seen, body="See the log.", uploads=token[1])
    assert again.status_code == 200
    assert "client.log" in again.text


def test_markup_in_a_message_is_text(marek: Any, opens: Any) -> None:
    number = opens()
    page = does(marek, number, "reply", body="<script>alert(1)</script> <b>bold</b>")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;bold&lt;/b&gt;" in page


@pytest.mark.parametrize(
    ("action", "fields", "sentence"),
    [
        ("assign", {"assignee": "me"}, "Marek Nowak took it"),
        ("assign", {"assignee": "ola.mazur@meridian.example"}, "Marek Nowak assigned it to Ola Mazur"),
        ("status", {"status": "on_hold"}, "Marek Nowak set the status to On hold"),
        ("priority", {"priority": "urgent"}, "Marek Nowak set the priority to Urgent"),
        ("tags", {"tags": "vpn, Home Office"}, "Marek Nowak set the tags to vpn, home, office"),
        ("escalate", {"to": "it/l3"}, "Marek Nowak handed it to the team Specialists"),
        ("follow", {"person": "piotr.zielinski@meridian.example"}, "Marek Nowak added Piotr Zieliński as a follower"),
    ],
)
def test_every_action_says_in_the_thread_what_was_done(
    marek: Any, opens: Any, action: str, fields: dict[str, str], sentence: str
) -> None:
    number = opens()
    page = does(marek, number, action, **fields)
    assert sentence in page
    assert 'class="toast"' in page


def test_what_was_given_can_be_taken_back(marek: Any, opens: Any) -> None:
    number = opens(tags=["vpn"])
    does(marek, number, "assign", assignee="me")
    assert "Marek Nowak took it from Marek Nowak" in does(marek, number, "assign", assignee="")
    assert "Marek Nowak removed all tags" in does(marek, number, "tags", tags="")
    does(marek, number, "follow", person="piotr.zielinski@meridian.example")
    assert "Marek Nowak removed Piotr Zieliński" in does(
        marek, number, "follow", remove="piotr.zielinski@meridian.example"
    )


def test_linked_tickets_lead_to_one_another(marek: Any, opens: Any) -> None:
    problem, number = opens("Gateway limit"), opens("VPN drops")
    page = does(marek, number, "link", other=problem.lower(), kind="caused_by")
    assert "Caused by" in page
    assert f'href="/agent/tickets/{problem}"' in page
    assert "Causes" in marek.get(f"/agent/tickets/{problem}").text


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("assign", {"assignee": "anna.kowalska@meridian.example"}),
        ("status", {"status": "lost"}),
        ("priority", {"priority": "huge"}),
        ("escalate", {"to": "moon/l9"}),
        ("follow", {"person": "nobody@meridian.example"}),
        ("link", {"other": "IT-999999"}),
        ("link", {"other": "", "kind": "strange"}),
    ],
)
def test_what_makes_no_sense_is_refused_on_the_page_itself(
    marek: Any, opens: Any, action: str, fields: dict[str, str]
) -> None:
    number = opens()
    seen = version(marek, number)
    answer = marek.post(f"/agent/tickets/{number}/{action}", version=seen, **fields)
    assert answer.status_code == 422
    assert 'id="error-summary"' in answer.text
    assert number in answer.text


def test_a_reply_that_crosses_a_change_keeps_its_text_and_can_be_sent_anyway(marek: Any, ola: Any, opens: Any) -> None:
    number = opens()
    seen = version(marek, number)
    does(ola, number, "priority", priority="urgent")
    answer = marek.post(f"/agent/tickets/{number}/reply", body="My long answer.", version=seen, status="resolved")
    assert answer.status_code == 409
    assert "Somebody changed this ticket meanwhile." in answer.text
    banner = answer.text.partition('id="error-summary"')[2].partition("<h1")[0]
    assert "Ola Mazur set the priority to Urgent" in banner
    assert ">My long answer.</textarea>" in pane(answer.text, "reply")
    assert re.search(r'value="resolved" selected', pane(answer.text, "reply"))
    anyway = marek.post(f"/agent/tickets/{number}/reply", body="My long answer.", version=marek.hidden("version"))
    assert anyway.status_code == 200
    assert "<p>My long answer.</p>" in anyway.text


def test_an_action_that_crosses_a_change_can_be_insisted_on(marek: Any, ola: Any, opens: Any) -> None:
    number = opens()
    seen = version(marek, number)
    does(ola, number, "assign", assignee="me")
    answer = marek.post(f"/agent/tickets/{number}/assign", assignee="me", version=seen)
    assert answer.status_code == 409
    assert "Ola Mazur took it" in answer.text
    banner = answer.text.partition("Do it anyway")[0].rpartition("<form")[2]
    assert 'name="assignee" value="me"' in banner
    insisted = re.search(r'name="version" value="([^"]+)"', banner)
    assert insisted is not None
    page = marek.post(f"/agent/tickets/{number}/assign", assignee="me", version=insisted[1])
    assert page.status_code == 200
    assert "Marek Nowak took it" in page.text


def test_a_ticket_that_one_may_not_see_looks_like_one_that_does_not_exist(
    app: Flask, browser: Callable[[str], Any], opens: Any
) -> None:
    number = opens()
    anna = browser("anna.kowalska")
    assert anna.get(f"/agent/tickets/{number}").status_code == anna.get("/agent/tickets/IT-999999").status_code == 403
    marek = browser("marek.nowak")
    assert marek.get("/agent/tickets/IT-999999").status_code == 404
    assert marek.post("/agent/tickets/IT-999999/note", body="text").status_code == 404


def test_the_way_back_is_the_list_one_came_from(marek: Any, opens: Any) -> None:
    earlier, number, later = opens(), opens(), opens()
    page = marek.get(f"/agent/tickets/{number}?queue=open&desk=it").text
    assert re.search(r'href="/agent/tickets\?q=is:unsolved\+desk:it"[^>]*>IT support</a>', page)
    assert re.search(rf'href="/agent/tickets/{later}\?[^"]+"[^>]*aria-label="Previous ticket"', page)
    assert re.search(rf'href="/agent/tickets/{earlier}\?[^"]+"[^>]*aria-label="Next ticket"', page)


def test_a_long_conversation_is_folded_in_its_middle(app: Flask, marek: Any, opens: Any) -> None:
    number = opens()
    write(app, number, 30)
    page = marek.get(f"/agent/tickets/{number}").text
    assert "Show " in page
    assert "earlier</summary>" in page
    assert page.index("Message 0.") < page.index("Message 29.")


def test_a_page_costs_the_same_however_long_the_conversation(app: Flask, marek: Any, opens: Any) -> None:
    number, other = opens(), opens()
    does(marek, number, "link", other=other)
    does(marek, number, "follow", person="piotr.zielinski@meridian.example")
    write(app, number, 1)
    with app.app_context():
        engine = db.engine
    with statements(engine) as short:
        marek.get(f"/agent/tickets/{number}?queue=open")
    write(app, number, 30)
    with statements(engine) as long:
        marek.get(f"/agent/tickets/{number}?queue=open")
    assert len(short) == len(long) <= 12


def write(app: Flask, number: str, count: int) -> None:
    """Let Ola write replies and notes in turn."""
    with app.app_context():
        from deskcore.runtime import runtime

        person = find_person("ola.mazur@meridian.example")
        assert person is not None
        desk = runtime().catalogue.desk("it")
        with acting_as(Viewer(person.id, "workspace", {desk.id: "lead"})):
            for place in range(count):
                (reply if place % 2 else note)(number, f"Message {place}.")


@pytest.mark.parametrize("path", ["/agent/tickets?queue=open", "/agent/tickets/{}", "/agent/tickets/new", NEW])
def test_every_form_that_changes_something_carries_a_token(marek: Any, opens: Any, path: str) -> None:
    page = marek.get(path.format(opens())).text
    forms = re.findall(r'<form[^>]*method="post".*?</form>', page, re.DOTALL)
    assert forms
    assert all('name="csrf_token"' in form for form in forms)


def test_the_shortcuts_have_a_page(marek: Any) -> None:
    page = marek.get("/agent/shortcuts").text
    assert "<h1>Keyboard shortcuts</h1>" in page
    assert "Assign to me" in page


def test_a_person_has_a_page_with_contact_and_tickets(marek: Any, opens: Any) -> None:
    number = opens("Mouse is broken")
    page = marek.get("/agent/people/anna.kowalska@meridian.example").text
    for words in ("Anna Kowalska", "mailto:anna.kowalska@meridian.example", number, "Mouse is broken"):
        assert words in page
    assert marek.get("/agent/people/nobody@meridian.example").status_code == 404
