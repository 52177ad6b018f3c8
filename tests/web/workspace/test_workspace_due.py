"""How much time a ticket has left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from deskcore.web.workspace.due import Due, due, length

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Name a plugin that keeps due times: nobody else's are shown."""
    return ("sla_policies",)


@pytest.mark.parametrize(
    ("minutes", "category", "shown"),
    [
        (-18, "new", Due("over", "−18 min")),
        (-90, "open", Due("over", "−1 h 30 min")),
        (41, "new", Due("soon", "41 min")),
        (60, "new", Due("ok", "1 h 00 min")),
        (125, "waiting_approval", Due("ok", "2 h 05 min")),
        (-18, "waiting_requester", Due("paused", "paused")),
        (41, "on_hold", Due("paused", "paused")),
        (41, "resolved", None),
    ],
)
def test_the_nearer_the_end_the_louder(app_context: Flask, minutes: int, category: str, shown: Due | None) -> None:
    with time_machine.travel(NOON, tick=False):
        assert due(NOON + timedelta(minutes=minutes), category) == shown


@pytest.mark.parametrize(
    ("minutes", "category", "state", "shown"),
    [
        (125, "on_hold", "running", Due("ok", "2 h 05 min")),
        (None, "open", "paused", Due("paused", "paused")),
        (None, "resolved", "met", Due("met", "met")),
        (None, "closed", "late", Due("over", "late")),
        (41, "resolved", "running", None),
    ],
)
def test_a_clock_that_somebody_keeps_tells_how_it_stands(
    app_context: Flask, minutes: int | None, category: str, state: str, shown: Due | None
) -> None:
    with time_machine.travel(NOON, tick=False):
        assert due(NOON + timedelta(minutes=minutes) if minutes else None, category, state) == shown


def test_what_has_little_of_a_long_time_left_is_due_soon(app_context: Flask) -> None:
    tomorrow, soon_at = NOON + timedelta(days=1), NOON + timedelta(hours=6)
    with time_machine.travel(NOON, tick=False):
        assert due(tomorrow, "open", "running", soon_at) == Due("ok", "1 d")
    with time_machine.travel(soon_at, tick=False):
        assert due(tomorrow, "open", "running", soon_at) == Due("soon", "18 h 00 min")


def test_a_ticket_without_a_due_time_shows_none(app_context: Flask) -> None:
    assert due(None, "new") is None


def test_days_are_enough_for_what_is_far() -> None:
    assert length(timedelta(days=3, hours=5)) == "3 d"
