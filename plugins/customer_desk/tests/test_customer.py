"""What hits many is urgent, and whoever may leave is called."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from deskcore_customer_desk import register_list_filters, register_request_types
from deskcore_customer_desk.checks import problems
from deskcore_customer_desk.urgency import OF_A_FAULT, OF_A_WISH, priority_for, tags_for

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TYPES = {each.key: each for each in register_request_types()}


def choices(request_type: str, key: str) -> list[str]:
    return [option.value for field in TYPES[request_type].fields if field.key == key for option in field.options]


def test_the_six_request_types_are_there_and_each_names_the_customer() -> None:
    assert set(TYPES) == {
        "customer_login", "customer_bug", "customer_question", "customer_wish", "customer_billing",
        "customer_subscription",
    }  # fmt: skip
    assert all(each.fields[0].key == "customer" and each.fields[0].required for each in TYPES.values())


@pytest.mark.parametrize(
    ("priorities", "request_type", "key"),
    [(OF_A_FAULT, "customer_bug", "affected"), (OF_A_WISH, "customer_wish", "weight")],
)
def test_every_answer_has_its_priority_from_the_mildest_on(
    priorities: dict[str, str], request_type: str, key: str
) -> None:
    assert list(priorities) == choices(request_type, key)
    levels = [["low", "normal", "high", "urgent"].index(each) for each in priorities.values()]
    assert levels == sorted(set(levels))


@pytest.mark.parametrize(
    ("request_type", "answers", "expected"),
    [
        ("customer_bug", {"affected": "all"}, "urgent"),
        ("customer_wish", {"weight": "nice"}, "low"),
        ("customer_login", {"everybody": True}, "urgent"),
        ("customer_login", {"everybody": False}, None),
        ("customer_subscription", {"change": "cancel"}, "high"),
        ("customer_subscription", {"change": "more_seats"}, None),
        ("customer_question", {"affected": "all"}, None),
        ("customer_bug", {"affected": "planet"}, None),
    ],
)
def test_the_priority_follows_the_answers(request_type: str, answers: dict[str, Any], expected: str | None) -> None:
    assert priority_for(request_type, answers) == expected


def test_only_the_end_is_tagged_and_a_pause_is_none() -> None:
    tagged = {
        change
        for change in choices("customer_subscription", "change")
        if tags_for("customer_subscription", {"change": change})
    }
    assert tagged == {"cancel"}
    assert priority_for("customer_subscription", {"change": "pause"}) is None


def test_the_filter_offers_every_product() -> None:
    (listed,) = register_list_filters()
    assert [choice.value for choice in listed.choices] == choices("customer_bug", "product")


def test_a_change_of_last_year_is_a_slip() -> None:
    found = [each.field for each in problems("customer_subscription", {"from_date": "2025-11-24"}, NOW)]
    assert found == ["answers.from_date"]
    assert not list(problems("customer_subscription", {"from_date": "2026-11-01"}, NOW))


@pytest.mark.parametrize("value", [None, "", "soon", 7, [], "2026-13-01"])
def test_what_is_no_day_is_left_to_the_form(value: object) -> None:
    assert not list(problems("customer_subscription", {"from_date": value}, NOW))
