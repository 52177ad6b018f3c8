"""Days of the month that payroll and benefits keep, at the edges of months and years."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from deskcore_hr_desk.months import day_of_month, first_benefits_month, first_open_month
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("month", "day", "expected"),
    [
        (2, 31, date(2026, 2, 28)),
        (13, 1, date(2027, 1, 1)),
        (0, 15, date(2025, 12, 15)),
        (11, 0, date(2026, 11, 1)),
        (12, 99, date(2026, 12, 31)),
    ],
)
def test_a_day_that_the_month_lacks_is_its_last_one(month: int, day: int, expected: date) -> None:
    assert day_of_month(2026, month, day) == expected


def test_until_the_cut_off_day_this_month_is_open() -> None:
    assert first_open_month(date(2026, 11, 20), 20) == date(2026, 11, 1)
    assert first_open_month(date(2026, 11, 21), 20) == date(2026, 12, 1)
    assert first_open_month(date(2026, 12, 21), 20) == date(2027, 1, 1)


def test_benefits_change_from_the_next_month_or_the_one_after() -> None:
    assert first_benefits_month(date(2026, 11, 15), 15) == date(2026, 12, 1)
    assert first_benefits_month(date(2026, 11, 16), 15) == date(2027, 1, 1)


@settings(max_examples=60)
@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(-5, 60))
def test_the_first_open_month_is_this_one_or_the_next(today: date, cutoff: int) -> None:
    opened = first_open_month(today, cutoff)
    assert opened.day == 1
    assert opened in (today.replace(day=1), (today.replace(day=1) + timedelta(days=32)).replace(day=1))
