"""Calendars: what is promised of working time, over random calendars and the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from deskcore_sla_policies.calendars import Calendar
from deskcore_sla_policies.hours import BadCalendar, OwnDay, Span, minutes, shift
from hypothesis import example, given, settings
from hypothesis import strategies as st

ZONES = ("Europe/Warsaw", "UTC", "Asia/Kolkata", "America/New_York")
#: Where calendars go wrong: changes of the clocks in Europe and America, a leap day, and the end of a year.
CORNERS = [
    datetime(2026, 3, 28, 20, tzinfo=UTC),
    datetime(2026, 10, 24, 20, tzinfo=UTC),
    datetime(2026, 3, 8, 3, tzinfo=UTC),
    datetime(2026, 11, 1, 3, tzinfo=UTC),
    datetime(2028, 2, 28, 12, tzinfo=UTC),
    datetime(2027, 12, 31, 12, tzinfo=UTC),
]
MINUTE = timedelta(minutes=1)
OFFICE = tuple(Span.of(weekday, "08:00", "16:00") for weekday in range(5))


@st.composite
def weeks(draw: st.DrawFn) -> tuple[Span, ...]:
    """Draw working hours: some days, several stretches a day, some of them over midnight."""
    borders = sorted(draw(st.sets(st.integers(0, 7 * 24 * 4 - 1), max_size=16)))
    spans = []
    for begin, end in zip(borders[::2], borders[1::2], strict=False):
        length = min((end - begin) * 15, 24 * 60)
        weekday, first = divmod(begin * 15, 24 * 60)
        spans.append(Span(weekday, first, first + length))
    return tuple(spans)


def own_days(around: datetime) -> st.SearchStrategy[dict[date, OwnDay]]:
    """Draw days off and days with hours of their own near a moment."""
    days = st.integers(-2, 4).map(lambda number: around.date() + timedelta(days=number))
    shifts = st.tuples(st.integers(0, 23), st.integers(1, 24)).map(lambda two: (two[0] * 60, (two[0] + two[1]) * 60))
    own = st.one_of(st.just(OwnDay("Off")), shifts.map(lambda one: OwnDay("Short", (one,))))
    return st.dictionaries(days, own, max_size=3)


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """Draw a calendar, and a moment near a corner at which to reckon with it."""
    near = draw(st.sampled_from(CORNERS)) + draw(st.integers(-2000, 2000)) * MINUTE
    return Calendar(draw(st.sampled_from(ZONES)), draw(weeks()), draw(own_days(near))), near


def is_worked(calendar: Calendar, minute: datetime) -> bool:
    """Tell by looking at the clock on the wall whether a minute is worked: slowly, and without the code under test."""
    wall = minute.astimezone(ZoneInfo(calendar.zone))
    today = wall.hour * 60 + wall.minute
    return any(
        begin <= today + past * 24 * 60 < end
        for past in (0, 1)
        for begin, end in spans_of(calendar, wall.date() - timedelta(days=past))
    )


def spans_of(calendar: Calendar, day: date) -> list[tuple[int, int]]:
    """Return the shifts that begin on a day."""
    own = calendar.days.get(day)
    if own is not None:
        return list(own.spans)
    return [(span.begin, span.end) for span in calendar.weekly if span.weekday == day.weekday()]


@settings(max_examples=40, deadline=None)
@given(calendars(), st.integers(1, 3 * 24 * 60))
def test_working_time_is_what_somebody_counts_who_looks_at_the_wall_clock_each_minute(
    drawn: tuple[Calendar, datetime], length: int
) -> None:
    calendar, start = drawn
    counted = sum(is_worked(calendar, start + number * MINUTE) for number in range(length))
    assert calendar.between(start, start + length * MINUTE) == counted * MINUTE


@settings(max_examples=60, deadline=None)
@given(calendars(), st.integers(0, 10 * 24 * 3600), st.integers(0, 999_999))
def test_what_was_added_lies_between(drawn: tuple[Calendar, datetime], seconds: int, micro: int) -> None:
    calendar, start = drawn
    working = timedelta(seconds=seconds, microseconds=micro)
    end = calendar.add(start, working)
    if end is None:
        assert not calendar.weekly
    else:
        assert calendar.between(start, end) == working
        assert working == timedelta(0) or calendar.between(start, end - timedelta(microseconds=1)) < working


@settings(max_examples=60, deadline=None)
@given(calendars(), st.lists(st.integers(0, 20 * 24 * 3600), min_size=3, max_size=3))
def test_working_time_adds_up_and_never_runs_backwards(drawn: tuple[Calendar, datetime], seconds: list[int]) -> None:
    calendar, start = drawn
    first, second, third = (start + timedelta(seconds=each) for each in sorted(seconds))
    whole = calendar.between(first, third)
    assert calendar.between(first, second) + calendar.between(second, third) == whole
    assert timedelta(0) <= calendar.between(first, second) <= whole <= third - first
    assert calendar.between(third, first) == timedelta(0)


@settings(max_examples=60, deadline=None)
@given(calendars(), st.integers(0, 500 * 24 * 3600))
@example((Calendar("Europe/Warsaw", OFFICE), datetime(1970, 1, 1, tzinfo=UTC)), 366 * 24 * 3600)
def test_intervals_leave_no_gap_and_add_up_to_the_working_time(drawn: tuple[Calendar, datetime], seconds: int) -> None:
    calendar, start = drawn
    end = start + timedelta(seconds=seconds)
    pieces = calendar.intervals(start, end)
    borders = [start, *(piece.end for piece in pieces)]
    assert [piece.start for piece in pieces] == borders[:-1]
    assert borders[-1] == end
    assert all(piece.start < piece.end for piece in pieces)
    assert all(one[2:] != other[2:] for one, other in pairwise(pieces))
    working = sum((piece.end - piece.start for piece in pieces if piece.kind == "working"), timedelta(0))
    assert working == calendar.between(start, end)


def test_a_night_shift_over_the_change_to_summer_time_is_an_hour_shorter() -> None:
    nights = Calendar("Europe/Warsaw", tuple(Span.of(weekday, "22:00", "06:00") for weekday in range(7)))
    spring, autumn = (datetime(2026, month, day, 12, tzinfo=UTC) for month, day in ((3, 28), (10, 24)))
    assert nights.between(spring, spring + timedelta(days=1)) == timedelta(hours=7)
    assert nights.between(autumn, autumn + timedelta(days=1)) == timedelta(hours=9)


def test_a_holiday_takes_the_shifts_that_begin_on_it_and_leaves_the_night_before() -> None:
    nights = tuple(Span.of(weekday, "22:00", "06:00") for weekday in range(7))
    calendar = Calendar("UTC", nights, {date(2026, 12, 24): OwnDay("Wigilia")})
    pieces = calendar.intervals(datetime(2026, 12, 24, tzinfo=UTC), datetime(2026, 12, 25, 12, tzinfo=UTC))
    assert [(piece.kind, piece.name, piece.end.isoformat()[8:13]) for piece in pieces] == [
        ("working", "", "24T06"), ("holiday", "Wigilia", "25T00"), ("outside", "", "25T12"),
    ]  # fmt: skip


def test_a_target_that_ends_with_the_day_is_due_that_day_and_not_the_next_morning() -> None:
    calendar = Calendar("Europe/Warsaw", OFFICE)
    friday = datetime(2026, 11, 20, 14, 40, tzinfo=UTC)
    assert calendar.add(friday, timedelta(minutes=20)) == datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert calendar.add(friday, timedelta(minutes=21)) == datetime(2026, 11, 23, 7, 1, tzinfo=UTC)


def test_a_shift_that_reaches_into_the_hours_of_the_next_day_counts_once() -> None:
    monday = date(2026, 11, 23)
    long = Calendar("UTC", OFFICE, {monday: OwnDay("Move", (shift("08:00", "06:00"),))})
    whole = Calendar("UTC", OFFICE, {monday: OwnDay("Move", ((8 * 60, 8 * 60 + 24 * 60),))})
    begin = datetime(2026, 11, 23, tzinfo=UTC)
    assert long.between(begin, begin + timedelta(days=2)) == timedelta(hours=22 + 8)
    assert whole.between(begin, begin + timedelta(days=2)) == timedelta(hours=24 + 8)
    nights = Calendar("UTC", (Span.of(1, "01:00", "02:00"),), {monday: OwnDay("Night", (shift("22:00", "06:00"),))})
    assert nights.between(begin, begin + timedelta(days=2)) == timedelta(hours=8)


def test_time_that_ends_where_a_year_of_the_table_does_is_found() -> None:
    start, year = datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=366)
    assert Calendar.always().add(start, year) == start + year
    office = Calendar("UTC", OFFICE)
    assert office.add(start, office.between(start, start + year)) == datetime(1971, 1, 1, 16, tzinfo=UTC)


def test_ten_thousand_days_off_are_days_off() -> None:
    first = date(2026, 1, 1)
    off = {first + timedelta(days=number): OwnDay("Closed") for number in range(10_000)}
    calendar = Calendar("UTC", OFFICE, off)
    back = calendar.add(datetime(2026, 1, 1, tzinfo=UTC), timedelta(minutes=1))
    assert back is not None
    assert back.date() == date(2053, 5, 19)  # a Monday; the last day off was a Sunday


@pytest.mark.parametrize("days", [{}, {date(2020, 1, 1): OwnDay("Once", ((0, 60),))}])
def test_a_calendar_without_hours_says_never_and_stops_looking(days: dict[date, OwnDay]) -> None:
    calendar, start = Calendar("UTC", (), days), datetime(2026, 1, 1, tzinfo=UTC)
    assert calendar.add(start, MINUTE) is None
    assert calendar.add(start, timedelta(0)) == start
    assert [piece.kind for piece in calendar.intervals(start, start + timedelta(days=900))] == ["outside"]


@pytest.mark.parametrize("moment", [datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)])
def test_the_ends_of_time_are_no_error(moment: datetime) -> None:
    assert Calendar.always().between(moment, moment + timedelta(hours=3)) == timedelta(hours=3)
    assert Calendar("Europe/Warsaw").add(moment, timedelta(days=1)) is None
    assert Calendar.always().add(moment, timedelta(days=9000 * 366)) is None


@pytest.mark.parametrize("text", ["25:00", "24:01", "8", "08:60", "", "08:00:00", "-1:00", "٨:٠٠"])
def test_a_time_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(BadCalendar) as refused:
        minutes(text)
    assert refused.value.reason == "time"


def test_a_shift_that_begins_at_the_end_of_a_day_is_refused() -> None:
    assert shift("22:00", "06:00") == (1320, 1800)
    with pytest.raises(BadCalendar):
        shift("24:00", "06:00")


@pytest.mark.parametrize(
    "spans",
    [
        (Span.of(0, "08:00", "12:00"), Span.of(0, "11:59", "16:00")),
        (Span.of(0, "22:00", "06:00"), Span.of(1, "05:00", "16:00")),
        (Span.of(6, "22:00", "06:00"), Span.of(0, "05:00", "16:00")),
        (Span.of(2, "08:00", "08:00"), Span.of(3, "07:00", "09:00")),
    ],
)
def test_overlapping_hours_are_refused_over_midnight_and_the_end_of_the_week(spans: tuple[Span, ...]) -> None:
    with pytest.raises(BadCalendar) as refused:
        Calendar("UTC", spans)
    assert refused.value.reason == "overlap"


@pytest.mark.parametrize("zone", ["Nowhere/Here", "", "Europe", "../etc/passwd", "Europe/Warsaw\0"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(BadCalendar) as refused:
        Calendar(zone, OFFICE)
    assert refused.value.reason == "zone"
