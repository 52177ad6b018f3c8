"""The desks that come along are short to fill in, found by everyday words, and complete in both languages."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from deskcore.desks.fields import FieldContext
from deskcore.desks.follow_ups import begun_with
from deskcore.hooks.contributions import FollowUp
from deskcore.plugin import Desk, RequestType
from deskcore.testing.declared import fields, texts

FOLDERS = sorted(each.parent for each in (Path(__file__).parents[2] / "plugins").glob("*/deskcore_*/catalogue"))
PLUGINS = {folder.name: importlib.import_module(folder.name) for folder in FOLDERS}
ALL: list[RequestType] = [each for plugin in PLUGINS.values() for each in plugin.register_request_types()]
TYPES = {each.key: each for each in ALL}
DESKS: dict[str, Desk] = {each.key: each for plugin in PLUGINS.values() for each in plugin.register_desks()}
#: Types that a plugin adds to another's desk, whose teams it does not know.
GUESTS = {
    each.key
    for plugin in PLUGINS.values()
    for each in plugin.register_request_types()
    if each.desk not in {desk.key for desk in plugin.register_desks()}
}
EACH_TYPE = pytest.mark.parametrize("request_type", TYPES.values(), ids=TYPES)
#: Words that show that a text was left in English.
ENGLISH = re.compile(r"\b(the|you|your|what|which|when|and|or|with|for|select|enter|device)\b", re.IGNORECASE)
#: Names and abbreviations that are the same in both languages, or patterns made of answers alone.
SAME = re.compile(
    r"(\{\w+\}|[:, –()])+|\d+%|[A-Z]{2,}|Euro \(EUR\)|Windows|macOS|Linux|Model|Laptop|24″|Format|Link|Marketing|"
    r"Mobbing|Partner|Start|Transport(: .*)?"
)


def polish(request_type: RequestType) -> list[str]:
    return [re.sub(r"\{\w+\}", "", text.pl) for text in texts(request_type)]


def test_every_desk_has_something_to_ask_for() -> None:
    assert DESKS.keys() == {each.desk for each in TYPES.values()}
    assert len(FOLDERS) == len(DESKS)
    assert len(ALL) == len(TYPES)


@EACH_TYPE
def test_what_many_ask_for_takes_at_most_seven_answers(request_type: RequestType) -> None:
    touched = [f.key for f in request_type.fields if f.required and f.default is None and f.show_if is None]
    assert len(touched) <= (7 if request_type.popularity >= 60 else 12)


@EACH_TYPE
def test_every_required_field_says_what_to_do_when_it_is_empty(request_type: RequestType) -> None:
    assert not [f.key for f in fields(request_type) if f.required and f.default is None and f.missing is None]


@EACH_TYPE
def test_people_find_it_in_both_languages_and_without_polish_letters(request_type: RequestType) -> None:
    words = [word.casefold() for word in request_type.keywords]
    assert len(words) >= 8
    assert {word.translate(str.maketrans("ąćęłńóśźż", "acelnoszz")) for word in words} <= set(words)


@EACH_TYPE
def test_it_names_a_team_of_its_desk_a_group_and_a_usual_time(request_type: RequestType) -> None:
    elsewhere = {""} if request_type.key in GUESTS else set()
    assert request_type.team in {team.key for team in DESKS[request_type.desk].teams} | elsewhere
    assert request_type.group is not None
    assert request_type.typical_minutes


@EACH_TYPE
def test_a_summary_is_one_sentence(request_type: RequestType) -> None:
    for summary in (request_type.summary.en, request_type.summary.pl):
        assert summary.endswith(".")
        assert ". " not in summary


@EACH_TYPE
def test_both_languages_are_written_and_differ(request_type: RequestType) -> None:
    assert not [t.en for t in texts(request_type) if t.en == t.pl and not SAME.fullmatch(t.en)]
    assert not [text for text in polish(request_type) if ENGLISH.search(text)]
    assert not [t.en for t in texts(request_type) if re.search("[ąćęłńóśźż]", t.en, re.IGNORECASE)]


FOLLOW_UPS = [(each, follow_up) for each in ALL for follow_up in each.follow_ups]


@pytest.mark.parametrize(
    ("request_type", "follow_up"), FOLLOW_UPS, ids=[f"{one.key}-{other.request_type}" for one, other in FOLLOW_UPS]
)
def test_what_follows_is_a_request_that_there_is_and_begins_with_answers_that_fit(
    request_type: RequestType, follow_up: FollowUp
) -> None:
    there = next(each for each in ALL if (each.desk, each.key) == (follow_up.desk, follow_up.request_type))
    assert follow_up.answers.keys() <= {field.key for field in there.fields}
    fixed = {key for key, value in follow_up.answers.items() if "{" not in str(value) or isinstance(value, dict)}
    for language in ("en", "pl"):
        begun = begun_with(there, follow_up, request_type.fields, {}, FieldContext(language=language))
        assert fixed <= begun.keys()
