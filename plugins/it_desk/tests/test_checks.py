"""Answers that contradict each other or the calendar are sent back with a way to correct them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from deskcore_it_desk.checks import problems

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def wrong(request_type: str, **answers: Any) -> list[str]:
    return [problem.field for problem in problems(request_type, answers, NOW)]


def test_access_cannot_end_before_it_begins() -> None:
    assert wrong("access_request", from_date="2026-12-01", until_date="2026-11-30") == ["answers.until_date"]
    assert not wrong("access_request", from_date="2026-12-01", until_date="2026-12-01")


def test_access_that_is_over_already_is_not_asked_for() -> None:
    assert wrong("access_request", from_date="2026-11-01", until_date="2026-11-20") == ["answers.until_date"]


def test_a_contract_cannot_end_before_the_first_day() -> None:
    assert wrong("new_starter", start_date="2026-12-01", end_date="2026-11-01") == ["answers.end_date"]


def test_somebody_who_started_last_week_can_still_be_reported() -> None:
    assert not wrong("new_starter", start_date="2026-11-16")


@pytest.mark.parametrize(
    ("request_type", "field", "value"),
    [
        ("new_starter", "start_date", "2025-11-24"),
        ("access_request", "from_date", "2016-11-24"),
        ("access_removal", "effective", "2025-11-24T10:00:00Z"),
        ("leaver", "last_day", "2025-11-24T10:00:00Z"),
    ],
)
def test_a_day_long_gone_is_taken_for_a_slip_in_the_year(request_type: str, field: str, value: str) -> None:
    assert wrong(request_type, **{field: value}) == [f"answers.{field}"]


def test_equipment_cannot_be_needed_yesterday() -> None:
    assert wrong("hardware_request", needed_by="2026-11-22") == ["answers.needed_by"]
    assert not wrong("hardware_request", needed_by="2026-11-24")


def test_today_is_today_wherever_the_person_is() -> None:
    early_in_utc = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    assert not list(problems("hardware_request", {"needed_by": "2026-11-24"}, early_in_utc))


@pytest.mark.parametrize(("request_type", "field"), [("incident", "since"), ("lost_device", "when")])
def test_what_happened_cannot_lie_in_the_future(request_type: str, field: str) -> None:
    assert wrong(request_type, **{field: "2026-11-24T12:00:00Z"}) == [f"answers.{field}"]
    assert not wrong(request_type, **{field: "2026-11-24T10:03:00Z"})


def test_a_window_of_last_year_is_a_slip() -> None:
    assert wrong("change_request", window={"from": "2025-11-24", "until": "2025-11-25"}) == ["answers.window"]
    assert not wrong("change_request", window={"from": "2026-11-24", "until": "2026-11-25"})


def test_a_change_of_role_changes_something() -> None:
    assert wrong("mover", user="jan@meridian.example", effective_date="2026-12-01") == ["answers.new_title"]
    assert not wrong("mover", effective_date="2026-12-01", access_remove="CRM")


def test_mail_and_files_of_a_leaver_go_to_somebody_else() -> None:
    user = "jan@meridian.example"
    found = wrong("leaver", user=user, forward_to=user, data_owner=user)
    assert found == ["answers.forward_to", "answers.data_owner"]
    assert not wrong("leaver", user=user, forward_to="ewa@meridian.example")


def test_two_slips_are_told_together() -> None:
    assert len(wrong("access_request", from_date="2016-11-24", until_date="2016-11-20")) == 3


@pytest.mark.parametrize("value", [None, "", "soon", 7, [], {}, "2026-13-01"])
def test_what_is_no_day_is_left_to_the_form(value: object) -> None:
    assert not wrong("hardware_request", needed_by=value)
    assert not wrong("incident", since=value)
    assert not wrong("change_request", window=value)
