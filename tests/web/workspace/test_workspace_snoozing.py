"""Putting a ticket off by page: the menu, the queue of what is put off, and the way back."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from deskcore import clock


@pytest.mark.parametrize("chosen", [{"until": "later"}, {"until": "tomorrow"}, {"until": "monday"}])
def test_a_ticket_is_put_off_and_the_toast_brings_it_back(marek: Any, opens: Any, chosen: dict[str, str]) -> None:
    number = opens()
    assert "Tomorrow morning" in marek.get(f"/agent/tickets/{number}").text
    page = marek.post(f"/agent/tickets/{number}/snooze?queue=unassigned", **chosen).text
    assert f"{number} is put off until" in page
    assert f'href="/agent/tickets/{number}' not in page
    assert "Put off" in page
    assert number in marek.get("/agent/tickets?queue=snoozed").text
    assert number in marek.get("/agent/tickets?queue=open").text
    back = re.search(r'action="(/agent/tickets/[^"]+/wake)"', page)
    assert back is not None
    page = marek.post(unescape(back[1])).text
    assert "is back in your queues" in page
    assert number in marek.get("/agent/tickets?queue=unassigned").text


def test_a_day_is_chosen_and_the_ticket_says_until_when(marek: Any, ola: Any, opens: Any) -> None:
    number = opens()
    day = (clock.now().date()).replace(year=clock.now().year + 1).isoformat()
    page = marek.post(f"/agent/tickets/{number}/snooze", day=day).text
    assert "Put off by you until" in page
    assert "Put off by you until" not in ola.get(f"/agent/tickets/{number}").text
    for wrong in ("", "2020-01-01", "31 February"):
        page = marek.post(f"/agent/tickets/{number}/snooze", day=wrong).text
        assert "Choose the day" in page or "lies ahead" in page


def test_the_queue_of_what_is_put_off_stands_beside_the_others_only_when_there_is_something(
    marek: Any, opens: Any
) -> None:
    number = opens()
    assert "queue=snoozed" not in marek.get("/agent/tickets?queue=mine").text
    marek.post(f"/agent/tickets/{number}/snooze", until="tomorrow")
    page = marek.get("/agent/tickets?queue=mine").text
    assert "/agent/tickets?queue=snoozed" in page
    assert "Not put off" in page
