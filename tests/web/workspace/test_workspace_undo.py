"""The toast that takes back what was just done: a form with a button, which needs no JavaScript."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.workspace.test_workspace_ticket import does


def undo_of(page: str) -> str:
    found = re.search(r'<div class="toast">.*?<form method="post" action="([^"]+)"', page, re.DOTALL)
    assert found is not None, "no undo in the toast"
    return found[1].replace("&amp;", "&")


@pytest.mark.parametrize(
    ("action", "fields", "back"),
    [
        ("assign", {"assignee": "me"}, "Marek Nowak took it from Marek Nowak (undo)"),
        ("status", {"status": "resolved"}, "Marek Nowak set the status to New (undo)"),
        ("priority", {"priority": "urgent"}, "(undo)"),
        ("tags", {"tags": "vpn"}, "Marek Nowak removed all tags (undo)"),
    ],
)
def test_an_action_is_taken_back_from_its_toast(
    marek: Any, opens: Any, action: str, fields: dict[str, str], back: str
) -> None:
    number = opens()
    page = does(marek, number, action, **fields)
    after = marek.post(undo_of(page)).text
    assert f"Undone: {number} is as it was." in after
    assert back in after


def test_the_button_has_a_key_and_carries_a_token(marek: Any, opens: Any) -> None:
    page = does(marek, opens(), "priority", priority="urgent")
    toast = re.search(r'<div class="toast">.*?</div>', page, re.DOTALL)
    assert toast is not None
    assert 'data-command="undo"' in toast[0]
    assert 'name="csrf_token"' in toast[0]


def test_what_cannot_be_taken_back_says_why(marek: Any, ola: Any, opens: Any) -> None:
    number = opens()
    undo = undo_of(does(marek, number, "priority", priority="urgent"))
    does(ola, number, "assign", assignee="me")
    page = marek.post(undo).text
    assert f"Not undone – {number}: It was changed since, by Ola Mazur." in page
    assert "Undone:" not in page


def test_a_second_press_says_that_it_is_too_late(marek: Any, opens: Any) -> None:
    undo = undo_of(does(marek, opens(), "priority", priority="urgent"))
    marek.post(undo)
    assert "It is too late to undo this, or it was undone before." in marek.post(undo).text


def test_nobody_else_can_press_it_and_nobody_is_led_away(marek: Any, ola: Any, opens: Any) -> None:
    number = opens()
    undo = undo_of(does(marek, number, "priority", priority="urgent"))
    assert "It is too late to undo this, or it was undone before." in ola.post(undo).text
    elsewhere = undo.partition("?")[0] + "?back=https://evil.example/"
    assert marek.post(elsewhere, follow=False).headers["Location"].startswith("/agent/")


def test_an_action_that_changed_nothing_offers_no_undo(marek: Any, opens: Any) -> None:
    page = does(marek, opens(), "assign", assignee="")
    assert 'class="toast"' in page
    assert "/agent/undo/" not in page


def test_a_handover_offers_no_undo(marek: Any, opens: Any) -> None:
    assert "/agent/undo/" not in does(marek, opens(), "escalate", to="it/l3")
