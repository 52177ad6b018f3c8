"""Moments, sizes and lengths of time as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date, format_datetime
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from deskcore.web import formatting

WARSAW = ZoneInfo("Europe/Warsaw")
#: Saturday, 10:42 in Warsaw.
NOW = datetime(2026, 11, 21, 9, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "english", "polish"),
    [
        (timedelta(seconds=20), "just now", "przed chwilą"),
        (timedelta(minutes=12), "12 min ago", "12 min temu"),
        (timedelta(hours=1), "today, 9:42", "dziś, 9:42"),
        (timedelta(hours=11), "yesterday, 23:42", "wczoraj, 23:42"),
        (timedelta(days=3), "Wednesday, 10:42", "środa, 10:42"),
        (timedelta(days=20), "1 Nov 2026", "1 lis 2026"),
        (-timedelta(minutes=41), "in 41 min", "za 41 min"),
        (-timedelta(hours=20), "tomorrow, 6:42", "jutro, 6:42"),
    ],
)
def test_a_moment_reads_relative_to_now(before: timedelta, english: str, polish: str) -> None:
    assert formatting.when(NOW - before, NOW, WARSAW, "en").text == english
    assert formatting.when(NOW - before, NOW, WARSAW, "pl").text == polish


def test_a_column_has_the_weekday_in_short() -> None:
    before = NOW - timedelta(days=3)
    assert formatting.when(before, NOW, WARSAW, "en", short=True).text == "Wed, 10:42"
    assert formatting.when(before, NOW, WARSAW, "pl", short=True).text == "śr., 10:42"


@pytest.mark.parametrize(
    ("before", "english", "polish"),
    [
        (timedelta(seconds=59), "just now", "przed chwilą"),
        (timedelta(seconds=60), "1 min ago", "1 min temu"),
        (timedelta(minutes=59, seconds=59), "59 min ago", "59 min temu"),
        (timedelta(hours=10, minutes=42), "today, 0:00", "dziś, 0:00"),
        (timedelta(hours=10, minutes=43), "yesterday, 23:59", "wczoraj, 23:59"),
        (timedelta(days=6), "Sunday, 10:42", "niedziela, 10:42"),
        (timedelta(days=7), "14 Nov 2026", "14 lis 2026"),
        (-timedelta(seconds=59), "just now", "przed chwilą"),
        (-timedelta(minutes=59), "in 59 min", "za 59 min"),
        (-timedelta(hours=1), "today, 11:42", "dziś, 11:42"),
        (-timedelta(days=6), "Friday, 10:42", "piątek, 10:42"),
        (-timedelta(days=7), "28 Nov 2026", "28 lis 2026"),
    ],
)
def test_the_wording_changes_at_the_minute_the_hour_midnight_and_the_week(
    before: timedelta, english: str, polish: str
) -> None:
    assert formatting.when(NOW - before, NOW, WARSAW, "en").text == english
    assert formatting.when(NOW - before, NOW, WARSAW, "pl").text == polish


def test_today_is_the_day_of_the_reader() -> None:
    late = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
    assert formatting.when(late, NOW, WARSAW, "pl").text == "dziś, 3:30"
    assert formatting.when(late, NOW, ZoneInfo("America/New_York"), "pl").text == "wczoraj, 21:30"


def test_the_title_is_absolute_and_the_machine_reads_utc() -> None:
    shown = formatting.when(NOW, NOW, WARSAW, "en")
    assert shown.iso == "2026-11-21T09:42:00Z"
    assert shown.title == "Sat 21 Nov 2026, 10:42"
    assert formatting.when(NOW, NOW, WARSAW, "pl").title == "sob. 21 lis 2026, 10:42"


def test_the_title_names_the_zone_where_the_clock_stood_differently() -> None:
    summer = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    assert formatting.when(summer, NOW, WARSAW, "en").title == "Wed 1 Jul 2026, 11:00 CEST"


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)), st.sampled_from(["en", "pl"]))
def test_dates_are_written_as_the_locale_has_them(moment: datetime, language: str) -> None:
    locale, local = {"en": "en_GB", "pl": "pl"}[language], moment.astimezone(WARSAW)
    shown = formatting.when(moment, NOW, WARSAW, language)
    assert shown.title.startswith(format_datetime(local, "EEE d MMM y, H:mm", locale=locale))
    if abs(moment - NOW) > timedelta(days=8):
        assert shown.text == format_date(local, "d MMM y", locale=locale)
    elif abs(moment - NOW) < timedelta(days=6) and abs((local.date() - NOW.date()).days) > 1:
        assert shown.text == f"{format_date(local, 'EEEE', locale=locale)}, {local.hour}:{local.minute:02d}"


def test_only_a_moment_that_still_counts_minutes_is_updated_by_the_page() -> None:
    recent = formatting.when(NOW - timedelta(minutes=5), NOW, WARSAW)
    assert 'data-fixed="today, 10:37"' in recent.__html__()
    assert "data-fixed" not in formatting.when(NOW - timedelta(hours=5), NOW, WARSAW).__html__()


@pytest.mark.parametrize(
    ("count", "english", "polish"),
    [
        (0, "0 B", "0 B"),
        (999, "999 B", "999 B"),
        (184_000, "184 kB", "184 kB"),
        (1_240_000, "1.2 MB", "1,2 MB"),
        (999_950, "1 MB", "1 MB"),
        (25_000_000, "25 MB", "25 MB"),
    ],
)
def test_a_file_size_has_at_most_three_digits(count: int, english: str, polish: str) -> None:
    assert formatting.size(count, "en").replace(formatting.NBSP, " ") == english
    assert formatting.size(count, "pl").replace(formatting.NBSP, " ") == polish


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "1 dzień roboczy"),
        (2, "2 dni robocze"),
        (5, "5 dni roboczych"),
        (12, "12 dni roboczych"),
        (22, "22 dni robocze"),
        (25, "25 dni roboczych"),
    ],
)
def test_polish_plurals_follow_the_last_two_digits(days: int, words: str) -> None:
    assert formatting.working_time(days * formatting.WORKING_DAY, "pl").replace(formatting.NBSP, " ") == words


@pytest.mark.parametrize(
    ("minutes", "english", "polish"),
    [
        (15, "usually 15 minutes", "zwykle 15 minut"),
        (60, "usually 1 hour", "zwykle 1 godzina"),
        (240, "usually 4 hours", "zwykle 4 godziny"),
        (1440, "usually 3 working days", "zwykle 3 dni robocze"),
    ],
)
def test_a_service_says_how_long_it_usually_takes(minutes: int, english: str, polish: str) -> None:
    assert formatting.usually(minutes, "en").replace(formatting.NBSP, " ") == english
    assert formatting.usually(minutes, "pl").replace(formatting.NBSP, " ") == polish


def test_numbers_have_the_marks_of_the_language() -> None:
    assert formatting.number(12345.5, "en") == "12,345.5"
    assert formatting.number(12345.5, "pl") == f"12{formatting.NBSP}345,5"


def test_one_letter_words_stay_with_the_next_word() -> None:
    bound = formatting.bind_one_letter_words("Praca w domu i z biura. A potem o 9:00.")
    assert bound.replace(formatting.NBSP, "~") == "Praca w~domu i~z~biura. A~potem o~9:00."


def test_binding_keeps_escaped_text_escaped() -> None:
    bound = formatting.bind_one_letter_words(escape("<b> w domu"))
    assert isinstance(bound, Markup)
    assert bound.replace(formatting.NBSP, "~") == "&lt;b&gt; w~domu"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Anna Kowalska", "AK"), ("Łukasz Żak-Nowak", "ŁN"), ("HR", "H"), ("", "?"), ("  ", "?"), ("(x) Ewa Lis", "EL")],
)
def test_an_avatar_shows_initials(name: str, letters: str) -> None:
    assert formatting.initials(name) == letters


def test_a_person_has_the_same_avatar_tone_everywhere() -> None:
    tones = {formatting.avatar_tone(name) for name in ("Anna Kowalska", "ANNA KOWALSKA")}
    assert len(tones) == 1
    assert tones <= {1, 2, 3, 4}
