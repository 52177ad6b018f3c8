"""A mapping says what goes where, as options or as a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from deskcore.errors import Refused
from deskcore.importing.mapping import field_map
from deskcore.importing.messages import BadValue
from deskcore.importing.moments import ISO, moment

WARSAW = ZoneInfo("Europe/Warsaw")
DAY = "%Y-%m-%d %H:%M"


def test_columns_are_joined_and_constants_fill_what_is_empty() -> None:
    fields = field_map(None, ["name=first+last"], (), ["name=Nobody"])
    assert fields.get({"first": "Ada", "last": "Lovelace"}, "name") == "Ada Lovelace"
    assert fields.get({"first": "", "last": " "}, "name") == "Nobody"


@pytest.mark.parametrize("name", ["priority", "urgency", "answers.service"])
def test_values_are_translated_by_target_or_column(name: str) -> None:
    fields = field_map(None, ["priority=urgency", "answers.service=urgency"], [f"{name}.1=high", f"{name}.*=low"])
    target = "answers.service" if name.startswith("answers") else "priority"
    assert [fields.get({"urgency": value}, target) for value in ("1", "9")] == ["high", "low"]


def test_a_lookup_goes_through_other_files(written: Callable[..., Path]) -> None:
    departments = written("id,place\n90,1700\n", "departments.csv")
    places = written("id,city\n1700,Seattle\n", "places.csv")
    lookups = [f"location={departments}:id:place", f"location={places}:id:city"]
    fields = field_map(None, ["location=department"], (), (), lookups)
    assert fields.get({"department": "90"}, "location") == "Seattle"
    with pytest.raises(BadValue, match="“91”"):
        fields.get({"department": "91"}, "location")


def test_a_file_says_the_same_as_options_and_options_win(written: Callable[..., Path]) -> None:
    path = written(
        '[map]\nsubject = "title"\ndescription = ["body", "more"]\nanswers.service = "kind"\n'
        '[set]\nstatus = "closed"\n[values.priority]\n"1" = "high"\n[values.answers.service]\n"x" = "mail"\n',
        "mapping.toml",
    )
    fields = field_map(path, ["subject=headline"], ["priority.2=low"])
    row = {"headline": "H", "title": "T", "body": "B", "more": "M", "kind": "x"}
    assert fields.get(row, "subject") == "H"
    assert fields.get(row, "description") == "B M"
    assert fields.get(row, "status") == "closed"
    assert fields.get(row, "answers.service") == "mail"
    assert fields.values["priority"] == {"1": "high", "2": "low"}


@pytest.mark.parametrize("content", ["[map", "[nothing]\n", "subject = 1\n"])
def test_a_file_that_is_no_mapping_is_refused(written: Callable[..., Path], content: str) -> None:
    with pytest.raises(Refused):
        field_map(written(content, "mapping.toml"))


@pytest.mark.parametrize(
    ("maps", "values", "lookups"),
    [(["subject"], [], []), (["=title"], [], []), ([], ["priority=high"], []), ([], [], ["location"])],
)
def test_an_option_that_cannot_be_read_is_refused(maps: list[str], values: list[str], lookups: list[str]) -> None:
    with pytest.raises(Refused, match="write it like"):
        field_map(None, maps, values, (), lookups)


def test_unknown_targets_and_columns_are_named() -> None:
    fields = field_map(None, ["colour=title"])
    with pytest.raises(Refused, match="no “colour” to map to"):
        fields.check(["subject"], ["title"])
    with pytest.raises(Refused, match="no column “title”"):
        fields.check(["colour"], ["headline"])


@pytest.mark.parametrize(
    ("text", "form", "at"),
    [
        ("2026-01-15 12:00", DAY, datetime(2026, 1, 15, 11, tzinfo=UTC)),
        ("2026-07-15 12:00", DAY, datetime(2026, 7, 15, 10, tzinfo=UTC)),
        ("15.01.2026", "%d.%m.%Y", datetime(2026, 1, 14, 23, tzinfo=UTC)),
        ("2026-01-15T12:00:00Z", ISO, datetime(2026, 1, 15, 12, tzinfo=UTC)),
        ("2026-10-25T02:30:00+01:00", ISO, datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_dates_are_read_in_the_format_that_was_named(text: str, form: str, at: datetime) -> None:
    assert moment(text, form, WARSAW) == at


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("01/02/03", "is not written as"),
        ("45321", "a number from a spreadsheet"),
        ("2026-03-29 02:30", "the clocks skip it"),
        ("2026-10-25 02:30", "comes twice"),
        ("0001-01-01 00:00", "out of range"),
        ("", "is not written as"),
    ],
)
def test_dates_that_nobody_can_be_sure_of_are_refused(text: str, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        moment(text, DAY, WARSAW)
