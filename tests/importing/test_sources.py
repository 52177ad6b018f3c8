"""Files are read row by row, and a bad row costs only itself."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from deskcore.errors import Refused
from deskcore.importing import sources
from deskcore.importing.sources import BadRow, Row, Source

Write = Callable[..., Path]


def read(path: Path, **given: str) -> list[Row | BadRow]:
    with Source(path, **given) as source:  # type: ignore[arg-type]
        return list(source.rows())


def good(path: Path, **given: str) -> list[dict[str, str]]:
    return [row.values for row in read(path, **given) if isinstance(row, Row)]


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz", "rows.jsonl", "rows.jsonl.gz", "ROWS.NDJSON"])
def test_csv_and_json_lines_are_read_plain_and_packed(written: Write, name: str) -> None:
    text = "title,text\nŻółw,„tak”\n" if "csv" in name else '{"title": "Żółw", "text": "„tak”"}\n'
    data = gzip.compress(text.encode()) if name.endswith(".gz") else text.encode()
    assert good(written(data, name)) == [{"title": "Żółw", "text": "„tak”"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_first_line(written: Write, delimiter: str) -> None:
    assert good(written(f"a{delimiter}b\n1{delimiter}2\n")) == [{"a": "1", "b": "2"}]


def test_a_byte_order_mark_is_no_part_of_the_first_name(written: Write) -> None:
    assert good(written("\ufeffa,b\n1,2\n")) == [{"a": "1", "b": "2"}]


def test_another_encoding_is_read_when_it_is_named(written: Write) -> None:
    path = written("a;b\nŻółw;1\n".encode("cp1250"))
    assert [type(row) for row in read(path)] == [BadRow]
    assert good(path, encoding="cp1250") == [{"a": "Żółw", "b": "1"}]


def test_every_bad_row_is_named_with_its_line(written: Write) -> None:
    rows = read(written('a,b\n1\n1,2,3\n4,5\n"unclosed,2\n'))
    assert [(row.line, type(row)) for row in rows] == [(2, BadRow), (3, BadRow), (4, Row), (5, BadRow)]
    assert "1 value, but the file has 2 columns" in str(rows[0].said)
    assert "never closed" in str(rows[3].said)


def test_a_row_of_several_lines_has_the_number_of_its_first(written: Write) -> None:
    assert [row.line for row in read(written('a,b\n1,"x\ny\nz"\n2,3\n'))] == [2, 5]


def test_json_that_is_no_object_is_a_bad_row(written: Write) -> None:
    lines = ["{", "[1]", '"a"', "1" * 5000, "[" * 100_000, '{"a": 1}']
    rows = read(written("\n".join(lines), "rows.jsonl"))
    assert [type(row) for row in rows] == [BadRow] * 5 + [Row]


def test_json_values_become_text(written: Write) -> None:
    row = {"a": None, "b": True, "c": 1.5, "d": ["x", "y"], "e": {"f": "ż"}}
    assert good(written(json.dumps(row), "rows.jsonl")) == [
        {"a": "", "b": "true", "c": "1.5", "d": "x,y", "e": '{"f": "ż"}'}
    ]


def test_a_million_columns_are_refused(written: Write) -> None:
    with pytest.raises(Refused, match="at most 500"):
        read(written("a," * 900_000 + "\n1\n"))


def test_a_line_without_end_is_one_bad_row(written: Write) -> None:
    rows = read(written("a,b\n" + "x" * (3 * sources.MAX_LINE) + "\n1,2\n"))
    assert [(row.line, type(row)) for row in rows] == [(2, BadRow), (3, Row)]


def test_a_field_that_is_too_long_is_one_bad_row(written: Write) -> None:
    rows = read(written("a,b\n" + "x" * (sources.MAX_FIELD + 1) + ",1\n1,2\n"))
    assert [(row.line, type(row)) for row in rows] == [(2, BadRow), (3, Row)]


@pytest.mark.parametrize("first", ["", "\n", "a,a\n", ",,\n", '"a\n'])
def test_a_first_line_that_names_no_columns_is_refused(written: Write, first: str) -> None:
    with pytest.raises(Refused):
        read(written(first))


def test_a_file_that_ends_in_the_middle_is_damaged(written: Write) -> None:
    data = gzip.compress(b"a,b\n" + "".join(f"{number},{number * 7919}\n" for number in range(5000)).encode())
    with pytest.raises(Refused, match="damaged after line"):
        read(written(data[: len(data) // 2], "rows.csv.gz"))


def test_more_rows_than_the_limit_are_refused(written: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_ROWS", 2)
    with pytest.raises(Refused, match="more than 2 rows"):
        read(written("a\n1\n2\n3\n"))
