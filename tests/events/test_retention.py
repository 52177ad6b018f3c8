"""What is over is kept for a while and deleted in pieces; what is dead stays until somebody dealt with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore import work as units
from deskcore.clock import now
from deskcore.events.jobs import queue_job
from deskcore.events.models import JobRow
from deskcore.runtime import runtime
from deskcore.tickets import dead_letters
from deskcore.tickets.housekeeping import housekeeping
from deskcore.tickets.models import IdempotencyKey
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

from .conftest import Listener, bury, column, later, states, work


def clean(days: float) -> None:
    """Let the nightly job run that many days later."""
    with later(days=days), acting_as(SYSTEM):
        housekeeping({})


def test_what_is_done_is_kept_as_long_as_the_configuration_says(app: Flask, listener: Listener, number: str) -> None:
    work(app)
    clean(6.9)
    assert states() == ["done"]
    runtime().config = replace(runtime().config, finished_work_days=2)
    clean(2.1)
    assert states() == []


def test_what_is_dead_or_waits_is_kept_and_what_was_discarded_is_not(
    app: Flask, listener: Listener, number: str, note: Callable[[str], None]
) -> None:
    bury(app, listener)
    queue_job("elsewhere.report")
    clean(400)
    assert (states(), column(JobRow.state)) == (["dead"], ["waiting"])
    [letter] = dead_letters.dead_letters()
    dead_letters.discard(letter.key, "The mail server is gone")
    clean(8)
    assert states() == []


def test_no_transaction_deletes_more_than_a_piece(
    app_context: Flask, person_named: Any, count_statements: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "_PIECE", 10)
    old, anna = now() - timedelta(days=30), person_named("anna.kowalska").id
    keys = [
        {"person_id": anna, "key": str(number), "request_hash": "", "result": {}, "at": old} for number in range(25)
    ]
    with unit_of_work() as session:
        session.execute(sa.insert(IdempotencyKey), keys)
        session.execute(sa.insert(JobRow), [{"kind": "core.x", "state": "done", "due_at": old} for _ in range(25)])
    with count_statements() as seen, acting_as(SYSTEM):
        housekeeping({})
    for table in ("idempotency_key", "job"):
        assert len([statement for statement in seen if statement.startswith(f"DELETE FROM {table}")]) == 3
    assert column(JobRow.id) == []
