"""What people want: the usual ways and their own, quiet hours and the daily summary, over changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from deskcore_notifications.concerning import Concern
from deskcore_notifications.events import BY_KEY, EVENTS, REASONS, Way
from deskcore_notifications.hearing import strongest
from deskcore_notifications.wishes import Wish, Wishes
from hypothesis import given
from hypothesis import strategies as st

from deskcore.plugin import PersonView, tickets

WARSAW = "Europe/Warsaw"
NIGHT = Wishes(quiet=(22 * 60, 7 * 60))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
MINUTES = st.integers(0, 24 * 60 - 1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("ready", "goes"),
    [
        ("2026-11-23 09:00", "2026-11-23 09:00"),
        ("2026-11-23 21:30", "2026-11-24 06:00"),
        ("2026-11-23 04:00", "2026-11-23 06:00"),
        ("2026-11-23 06:00", "2026-11-23 06:00"),
        # The night in which the clock goes forward, and the one in which it goes back.
        ("2026-03-29 00:30", "2026-03-29 05:00"),
        ("2026-10-25 00:30", "2026-10-25 06:00"),
    ],
)
def test_in_quiet_hours_a_letter_waits_for_their_end(ready: str, goes: str) -> None:
    assert NIGHT.at_once(at(ready), WARSAW) == at(goes)


@given(moment=MOMENTS, begin=MINUTES, end=MINUTES)
def test_a_letter_never_goes_back_in_time_nor_waits_for_more_than_a_day(moment: datetime, begin: int, end: int) -> None:
    wishes = Wishes(quiet=(begin, end)) if begin != end else Wishes()
    goes = wishes.at_once(moment, WARSAW)
    assert 0 <= (goes - moment).total_seconds() <= 25 * 3600
    assert wishes.at_once(goes, WARSAW) == goes


@given(moment=MOMENTS, hour=st.integers(0, 23))
def test_the_daily_summary_comes_at_its_hour_within_a_day(moment: datetime, hour: int) -> None:
    comes = Wishes(daily_hour=hour).next_daily(moment, WARSAW)
    assert 0 < (comes - moment).total_seconds() <= 25 * 3600 + 3600


def test_of_several_reasons_the_one_that_weighs_most_is_named_in_all_ways_that_are_wanted() -> None:
    reasons = [Concern("a@b.example", "note", "assignee"), Concern("a@b.example", "mention", "mention")]
    found = strongest(reasons, Wishes())
    assert found is not None
    assert (found[0].event, found[1]) == ("mention", Way(True, "now"))
    found = strongest(reasons, Wishes({"mention": Wish(False, "never"), "note": Wish(True, "daily")}))
    assert found is not None
    assert (found[0].event, found[1]) == ("note", Way(True, "daily"))
    nothing = dict.fromkeys(("note", "mention"), Wish(False, "never"))
    assert strongest(reasons, Wishes(nothing)) is None


def test_leads_hear_of_new_tickets_once_a_day_and_agents_do_not() -> None:
    assert Wishes().way("new", lead=True).mail == "daily"
    assert Wishes().way("new", lead=False) == Way(False, "never")


OLA = PersonView("ola.mazur@meridian.example", "Ola Mazur")


@pytest.mark.parametrize(
    "text",
    [
        "@Ola Mazur, can you look?",
        "Can you look, @ola.mazur?",
        "cc @OLA.MAZUR@meridian.example.",
        "(@ola.mazur)",
    ],
)
def test_a_note_mentions_somebody_by_name_or_address(text: str) -> None:
    assert tickets.mentioned(text, [OLA]) == [OLA]


@pytest.mark.parametrize("text", ["Ola Mazur", "x@ola.mazur", "@ola", "@ola.mazurska", "@ola.mazur.old", "", "@"])
def test_what_only_looks_like_a_mention_is_none(text: str) -> None:
    assert tickets.mentioned(text, [OLA]) == []


def test_every_event_and_reason_is_complete() -> None:
    assert len(BY_KEY) == len(EVENTS)
    for reason in REASONS.values():
        assert reason.en.count("{it}") == reason.pl.count("{it}") == 1
