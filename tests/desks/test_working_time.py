"""Working hours pass while the desk works: not at night, not on free days, and not on days off by law."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from deskcore.desks.hours import DAYS, Hours
from deskcore.desks.working_time import later, opens_at

WARSAW = ZoneInfo("Europe/Warsaw")
OFFICE = {day: [["08:00", "16:00"]] for day in DAYS[:5]}
POLISH = Hours("", OFFICE, "poland")


def after(hours: Hours, start: str, working: float, zone: ZoneInfo = WARSAW) -> str:
    """Return the moment so many working hours after a moment, both on the clock of Warsaw."""
    begins = datetime.fromisoformat(start).replace(tzinfo=WARSAW).astimezone(UTC)
    return later(hours, zone, begins, timedelta(hours=working)).astimezone(WARSAW).strftime("%Y-%m-%dT%H:%M")


def test_nights_and_weekends_do_not_count() -> None:
    assert after(Hours("", OFFICE), "2026-11-20T15:00", 2) == "2026-11-23T09:00"
    assert after(Hours("", OFFICE), "2026-11-21T03:00", 16) == "2026-11-24T16:00"


def test_days_off_by_law_count_where_the_desk_does_not_keep_them() -> None:
    assert after(Hours("", OFFICE), "2026-11-10T15:00", 2) == "2026-11-11T09:00"
    assert after(POLISH, "2026-11-10T15:00", 2) == "2026-11-12T09:00"
    # Christmas Eve, two holidays, a Sunday; and Easter Monday, which has another date each year.
    assert after(POLISH, "2026-12-23T15:00", 2) == "2026-12-28T09:00"
    assert after(POLISH, "2027-03-26T15:00", 2) == "2027-03-30T09:00"


def test_a_desk_without_hours_works_always() -> None:
    assert after(Hours("", {}, "poland"), "2026-12-24T23:00", 2) == "2026-12-25T01:00"


def test_a_desk_elsewhere_works_by_its_own_clock() -> None:
    assert after(Hours("Asia/Tokyo", OFFICE), "2026-11-23T12:00", 1) == "2026-11-24T01:00"


@given(
    start=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    first=st.integers(1, 5000),
    second=st.integers(1, 5000),
)
def test_time_adds_up_and_never_ends_on_a_day_off(start: datetime, first: int, second: int) -> None:
    once, twice = timedelta(minutes=first), timedelta(minutes=second)
    ends = later(POLISH, WARSAW, start, once + twice)
    assert later(POLISH, WARSAW, later(POLISH, WARSAW, start, once), twice) == ends
    local = ends.astimezone(WARSAW)
    assert DAYS[local.weekday()] in OFFICE
    assert (local.month, local.day) not in {(1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 25)}


def opens(hours: Hours, at: str, zone: ZoneInfo = WARSAW) -> str:
    """Return when a desk works again, both on the clock of Warsaw; nothing while it works."""
    moment = datetime.fromisoformat(at).replace(tzinfo=WARSAW).astimezone(UTC)
    found = opens_at(hours, zone, moment)
    return found.astimezone(WARSAW).strftime("%Y-%m-%dT%H:%M") if found else ""


def test_a_closed_desk_opens_on_its_next_working_day() -> None:
    assert opens(POLISH, "2026-11-20T07:59") == "2026-11-20T08:00"
    assert opens(POLISH, "2026-11-20T08:00") == opens(POLISH, "2026-11-20T15:59") == ""
    assert opens(POLISH, "2026-11-20T16:00") == "2026-11-23T08:00"
    assert opens(POLISH, "2026-11-10T16:00") == "2026-11-12T08:00"
    assert opens(Hours("", OFFICE), "2026-11-10T16:00") == "2026-11-11T08:00"
    assert opens(Hours("", {}, "poland"), "2026-12-25T03:00") == ""


def test_a_desk_opens_by_its_own_clock_also_when_that_is_changed() -> None:
    assert opens(Hours("America/New_York", OFFICE), "2026-11-20T09:00") == "2026-11-20T14:00"
    # Here clocks went back on 25 October, there a week later: five hours apart instead of six.
    assert opens(Hours("America/New_York", OFFICE), "2026-10-27T09:00") == "2026-10-27T13:00"
    assert opens(Hours("", OFFICE), "2026-11-20T09:00", ZoneInfo("Asia/Tokyo")) == "2026-11-23T00:00"


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))
def test_what_is_sent_while_a_desk_is_closed_begins_to_be_worked_on_when_it_opens(at: datetime) -> None:
    moment = at.replace(tzinfo=WARSAW).astimezone(UTC)
    found, instant = opens_at(POLISH, WARSAW, moment), timedelta(minutes=1)
    assert later(POLISH, WARSAW, moment, instant) == (found or moment) + instant or found is None
