"""What stands still is urgent, what is broken is claimed in time, and days make sense."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from deskcore_operations_desk import register_request_types
from deskcore_operations_desk.checks import problems
from deskcore_operations_desk.urgency import PRIORITIES, priority_for, tags_for

from deskcore.plugin import Text

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TYPES = {each.key: each for each in register_request_types()}


def wrong(request_type: str, **answers: Any) -> list[str]:
    return [problem.field for problem in problems(request_type, answers, NOW)]


def test_the_seven_request_types_are_there() -> None:
    assert set(TYPES) == {
        "work_stopped", "delivery_problem", "send_goods", "expected_delivery", "transport", "stock", "process_idea",
    }  # fmt: skip
    assert {each.door for each in TYPES.values()} == {"broken", "need", "process"}


def test_the_more_stands_still_the_more_urgent_it_is() -> None:
    extents = next(f for f in TYPES["work_stopped"].fields if f.key == "extent").options
    assert [PRIORITIES[option.value] for option in extents] == ["normal", "high", "urgent"]
    assert priority_for("work_stopped", {"extent": "site"}) == "urgent"


@pytest.mark.parametrize("extent", [None, "", "planet", 7])
def test_an_unknown_extent_keeps_the_priority_of_the_type(extent: object) -> None:
    assert priority_for("work_stopped", {"extent": extent}) is None


def test_other_requests_keep_the_priority_of_their_type() -> None:
    assert priority_for("stock", {"extent": "site"}) is None


def test_what_came_wrong_is_claimed_and_what_is_late_is_not() -> None:
    assert tags_for("delivery_problem", {"kind": "damaged"}) == ("claim",)
    assert tags_for("delivery_problem", {"kind": "late"}) == ()
    assert tags_for("stock", {"kind": "damaged"}) == ()


def test_a_delivery_is_named_by_what_is_wrong_and_its_hint_keeps_to_no_number_of_days() -> None:
    kind = TYPES["delivery_problem"]
    assert kind.subject == Text("Delivery ({kind}): {document}", "Dostawa ({kind}): {document}")
    (hint,) = (field.hint for field in kind.fields if field.key == "arrived")
    assert hint is not None
    assert "seven" not in hint.en
    assert "siedmiu" not in hint.pl


@pytest.mark.parametrize(
    ("request_type", "key", "value"),
    [
        ("work_stopped", "since", "2026-11-26T10:00:00Z"),
        ("delivery_problem", "arrived", "2026-11-26"),
        ("send_goods", "pick_up", "2026-11-22"),
        ("expected_delivery", "when", "2026-11-23T08:00:00Z"),
        ("transport", "departure", "2026-11-20T08:00:00Z"),
        ("stock", "needed_by", "2025-11-24"),
    ],
)
def test_what_happened_is_past_and_what_is_asked_for_to_come(request_type: str, key: str, value: str) -> None:
    assert wrong(request_type, **{key: value}) == [f"answers.{key}"]


@pytest.mark.parametrize(
    ("request_type", "key"), [("delivery_problem", "arrived"), ("send_goods", "pick_up"), ("stock", "needed_by")]
)
def test_today_is_fine(request_type: str, key: str) -> None:
    assert not wrong(request_type, **{key: "2026-11-24"})


@pytest.mark.parametrize("value", [None, "", "soon", 7, [], "2026-13-01"])
def test_what_is_no_day_is_left_to_the_form(value: object) -> None:
    assert not wrong("stock", needed_by=value)
    assert not wrong("work_stopped", since=value)
