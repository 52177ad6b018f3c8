"""Dead letters: what an administrator may know of them, and what can be done about them."""

from __future__ import annotations

import pytest
from flask import Flask

from deskcore.audit import Wanted, read_entries
from deskcore.errors import NotFound, Refused
from deskcore.events import leases
from deskcore.events.models import Delivery
from deskcore.extensions import db
from deskcore.tickets import dead_letters

from .conftest import Act, Listener, Open, bury, column, later, make_confidential, states, work

SUBJECT = "My payslip is wrong"


def test_it_tells_what_failed_for_whom_and_why_and_nothing_of_what_was_written(dead: str) -> None:
    [letter] = dead_letters.dead_letters()
    assert (letter.what, letter.plugin, letter.kind, letter.ticket) == ("delivery", "listener", "opened", dead)
    assert (letter.attempts, letter.error) == (leases.MAX_ATTEMPTS, "ValueError: not now")
    assert SUBJECT not in repr(letter)


def test_of_a_confidential_ticket_it_does_not_even_tell_the_number(dead: str) -> None:
    make_confidential()
    [letter] = dead_letters.dead_letters()
    assert letter.ticket == ""
    assert dead not in repr(letter)


def test_deliveries_and_jobs_stand_together_the_oldest_first(dead: str, dead_job: None) -> None:
    assert [letter.kind for letter in dead_letters.dead_letters()] == ["opened", "tidy"]
    assert [letter.kind for letter in dead_letters.dead_letters(limit=1)] == ["opened"]
    assert [letter.kind for letter in dead_letters.dead_letters("core")] == ["tidy"]
    assert dead_letters.dead_by_plugin() == {"core": 1, "listener": 1}


def test_a_retried_one_begins_from_its_first_attempt_and_is_delivered(
    app: Flask, listener: Listener, dead: str
) -> None:
    [letter] = dead_letters.dead_letters()
    dead_letters.retry(letter.key)
    assert column(Delivery.attempts) == [0]
    work(app)
    assert (listener.kinds, states(), dead_letters.dead_letters()) == (["opened"], ["done"], [])


def test_all_of_a_plugin_are_retried_together(app: Flask, listener: Listener, opened: Open, dead_job: None) -> None:
    for _ in range(3):
        opened()
        bury(app, listener)
    assert dead_letters.retry_all("listener") == 3
    assert dead_letters.retry_all("listener") == 0
    assert dead_letters.retry_all("core") == 1
    work(app)
    assert states() == ["done"] * 3


def test_to_discard_asks_for_a_reason_and_keeps_it(dead: str) -> None:
    [letter] = dead_letters.dead_letters()
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(Refused):
            dead_letters.discard(letter.key, reason)
    dead_letters.discard(letter.key, " The old mail\nserver ")
    assert (states(), column(Delivery.reason)) == (["discarded"], ["The old mail server"])
    assert dead_letters.dead_letters() == []


def test_who_comes_second_is_told_so(dead: str) -> None:
    [letter] = dead_letters.dead_letters()
    dead_letters.retry(letter.key)
    for act in (dead_letters.retry, lambda key: dead_letters.discard(key, "x")):
        with pytest.raises(NotFound):
            act(letter.key)
    with pytest.raises(NotFound):
        dead_letters.retry("no-such-key")


def test_both_are_in_the_audit_log_with_who_did_it(act: Act, app: Flask, listener: Listener, opened: Open) -> None:
    for _ in range(2):
        opened()
        bury(app, listener)
    first, second = dead_letters.dead_letters()
    with act("admin"):
        dead_letters.retry(first.key)
        dead_letters.discard(second.key, "Not needed")
        entries = {entry.action: entry for entry in read_entries(db.session, Wanted(what="work"), 10)}
    assert entries["work.retried"].actor == "admin@meridian.example"
    assert dict(entries["work.retried"].after) == {"kind": "opened", "ticket": first.ticket}
    assert entries["work.discarded"].subject == "listener"
    assert entries["work.discarded"].after["reason"] == "Not needed"


def test_a_letter_says_since_when_it_is_dead(dead: str) -> None:
    [letter] = dead_letters.dead_letters()
    with later(days=3):
        assert dead_letters.dead_letters() == [letter]
