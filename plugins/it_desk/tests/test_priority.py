"""Priority comes from impact and urgency, and from nothing that a requester could claim."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from deskcore_it_desk.priority import (
    IMPACTS,
    MATRIX,
    SIGNS_OF_INTRUSION,
    URGENCIES,
    by_matrix,
    urgency_of,
    verdict,
    working_days_between,
)

LEVELS = ("low", "normal", "high", "urgent")
MONDAY = date(2026, 11, 23)


def level(request_type: str, answers: dict[str, Any], notice_days: int = 5) -> str | None:
    found = verdict(request_type, answers, MONDAY, notice_days)
    return found.priority if found else None


def incident(affected: str, *, stopped: bool = False, slowed: bool = False) -> str | None:
    return level("incident", {"affected": affected, "work_stopped": stopped, "work_slowed": slowed})


def test_an_outage_of_the_whole_company_is_urgent() -> None:
    assert incident("company", stopped=True) == "urgent"


def test_a_nuisance_of_one_person_is_low() -> None:
    assert incident("me") == "low"


def test_one_office_at_a_standstill_is_urgent_and_one_team_high() -> None:
    assert incident("site", stopped=True) == "urgent"
    assert incident("team", stopped=True) == "high"


def test_every_pair_of_impact_and_urgency_has_a_priority() -> None:
    assert set(MATRIX) == set(IMPACTS)
    assert all(set(row) == set(URGENCIES) for row in MATRIX.values())
    assert {cell for row in MATRIX.values() for cell in row.values()} == set(LEVELS)


def test_more_impact_or_more_urgency_never_lowers_the_priority() -> None:
    for urgency in URGENCIES:
        assert all(LEVELS.index(MATRIX[a][urgency]) <= LEVELS.index(MATRIX[b][urgency]) for a, b in pairwise(IMPACTS))
    for row in MATRIX.values():
        assert all(LEVELS.index(row[a]) <= LEVELS.index(row[b]) for a, b in pairwise(URGENCIES))


def test_the_readme_shows_the_matrix_that_is_used() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (One|A team|A whole|The whole)[^|]*\| (\w+) \| (\w+) \| (\w+) \|$", readme, re.MULTILINE)
    assert [tuple(row[1:]) for row in rows] == [tuple(MATRIX[impact][u] for u in URGENCIES) for impact in IMPACTS]


def test_stopped_work_outweighs_slowed_work() -> None:
    assert urgency_of({"work_stopped": True, "work_slowed": True}) == "stopped"
    assert urgency_of({"work_slowed": True}) == "degraded"
    assert urgency_of({}) == "can_work"


@pytest.mark.parametrize("affected", [None, "", "planet", 7, ["me"]])
def test_an_unknown_impact_counts_as_one_person(affected: object) -> None:
    assert by_matrix({"affected": affected}).impact == "me"


def test_a_lost_device_is_always_urgent() -> None:
    assert level("lost_device", {}) == "urgent"


@pytest.mark.parametrize("sign", SIGNS_OF_INTRUSION)
def test_one_yes_about_a_suspicious_mail_makes_it_urgent(sign: str) -> None:
    assert level("suspicious_email", {sign: True}) == "urgent"


def test_a_suspicious_mail_that_nobody_touched_keeps_its_own_priority() -> None:
    assert level("suspicious_email", dict.fromkeys(SIGNS_OF_INTRUSION, False)) is None


def test_a_leaver_is_urgent_only_when_access_must_end_at_once() -> None:
    assert level("leaver", {"immediate": True}) == "urgent"
    assert level("leaver", {"immediate": False}) is None


def test_an_emergency_change_is_high_and_a_standard_one_as_declared() -> None:
    assert level("change_request", {"type": "emergency"}) == "high"
    assert level("change_request", {"type": "standard"}) is None


@pytest.mark.parametrize(
    ("start", "expected"),
    [("2026-11-27", "high"), ("2026-11-30", None), ("2026-11-20", "high"), ("2199-01-01", None), ("soon", None)],
)
def test_a_new_starter_with_short_notice_is_high(start: str, expected: str | None) -> None:
    assert level("new_starter", {"start_date": start}) == expected


def test_notice_is_counted_in_working_days() -> None:
    friday, next_monday = date(2026, 11, 27), date(2026, 11, 30)
    assert working_days_between(friday, next_monday) == 1
    assert working_days_between(next_monday, friday) == 0


def test_other_requests_keep_the_priority_of_their_type() -> None:
    assert level("question", {}) is None
