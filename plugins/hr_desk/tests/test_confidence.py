"""A complaint is for named people, and never for whom it is about."""

from __future__ import annotations

from typing import Any

import pytest
from deskcore_hr_desk.confidence import READERS, accused, addresses, circle

INVOLVED = [
    {"person": "boss@organisation.example", "part": "accused"},
    {"person": "witness@organisation.example", "part": "witness"},
    {"person": "victim@organisation.example", "part": "affected"},
]


def test_only_a_complaint_is_closed_to_the_rest_of_hr() -> None:
    assert circle("payroll_question", {"involved": INVOLVED}, "") is None
    assert circle("complaint", {}, "") is not None


def test_the_accused_and_the_line_above_are_shut_out_and_witnesses_are_not() -> None:
    found = circle("complaint", {"involved": INVOLVED}, "")
    assert found is not None
    assert found.never == ("line:boss@organisation.example",)


def test_whoever_is_named_without_a_part_counts_as_accused() -> None:
    assert list(accused({"involved": [{"person": "boss@organisation.example"}]})) == ["boss@organisation.example"]


def test_the_team_reads_complaints_unless_people_are_named() -> None:
    found = circle("complaint", {}, "Pawel@organisation.example, ewa@organisation.example;\npawel@organisation.example")
    assert found is not None
    assert found.named == ("pawel@organisation.example", "ewa@organisation.example")
    default = circle("complaint", {}, " ,; ")
    assert default is not None
    assert default.named == READERS == ("team:relations",)


@pytest.mark.parametrize("involved", [None, "", "boss", 7, {}, [None, 7, {}, {"part": "accused"}]])
def test_what_is_no_list_of_people_accuses_nobody(involved: Any) -> None:
    assert not list(accused({"involved": involved}))


def test_no_address_is_none() -> None:
    assert addresses("") == ()
