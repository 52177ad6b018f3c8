"""Subjects and descriptions made of answers."""

from __future__ import annotations

import pytest

from deskcore.desks.subjects import SUBJECT_LIMIT, subject_and_description
from deskcore.hooks.contributions import RequestType, Text


@pytest.fixture(scope="session")
def make(field_of, text):
    fields = (
        field_of("select", "system"),
        field_of("longtext", "what"),
        field_of("text", "salary", sensitive=True),
    )

    def request_type(pattern, description="what"):
        subject = Text(pattern, pattern) if pattern else None
        return RequestType(
            "a", "it", text("Access"), text("s"), fields=fields, subject=subject, description=description
        )

    return request_type


@pytest.mark.parametrize(
    ("pattern", "answers", "subject"),
    [
        ("Access to {system}", {"system": "mail"}, "Access to Mail"),
        ("{what}", {"what": "\n  First line \nsecond"}, "First line"),
        ("{system}: {what}", {"system": "mail"}, "Mail"),
        ("Access to {system}", {}, "Access"),
        ("Broken", {}, "Broken"),
        ("Pay {salary}", {"salary": "9000"}, "Access"),
        (None, {"what": "x"}, "Access"),
        ("{what}", {"what": "{system} {0.__class__}"}, "{system} {0.__class__}"),
    ],
)
def test_a_subject_is_made_of_answers_and_falls_back_to_the_title(make, anna, pattern, answers, subject):
    assert subject_and_description(make(pattern), answers, "en", anna.lookup)[0] == subject


def test_a_subject_is_in_the_language_asked_for(make, anna):
    assert subject_and_description(make("{system}"), {"system": "mail"}, "pl", anna.lookup)[0] == "Mail (pl)"


@pytest.mark.parametrize("answer", ["word " * 100, "x" * 1000])
def test_a_long_answer_is_cut_to_the_limit(make, anna, answer):
    subject = subject_and_description(make("{what}"), {"what": answer}, "en", anna.lookup)[0]
    assert SUBJECT_LIMIT - 10 < len(subject) <= SUBJECT_LIMIT
    assert subject.endswith("…")


def test_the_description_is_the_whole_answer_unless_it_is_sensitive(make, anna):
    answers = {"what": "one\ntwo", "salary": "9000"}
    assert subject_and_description(make(None), answers, "en", anna.lookup)[1] == "one\ntwo"
    assert subject_and_description(make(None, "salary"), answers, "en", anna.lookup)[1] == ""
    assert subject_and_description(make(None, ""), answers, "en", anna.lookup)[1] == ""
