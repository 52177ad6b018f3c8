"""Whoever asks a desk at night is told when it works, and when it will read what was sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from deskcore import clock
from deskcore.desks.administration import change_hours, read_desk, read_hours
from deskcore.desks.hours import DAYS, Hours
from deskcore.fingerprints import fingerprint
from deskcore.viewer import SYSTEM
from deskcore.web.portal.closed_hours import in_words
from deskcore.work import acting_as

FORM = "/services/it-question"
FRIDAY_NIGHT = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
OFFICE = {day: [["08:00", "16:00"]] for day in DAYS[:5]}


@pytest.mark.parametrize(
    ("hours", "english", "polish"),
    [
        (OFFICE, "Monday–Friday 8:00–16:00", "poniedziałek–piątek 8:00–16:00"),
        (
            {"mon": [["09:00", "12:00"], ["13:00", "17:30"]], "wed": [["10:00", "24:00"]]},
            "Monday 9:00–12:00, 13:00–17:30; Wednesday 10:00–24:00",
            "poniedziałek 9:00–12:00, 13:00–17:30; środa 10:00–24:00",
        ),
        (OFFICE | {"sat": [["00:00", "06:00"]]}, "Monday–Friday 8:00–16:00; Saturday 0:00–6:00", "; sobota 0:00–6:00"),
    ],
)
def test_days_with_the_same_hours_are_named_together(
    hours: dict[str, list[list[str]]], english: str, polish: str
) -> None:
    assert in_words(Hours("", hours), "en") == english
    assert in_words(Hours("", hours), "pl").endswith(polish)


def test_form_and_answer_say_when_the_desk_reads_it(app: Flask, sign_in: Callable[[str], FlaskClient]) -> None:
    with app.app_context(), acting_as(SYSTEM):
        seen = fingerprint(asdict(read_hours(read_desk("it"))))
        change_hours("it", Hours("", OFFICE, "poland"), seen)
    anna = sign_in("anna.kowalska")
    with clock.at(FRIDAY_NIGHT):
        assert "works Monday–Friday 8:00–16:00. We will read this on Monday at 8:00." in anna.get(FORM).text
        answers = {"subject": "Who?", "description": "Who may?", "idempotency_key": "k-1"}
        shown = [("_shown", key) for key in ("subject", "description")]
        sent = anna.post(FORM, data=MultiDict([*answers.items(), *shown]), follow_redirects=True)
        assert "We will read this on Monday at 8:00." in sent.text
    with clock.at(datetime(2026, 11, 23, 5, 30, tzinfo=UTC)):
        assert "We will read this today at 8:00." in anna.get(FORM).text
    with clock.at(datetime(2026, 11, 10, 18, 0, tzinfo=UTC)):
        # The eleventh is a day off by law.
        assert "We will read this on Thursday at 8:00." in anna.get(FORM).text
    with clock.at(datetime(2026, 11, 23, 9, 30, tzinfo=UTC)):
        assert "We will read this" not in anna.get(FORM).text
