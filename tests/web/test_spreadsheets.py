"""Whatever people write stays text in a spreadsheet, however its program reads the file."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deskcore.web.spreadsheets import csv_lines, harmless

FORMULA = tuple("=+-@＝＋－＠")
UNSEEN = " \t\r\n\u200b\ufeff\u00a0"
#: Texts of which attacks are made, close together.
texts = st.text(st.sampled_from([*FORMULA, *",;|\t\r\n\"' ab1", "\u200b", "\ufeff", "\u00a0", "\0"]), max_size=12)


def begins_a_formula(cell: str) -> bool:
    return cell.lstrip(UNSEEN).startswith(FORMULA)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ('=cmd|"/C calc"!A1', '\'=cmd|"/C calc"!A1'),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("+48 22 555", "'+48 22 555"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("  =1", "  '=1"),
        ("\ufeff=1", "\ufeff'=1"),
        ("＝1", "'＝1"),
        ('a";=1', "a\";'=1"),
        ("a,@b", "a,'@b"),
        ("one\n=two", "one\n'=two"),
        ("\0=1", "'=1"),
    ],
)
def test_what_begins_a_formula_gets_an_apostrophe(text: str, shown: str) -> None:
    assert harmless(text) == shown


@pytest.mark.parametrize("text", ["", "a=b", "jan-kowalski@meridian.example", "2026-03-31", "a - b", "one\r\ntwo", "ą"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(texts)
@example('","=1')
@example("x\r\n;=1")
def test_no_program_finds_a_formula_whichever_separator_and_quote_it_believes_in(text: str) -> None:
    [_head, line] = csv_lines(["head"], [[text]])
    for separator in ",;\t|":
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            for row in csv.reader(StringIO(line, newline=""), delimiter=separator, quoting=quoting):
                cells = [cell.removeprefix('"') for cell in row] if quoting == csv.QUOTE_NONE else row
                assert not [cell for cell in cells if begins_a_formula(cell)]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=1, max_size=4))
def test_a_file_reads_back_as_what_was_written(cells: list[str]) -> None:
    head, line = csv_lines([f"column {number}" for number in range(len(cells))], [cells])
    assert head.startswith("\ufeff")
    assert head.endswith("\r\n")
    [read] = csv.reader(StringIO(line, newline=""))
    assert read == [harmless(cell) for cell in cells]
    assert [re.sub(r"'(?=[=+\-@＝＋－＠])", "", cell) for cell in read] == [
        re.sub(r"'(?=[=+\-@＝＋－＠])", "", cell) for cell in cells
    ]


def test_numbers_stay_numbers_and_moments_are_written_in_utc() -> None:
    warsaw = timezone(timedelta(hours=2))
    moment = datetime(2026, 7, 1, 12, 30, tzinfo=warsaw)
    [_head, line] = csv_lines(["a"], [[-5, 1.5, True, None, moment, datetime(2026, 1, 1, tzinfo=UTC)]])
    assert line == '"-5","1.5","true","","2026-07-01T10:30:00Z","2026-01-01T00:00:00Z"\r\n'


def test_the_time_grows_with_the_length_and_with_nothing_else() -> None:
    # A text of which a careless pattern would look at every part again and again.
    for text in ("\n" * 300_000, ", " * 150_000, "\u200b" * 300_000):
        assert harmless(text).removeprefix("'") == text
