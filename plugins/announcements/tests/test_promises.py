"""What Deskcore promises for its plugins holds for this one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from deskcore_announcements import writing

from deskcore.plugin import TicketView, now
from deskcore.testing import Canary, Pages

from .conftest import AGENT, Board


def test_nobody_learns_of_tickets_of_other_desks(board: Board, canary: Canary) -> None:
    board.publish()
    canary.check()


def test_its_pages_can_be_used_by_everybody_in_both_languages(
    board: Board, pages: Pages, ticket: Callable[..., TicketView]
) -> None:
    token = board.publish(number=ticket().number, next_update_at=now() + timedelta(hours=1)).token
    begins = now() + timedelta(hours=2)
    board.publish(title_en="Work", kind="planned", starts_at=begins, ends_at=begins + timedelta(hours=1))
    board.publish(title_en="Room 12", kind="team")
    over = board.publish(title_en="Wi-Fi is down").token
    with board.open():
        writing.add_update(over, writing.SOLVED, AGENT, "over", closing=True)
    board.press(token)
    typed = (
        "E-mail is slow",
        "Poczta działa wolno",
        "Work",
        "Room 12",
        "Wi-Fi is down",
        "Zgłoś sprawę",
        "Czego dotyczy?",
    )
    pages.check(token=token, typed=typed)


def test_nothing_is_left_when_it_is_off(
    board: Board, plugin_enabled: Callable[[str, bool], AbstractContextManager[None]]
) -> None:
    board.publish()
    person = board.browser("requester")
    with plugin_enabled("announcements", False):
        assert person.get("/status").status_code == 404
        assert "E-mail is slow" not in person.get("/").text
        assert "/status" not in person.get("/").text
    assert "E-mail is slow" in person.get("/").text
