"""“This affects me too”: counted with the ticket, told how it goes on, and never shown what others wrote."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from deskcore_announcements import affecting, boards, reading, tidying, writing
from deskcore_announcements.writing import Wanted
from sqlalchemy import func, select

from deskcore import clock
from deskcore.fingerprints import fingerprint
from deskcore.people.addresses import change_address
from deskcore.plugin import Refused, TicketView, ViewerView, now
from deskcore.tickets import services
from deskcore.tickets.models import Ticket, TicketParticipant
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

from .conftest import AGENT, DESK, NOTICES, TITLES, Board

OSKAR = ViewerView("oskar@organisation.example", "Oskar Otherwise", "portal")


def test_it_counts_the_person_with_the_ticket_and_makes_no_ticket(
    board: Board, ticket: Callable[..., TicketView]
) -> None:
    asked = ticket()
    token = board.publish(number=asked.number).token
    oskar, agent = board.browser("other_requester"), board.browser("agent")
    assert "This affects me too" in oskar.get("/").text
    for _again in range(2):
        answer = board.press(token, "other_requester", back="home")
        assert (answer.status_code, answer.location) == (303, "/")
    home = oskar.get("/").text
    assert "1 person is affected, you too." in home
    assert "This no longer affects me" in home
    panel = agent.get(f"/agent/tickets/{asked.number}").text
    assert "1 person is affected" in panel
    assert f"{NOTICES}/{token}" in panel
    assert "Oskar Otherwise" in agent.get(f"{NOTICES}/{token}").text
    with board.house.app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 1
        # Whoever takes part reads the requester's words and stands there by name: nobody does by a press of a button.
        assert session.scalar(select(func.count()).select_from(TicketParticipant)) == 1
    board.press(token, "other_requester", does="no")
    assert "affected" not in oskar.get(f"/status/{token}").text.replace("affects", "")


def test_nobody_who_is_affected_reads_the_ticket(board: Board, ticket: Callable[..., TicketView]) -> None:
    asked = ticket()
    token = board.publish(number=asked.number).token
    board.press(token, "other_requester")
    oskar = board.browser("other_requester")
    for page in ("/", "/status", f"/status/{token}", "/requests"):
        shown = oskar.get(page).text
        assert asked.number not in shown
        assert asked.requester.name not in shown
        assert asked.subject not in shown
    assert oskar.get(f"/requests/{asked.number}").status_code == 404
    assert board.house.api("other_requester").get(f"/api/v1/tickets/{asked.number}").status_code == 404


def test_a_solved_ticket_ends_its_notice_and_a_merged_one_hands_it_on(
    board: Board, ticket: Callable[..., TicketView], outbox: Callable[[], Any]
) -> None:
    first, second = ticket(), ticket()
    token = board.publish(number=first.number).token
    outbox()
    with board.open():
        services.merge(first.number, second.number)
    outbox()
    assert f"{NOTICES}/{token}" in board.browser("agent").get(f"/agent/tickets/{second.number}").text
    assert "This affects me too" in board.browser("requester").get("/").text
    with board.open():
        services.set_status(second.number, "resolved")
    outbox()
    outbox()
    with board.open():
        shown = reading.find(token, OSKAR)
        assert shown is not None
        assert shown.notice.resolved_at is not None
        assert [each.en for each in shown.notice.updates] == [writing.SOLVED.en]
    assert "E-mail is slow" not in board.browser("requester").get("/").text


def test_what_is_over_counts_nobody_any_more(board: Board) -> None:
    token = board.publish().token
    with board.open():
        writing.add_update(token, writing.SOLVED, AGENT, "over", closing=True)
    person = board.browser("requester")
    assert person.post(f"{NOTICES}/{token}/affects", follow_redirects=True).text.count("This is over.") >= 1
    assert board.press("nothing-of-that-name").status_code == 404
    with board.open():
        assert reading.lately(OSKAR)[0].affected == 0


def test_the_first_page_asks_once_however_many_notices_there_are(
    board: Board, query_budget: Callable[[int], AbstractContextManager[None]]
) -> None:
    for number in range(4):
        board.publish(title_en=f"Failure {number}")
    with board.open(), query_budget(1):
        assert len(boards.home("", OSKAR)) == 4
    page = board.browser("requester").get("/").text
    assert (page.count("This affects me too</button>") + page.count("This affects me too<span")) == 2
    assert "All 4 notices" in page


def test_names_are_forgotten_and_the_number_is_kept(board: Board, run_job: Callable[..., None]) -> None:
    token = board.publish().token
    board.press(token)
    with board.open():
        writing.add_update(token, writing.SOLVED, AGENT, "over", closing=True)
    run_job("announcements_tidy")
    with board.open():
        assert len(reading.affected_by(reading.lately(OSKAR)[0].notice)) == 1
    with clock.at(now() + tidying.KEPT + timedelta(minutes=1)):
        run_job("announcements_tidy")
    with board.open():
        [shown] = reading.lately(OSKAR)
        assert shown.affected == 1
        assert not reading.affected_by(shown.notice)


def test_an_address_that_changed_is_still_the_same_person(board: Board) -> None:
    token = board.publish().token
    with board.open():
        affecting.affects(token, OSKAR)
        seen = fingerprint(OSKAR.email)
        change_address(OSKAR.email, "oskar.new@organisation.example", seen)
        renamed = replace(OSKAR, email="oskar.new@organisation.example")
        affecting.affects(token, renamed)
        shown = reading.find(token, renamed)
        assert shown is not None
        assert shown.affected == 1
        affecting.affects(token, renamed, does=False)
        [left] = reading.current(renamed)
        assert left.affected == 0


def test_a_notice_names_an_open_ticket_of_its_desk_and_keeps_it_once_it_is_solved(
    board: Board, ticket: Callable[..., TicketView]
) -> None:
    first, second = ticket().number, ticket().number
    notice = board.publish(number=first)
    with board.open():
        services.set_status(second, "resolved")
        wanted = Wanted(DESK, "problem", **TITLES, number=second)
        with pytest.raises(Refused):
            writing.save(notice.token, wanted, AGENT, 1)
        services.set_status(first, "closed")
        saved = writing.save(notice.token, replace(wanted, number=first), AGENT, 1)
        assert reading.number_of(saved) == first
        writing.save(notice.token, replace(wanted, number=""), AGENT, 2)
        assert reading.number_of(saved) == ""
