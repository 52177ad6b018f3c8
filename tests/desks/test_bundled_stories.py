"""What the demo tells fits the forms, is about people of Meridian, and is told in both languages."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from deskcore.demo.meridian import WORKERS, address, employees
from deskcore.demo.stories import read_stories, shift
from deskcore.hooks.contributions import Field, RequestType

FOLDERS = sorted(each.parent for each in (Path(__file__).parents[2] / "plugins").glob("*/deskcore_*/stories"))
EACH_FOLDER = pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
PEOPLE = {each.email for each in employees()}
#: Words that the core's player knows.
PLACEHOLDER = re.compile(r"\{(?:me|colleague|(?:day|minute)[+-]\d+)\}")


def stories(folder: Path) -> list[dict[str, Any]]:
    return [story for name in ("finished", "open") for story in read_stories(folder / "stories" / f"{name}.toml")]


def types(folder: Path) -> dict[str, RequestType]:
    return {each.key: each for each in importlib.import_module(folder.name).register_request_types()}


def desks(folder: Path) -> Any:
    return importlib.import_module(folder.name).register_desks()


def words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)


def asked(request_type: RequestType, answers: dict[str, Any]) -> dict[str, Field]:
    values = {each.key: answers.get(each.key, each.default) for each in request_type.fields}
    shown = [f for f in request_type.fields if f.show_if is None or values[f.show_if.field] in f.show_if.values]
    return {each.key: each for each in shown}


@EACH_FOLDER
def test_the_answers_fit_the_forms(folder: Path) -> None:
    declared = types(folder)
    for story in stories(folder):
        form = asked(declared[story["type"]], story["answers"])
        assert set(story["answers"]) <= set(form), story
        # The builder attaches an example where a file is insisted on.
        required = {f.key for f in form.values() if f.required and f.default is None and f.type != "file"}
        assert required <= set(story["answers"]), story
        for key, value in story["answers"].items():
            options = {option.value for option in form[key].options}
            assert not options or set(value if isinstance(value, list) else [value]) <= options, story


@EACH_FOLDER
def test_everything_that_can_be_asked_for_is(folder: Path) -> None:
    assert {story["type"] for story in stories(folder)} == {
        key for key, each in types(folder).items() if each.desk in {d.key for d in desks(folder)}
    }


@EACH_FOLDER
def test_those_who_take_part_work_at_meridian(folder: Path) -> None:
    workers = {address(account) for desk in desks(folder) for account in WORKERS[desk.key]}
    for story in stories(folder):
        assert story.get("requester") in PEOPLE | {None}, story
        assert story.get("assignee") in workers | {None}, story
        assert {who for who, _minutes, _text in story.get("thread", [])} <= {"agent", "requester", "note"}


@EACH_FOLDER
def test_about_half_is_told_in_polish_and_something_waits_in_most_states(folder: Path) -> None:
    told = stories(folder)
    in_polish = [s for s in told if re.search("[ąćęłńóśźż]", " ".join(words([s["answers"], s.get("thread", [])])))]
    assert len(told) / 3 <= len(in_polish) <= 2 * len(told) / 3
    assert len({story["state"] for story in told if "state" in story}) >= 4


@EACH_FOLDER
def test_no_placeholder_is_left(folder: Path) -> None:
    own = getattr(importlib.import_module(f"{folder.name}.demo"), "words", lambda random: {})(Random("demo"))
    for text in words(stories(folder)):
        for name in own:
            text = text.replace(f"{{{name}}}", "")
        assert not re.search(r"[{}]", PLACEHOLDER.sub("", text)), text


def test_working_time_skips_nights_and_weekends() -> None:
    friday = datetime(2026, 11, 27, 14, 50, tzinfo=UTC)
    assert shift(friday, 20) == datetime(2026, 11, 30, 7, 10, tzinfo=UTC)
    assert shift(datetime(2026, 11, 30, 7, 10, tzinfo=UTC), -20) == friday
    assert shift(datetime(2026, 11, 29, 3, 0, tzinfo=UTC), 0) == datetime(2026, 11, 27, 14, 59, tzinfo=UTC)
