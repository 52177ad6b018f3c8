"""My requests: the list, and one request with its conversation."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from deskcore.clock import now
from deskcore.people.services import create_person
from deskcore.tickets import services
from deskcore.tickets.conversation_models import Attachment, Message
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"])

Acting = Callable[..., AbstractContextManager[Any]]


def test_the_list_says_what_happens_next_with_each(anna: Any, asked: str, opened: Callable[..., str]) -> None:
    opened(subject="Phone is silent")
    text = anna.open("/requests").text
    assert "Marek Nowak asked you a question. Answer it, and the work goes on." in text
    assert "IT support – First line reads it next and answers you here." in text
    assert "usually take 4\u00a0hours" in text


def test_the_list_says_who_decides_where_a_merged_request_went_and_until_when(
    anna: Any, jan: Any, opened: Callable[..., str], acting: Acting, app: Flask, count_statements: Any
) -> None:
    held, late, gone, target, hidden = (opened(subject=f"Fault {place}") for place in range(5))
    of_jan = opened("jan.wojcik", subject="The same")
    with acting("marek.nowak", "workspace"):
        services.set_status(held, "waiting_approval")
        for approver in ("piotr.zielinski", "jan.wojcik"):
            services.add_participant(held, f"{approver}@meridian.example", "approver")
        services.merge(gone, target)
        services.merge(hidden, of_jan, follow=False)
    with app.app_context(), acting_as(SYSTEM) as session, unit_of_work():
        found = session.scalars(select(Ticket).where(Ticket.number == late)).one()
        found.due_at = now() - timedelta(minutes=5)
    with count_statements() as ran:
        first = anna.open("/requests").text
    assert len(ran) <= 8, ran
    assert "It waits for approval: Jan Wójcik, Piotr Zieliński. Then the work goes on." in first
    assert "It takes longer than promised." in first
    finished = anna.open("/requests?state=finished").text
    assert f"It goes on together with {target}." in finished
    assert "It goes on together with another request." in finished
    assert of_jan not in finished
    assert "It waits for your approval. Then the work goes on." in jan.open("/requests?state=followed").text
    assert "It waits for your approval." in jan.open(f"/requests/{held}").text


def test_each_tab_holds_its_own(anna: Any, asked: str, opened: Callable[..., str], acting: Acting) -> None:
    other, done = opened(subject="Phone is silent"), opened(subject="Screen was dark")
    followed = opened("jan.wojcik", subject="Jan's mouse")
    with acting("marek.nowak", "workspace"):
        services.set_status(done, "resolved")
    with acting("jan.wojcik"):
        services.add_participant(followed, "anna.kowalska@meridian.example")
    expected = {"open": {asked, other}, "waiting": {asked}, "finished": {done}, "followed": {followed}}
    for state, numbers in expected.items():
        page = anna.open(f"/requests?state={state}")
        assert set(re.findall(r"/requests/(IT-\d+)", page.source)) == numbers, state


def test_the_list_is_searched_within_its_tab(anna: Any, opened: Callable[..., str]) -> None:
    phone, screen = opened(subject="Phone is silent"), opened(subject="Screen is dark")
    page = anna.open("/requests?q=phone")
    assert (phone in page.text, screen in page.text) == (True, False)
    assert "No request here matches “nothing”." in anna.open("/requests?q=nothing").text


def test_a_long_list_comes_in_pages_that_lead_back(anna: Any, opened: Callable[..., str]) -> None:
    numbers = [opened(subject=f"Fault {place}") for place in range(27)]
    first = anna.open("/requests")
    second = anna.click("Next")
    assert {number for number in numbers if f">{number}<" in second.source} == set(numbers[:2])
    assert re.findall(r">(IT-\d+)<", anna.click("Previous").source) == re.findall(r">(IT-\d+)<", first.source)
    anna.open("/requests?after=forged")
    assert (anna.status, anna.path) == (200, "/requests")


def test_the_page_shows_no_note_and_no_internal_event(anna: Any, asked: str) -> None:
    source = anna.open(f"/requests/{asked}").source
    for canary in ("CANARY-NOTE", "canary-tag", "priority_changed", "note_added", "tags_changed", "waiting_requester"):
        assert canary not in source
    assert "Marek Nowak takes care of it" in source
    assert "marek.nowak@" not in source
    for path in ("/", "/requests", f"/requests/{asked}/sent", "/search?q=printer", f"/search?q={asked}"):
        assert "CANARY" not in anna.open(path).source


def test_a_file_of_a_note_is_neither_listed_nor_given(app: Flask, anna: Any, asked: str, acting: Acting) -> None:
    from io import BytesIO

    from deskcore.tickets.attachments import store_upload

    with acting("marek.nowak", "workspace"):
        token = store_upload(BytesIO(b"secret"), "canary.txt")
        services.note(asked, "See the file", [token])
    assert "canary.txt" not in anna.open(f"/requests/{asked}").source
    anna.open(f"/files/{token}/canary.txt")
    assert anna.status == 404


def test_what_was_asked_and_answered_stands_in_the_conversation(anna: Any, asked: str) -> None:
    text = anna.open(f"/requests/{asked}").text
    assert "Paper jams each time." in text
    assert "Printer or scanner" in text
    assert "Which tray jams, the upper one or the lower one?" in text


def test_a_request_of_somebody_else_looks_like_none(jan: Any, asked: str) -> None:
    bodies = set()
    for number in (asked, "IT-999999"):
        for path in (f"/requests/{number}", f"/requests/{number}/sent"):
            page = jan.open(path)
            assert jan.status == 404
            # The address is in the page, and a form's token carries the second in which it was made.
            plain = re.sub(r'(name="csrf_token" value=)"[^"]*"', r"\1", page.source)
            bodies.add(re.sub(r"IT-\d+(/sent)?", "NUMBER", plain))
    assert len(bodies) == 1


def test_nothing_can_be_done_with_a_request_of_somebody_else(
    jan: Any, asked: str, tickets: Callable[[], list[Any]]
) -> None:
    before = [ticket.version for ticket in tickets()]
    data = {"body": "Hello", "person": "jan.wojcik@meridian.example", "_shown": ["body", "person"]}
    for action in ("reply", "withdraw", "reopen", "people", "unfollow"):
        jan.post(f"/requests/{asked}/{action}", data)
        assert jan.status == 404, action
    assert [ticket.version for ticket in tickets()] == before


def test_an_answer_with_a_file_brings_the_request_back_to_work(
    app: Flask, anna: Any, asked: str, file_of: Callable[..., Any], tickets: Callable[[], list[Any]]
) -> None:
    anna.open(f"/requests/{asked}")
    page = anna.send(f"/requests/{asked}/reply", body="The lower one", files=file_of("tray.png"))
    assert "Your answer was sent." in page.text
    assert "tray.png" in page.text
    assert tickets()[0].status_category == "open"
    anna.open(page.link("tray.png"))
    assert (anna.status, anna.headers["Content-Disposition"].partition(";")[0]) == (200, "attachment")


def test_an_empty_answer_keeps_its_file_and_changes_nothing(
    app: Flask, anna: Any, asked: str, file_of: Callable[..., Any], tickets: Callable[[], list[Any]]
) -> None:
    anna.open(f"/requests/{asked}")
    page = anna.send(f"/requests/{asked}/reply", body=" \u200b ", files=file_of("tray.png"))
    assert anna.status == 422
    assert page.title.startswith("Error: ")
    assert page.summary == page.inline_errors == ["Write something first"]
    assert tickets()[0].status_category == "waiting_requester"
    anna.send(f"/requests/{asked}/reply", body="The lower one")
    with app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalars(select(Attachment.name)).all() == ["tray.png"]


def test_an_answer_sent_twice_is_written_once(app: Flask, anna: Any, asked: str, file_of: Callable[..., Any]) -> None:
    anna.open(f"/requests/{asked}")
    action = f"/requests/{asked}/reply"
    data = anna.filled(action, body="The lower one")
    for _ in range(2):
        anna.post(action, data | {"files": file_of("tray.png")})
        assert anna.status == 200
    with app.app_context(), acting_as(SYSTEM) as session:
        assert len(session.scalars(select(Message).where(Message.from_agent.is_(False))).all()) == 1


def test_somebody_who_needs_no_more_help_says_so(anna: Any, asked: str, tickets: Callable[[], list[Any]]) -> None:
    anna.open(f"/requests/{asked}")
    page = anna.send(f"/requests/{asked}/withdraw")
    assert "Help is no longer needed" in page.text
    assert tickets()[0].status_category == "resolved"
    anna.post(f"/requests/{asked}/withdraw", {})
    assert anna.status == 422


def test_a_follower_cannot_withdraw(jan: Any, asked: str, acting: Acting, tickets: Callable[[], list[Any]]) -> None:
    with acting("anna.kowalska"):
        services.add_participant(asked, "jan.wojcik@meridian.example")
    assert "I no longer need help" not in jan.open(f"/requests/{asked}").text
    jan.post(f"/requests/{asked}/withdraw", {})
    assert (jan.status, tickets()[0].status_category) == (403, "waiting_requester")


def test_a_solved_request_is_opened_again_within_fourteen_days(
    app: Flask, anna: Any, asked: str, acting: Acting, tickets: Callable[[], list[Any]]
) -> None:
    with acting("marek.nowak", "workspace"):
        services.set_status(asked, "resolved")
    assert "You can open it again until" in anna.open(f"/requests/{asked}").text
    anna.send(f"/requests/{asked}/reopen")
    assert tickets()[0].status_category == "open"
    with acting("marek.nowak", "workspace"):
        services.set_status(asked, "closed")
    with app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        session.scalars(select(Ticket)).one().resolved_at = now() - timedelta(days=15)
    page = anna.open(f"/requests/{asked}")
    assert "can no longer be opened again" in page.text
    assert not any(form.action.endswith(("/reopen", "/reply")) for form in page.forms)
    for action in ("reopen", "reply"):
        anna.post(f"/requests/{asked}/{action}", {"body": "Again", "_shown": "body"})
        assert (anna.status, tickets()[0].status_category) == (422, "closed")


def test_a_colleague_is_added_by_name_and_sees_the_request(anna: Any, jan: Any, asked: str) -> None:
    anna.open(f"/requests/{asked}")
    page = anna.send(f"/requests/{asked}/people", person="wójcik")
    assert "Jan Wójcik follows this request" in page.text
    assert "Which tray jams" in jan.open(f"/requests/{asked}").text
    jan.send(f"/requests/{asked}/unfollow")
    jan.open(f"/requests/{asked}")
    assert jan.status == 404


def test_a_name_of_several_people_is_asked_for_again(app: Flask, anna: Any, jan: Any, asked: str) -> None:
    with app.app_context():
        create_person("jan.nowak@meridian.example", "Jan Nowak")
    anna.open(f"/requests/{asked}")
    page = anna.send(f"/requests/{asked}/people", person="Jan")
    assert (anna.status, page.summary) == (422, ["This could mean several. Choose one of those listed."])
    anna.send(f"/requests/{asked}/people", person="jan.wojcik@meridian.example")
    assert anna.status == 200
    assert "Which tray jams" in jan.open(f"/requests/{asked}").text


def test_nobody_is_added_by_a_wrong_name(anna: Any, asked: str) -> None:
    for person in ("", "nobody@meridian.example", "zzz", "x" * 400):
        anna.open(f"/requests/{asked}")
        page = anna.send(f"/requests/{asked}/people", person=person)
        assert anna.status == 422, person
        assert page.summary == page.inline_errors


def test_a_number_in_small_letters_leads_to_the_request(anna: Any, asked: str) -> None:
    anna.open(f"/requests/{asked.lower()}")
    assert (anna.status, anna.path) == (200, f"/requests/{asked}")
