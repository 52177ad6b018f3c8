"""A reply on its way: what its author, colleagues and the requester see of it, and taking it back."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore import clock
from deskcore.people.services import find_person
from deskcore.people.tokens import make_token
from deskcore.tickets.agent_models import HeldReply
from deskcore.tickets.services.held_replies import HELD
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from tests.replies import let_replies_go_out
from tests.web.workspace.test_workspace_ticket import does, pane, version
from tests.web.workspace.test_workspace_undo import undo_of

CANARY = "Which tray does it use, CANARY?"


@pytest.fixture
def goes_out(app: Flask) -> Callable[[], None]:
    """Give ``goes_out()``: ten seconds pass."""
    return lambda: let_replies_go_out(app)


def held_line(page: str) -> str:
    """Return the line of a reply that is about to go out."""
    found = re.search(r'<li class="msg mine held.*?</li>', page, re.DOTALL)
    assert found is not None, "no reply is about to go out"
    return found[0]


def take_back(page: str) -> str:
    """Return the address of its button."""
    found = re.search(r'action="([^"]+)"', held_line(page))
    assert found is not None
    return found[1].replace("&amp;", "&")


def test_its_author_sees_it_marked_with_the_time_it_has_and_a_button(marek: Any, opens: Any) -> None:
    number = opens()
    with clock.at(clock.now()):
        page = does(marek, number, "reply", body=CANARY, status="waiting_requester")
    line = held_line(page)
    assert f"<p>{CANARY}</p>" in line
    assert "Goes out in <span data-left>10</span> s" in line
    assert "then Waiting for requester" in line
    assert ">Take back<" in re.sub(r"<svg.*?</svg>", "", line)
    assert "The reply goes out in 10 s." in page
    assert undo_of(page) == take_back(page)


def test_a_colleague_sees_that_somebody_is_sending_one_and_not_what(marek: Any, ola: Any, opens: Any) -> None:
    number = opens()
    does(marek, number, "reply", body=CANARY)
    page = ola.get(f"/agent/tickets/{number}").text
    assert "Marek Nowak is sending a reply" in page
    assert "CANARY" not in page
    assert "/held/" not in page


def test_who_answers_without_knowing_that_a_colleague_just_did_is_told(
    marek: Any, ola: Any, opens: Any, goes_out: Callable[[], None]
) -> None:
    number = opens()
    seen = version(ola, number)
    does(marek, number, "reply", body=CANARY)
    answer = ola.post(f"/agent/tickets/{number}/reply", body="Restart it.", version=seen)
    assert answer.status_code == 409
    assert answer.text.count("Marek Nowak is sending a reply") == 2
    assert "CANARY" not in answer.text
    assert ">Restart it.</textarea>" in pane(answer.text, "reply")
    knows = ola.hidden("version")
    page = ola.post(f"/agent/tickets/{number}/reply", body="Restart it.", version=knows).text
    assert "Restart it." in held_line(page)
    goes_out()
    assert "<p>Restart it.</p>" in ola.get(f"/agent/tickets/{number}").text


def test_a_colleague_does_not_read_that_one_is_being_sent_when_it_could_not(
    app: Flask, marek: Any, ola: Any, opens: Any
) -> None:
    number = opens()
    does(marek, number, "reply", body=CANARY)
    with app.app_context(), acting_as(SYSTEM) as session, unit_of_work():
        session.execute(sa.update(HeldReply).values(stuck=True), execution_options={"synchronize_session": False})
    page = ola.get(f"/agent/tickets/{number}").text
    assert "A reply of Marek Nowak could not be sent" in page
    assert "CANARY" not in page
    assert ola.post(f"/agent/tickets/{number}/reply", body="Mine", version=ola.hidden("version")).status_code == 200


def test_going_back_to_the_page_of_a_reply_that_was_taken_back_does_not_claim_to_send_it(
    marek: Any, opens: Any, goes_out: Callable[[], None]
) -> None:
    number = opens()
    sent = {"version": version(marek, number), "idempotency_key": "one-form", "body": CANARY}
    page = marek.post(f"/agent/tickets/{number}/reply", **sent).text
    marek.post(take_back(page))
    answer = marek.post(f"/agent/tickets/{number}/reply", **sent)
    assert answer.status_code == 422
    assert "This reply was taken back. Nothing was sent" in answer.text
    assert f">{CANARY}</textarea>" in pane(answer.text, "reply")
    goes_out()
    assert "msg mine" not in marek.get(f"/agent/tickets/{number}").text


def test_the_toast_takes_it_back_into_the_composer_with_its_file_and_its_status(marek: Any, opens: Any) -> None:
    number = opens()
    seen = version(marek, number)
    sent = {"files": (io.BytesIO(b"error 503"), "client.log"), "body": CANARY, "status": "resolved"}
    page = marek.post(f"/agent/tickets/{number}/reply", version=seen, **sent).text
    assert "client.log" in held_line(page)
    assert CANARY not in pane(page, "reply")
    answer = marek.post(undo_of(page), follow=False)
    assert answer.headers["Location"] == f"/agent/tickets/{number}#reply-body"
    after = marek.get(f"/agent/tickets/{number}").text
    assert "The reply was not sent. Its text is below." in after
    assert "msg mine held" not in after
    composer = pane(after, "reply")
    assert f">{CANARY}</textarea>" in composer
    assert "client.log" in composer
    assert re.search(r'value="resolved" selected', composer)


def test_taking_back_leads_back_to_the_list_it_was_opened_from(marek: Any, opens: Any) -> None:
    number = opens()
    page = marek.post(f"/agent/tickets/{number}/reply?queue=open", body=CANARY).text
    assert take_back(page).endswith("?queue=open")
    assert marek.post(take_back(page), follow=False).headers["Location"].endswith("?queue=open#reply-body")


@pytest.mark.parametrize("when", ["after it went out", "a second time", "by somebody else"])
def test_what_cannot_be_taken_back_any_more_says_so(
    marek: Any, ola: Any, opens: Any, goes_out: Callable[[], None], when: str
) -> None:
    number = opens()
    url = take_back(does(marek, number, "reply", body=CANARY))
    if when == "after it went out":
        goes_out()
    if when == "a second time":
        marek.post(url)
    page = (ola if when == "by somebody else" else marek).post(url).text
    said = "Only the person who wrote a reply can" if when == "by somebody else" else "This reply has gone out, or was"
    assert said in page
    assert (f"<p>{CANARY}</p>" in page) == (when == "after it went out")
    marek.get(f"/agent/tickets/{number}")
    assert ("msg mine held" in marek.page.text) == (when == "by somebody else")


def test_when_its_time_has_come_it_can_no_longer_be_taken_back(marek: Any, opens: Any) -> None:
    number = opens()
    url = take_back(does(marek, number, "reply", body=CANARY))
    with clock.at(clock.now() + HELD):
        assert "This reply has gone out" in marek.post(url).text
        line = held_line(marek.page.text)
    assert "Goes out now" in line
    assert "/held/" not in line


def test_its_own_going_out_is_nobody_elses_change(
    marek: Any, ola: Any, opens: Any, goes_out: Callable[[], None]
) -> None:
    number = opens()
    does(marek, number, "reply", body=CANARY, status="on_hold")
    seen = marek.hidden("version")
    assert re.fullmatch(r"\d+-\d+-1", seen)
    goes_out()
    assert marek.post(f"/agent/tickets/{number}/note", body="Called her.", version=seen).status_code == 200
    # The page that was seen says nothing about the note.
    assert marek.post(f"/agent/tickets/{number}/assign", assignee="me", version=seen).status_code == 409
    does(marek, number, "reply", body="And one more", status="resolved")
    seen = marek.hidden("version")
    does(ola, number, "priority", priority="urgent")
    goes_out()
    assert marek.post(f"/agent/tickets/{number}/assign", assignee="me", version=seen).status_code == 409


def test_a_requester_finds_nothing_of_it_anywhere_until_it_has_gone_out(
    app: Flask, marek: Any, browser: Callable[[str], Any], opens: Any, goes_out: Callable[[], None]
) -> None:
    with clock.at(clock.now() - timedelta(hours=1)):
        number = opens()
    anna, seen = browser("anna.kowalska"), _Looks(app, number)
    before = seen.answers()
    page = marek.post(
        f"/agent/tickets/{number}/reply",
        body=CANARY,
        status="waiting_requester",
        version=version(marek, number),
        files=(io.BytesIO(b"x"), "canary.txt"),
    )
    assert page.status_code == 200
    for path in ("/", "/requests", f"/requests/{number}", "/search?q=tray"):
        assert "CANARY" not in anna.get(path).text.upper(), path
    assert "Waiting for you" not in anna.get(f"/requests/{number}").text
    assert seen.answers() == before
    goes_out()
    page = anna.get(f"/requests/{number}").text
    assert all(words in page for words in (CANARY, "canary.txt", "Waiting for you"))
    after = seen.answers()
    for path in (f"/tickets/{number}", f"/tickets/{number}/timeline", "/tickets"):
        assert after[path] != before[path], path


class _Looks:
    """Programs of the requester and of an agent, who read the ticket through the API."""

    def __init__(self, app: Flask, number: str) -> None:
        self.app = app
        self.paths = [f"/tickets/{number}{more}" for more in ("", "/timeline", "/attachments")]
        self.paths += ["/tickets", "/search?q=tray"]
        with app.app_context():
            anna, marek = find_person("anna.kowalska@meridian.example"), find_person("marek.nowak@meridian.example")
            assert anna is not None
            assert marek is not None
            self.tokens = {
                "anna": make_token(anna, area="portal").token,
                "marek": make_token(marek, area="workspace").token,
            }

    def answers(self) -> dict[str, list[tuple[int, str | None, str]]]:
        """Return status, entity tag and body of each answer, to the requester and to the agent."""
        client = self.app.test_client(use_cookies=False)
        found: dict[str, list[tuple[int, str | None, str]]] = {}
        for path in self.paths:
            for token in self.tokens.values():
                answer = client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
                found.setdefault(path, []).append((answer.status_code, answer.headers.get("ETag"), answer.text))
        return found


def test_what_a_program_sends_is_there_at_once(app: Flask, opens: Any, browser: Callable[[str], Any]) -> None:
    number = opens()
    headers = {"Authorization": f"Bearer {_Looks(app, number).tokens['marek']}"}
    client = app.test_client(use_cookies=False)
    answer = client.post(f"/api/v1/tickets/{number}/messages", json={"body": CANARY}, headers=headers)
    assert answer.status_code == 201
    assert CANARY in browser("anna.kowalska").get(f"/requests/{number}").text


def test_in_polish_everything_about_it_is_polish(marek: Any, ola: Any, opens: Any) -> None:
    number = opens()
    for agent in (marek, ola):
        with agent.client.session_transaction() as session:
            session["language"] = "pl"
    page = does(marek, number, "reply", body=CANARY)
    line = held_line(page)
    for words in ("Wyjdzie za", "Cofnij wysłanie"):
        assert words in line
    assert "Odpowiedź wyjdzie za" in page
    assert "Marek Nowak wysyła odpowiedź" in ola.get(f"/agent/tickets/{number}").text
    assert "Odpowiedź nie została wysłana." in marek.post(take_back(page)).text
