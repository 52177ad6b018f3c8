"""Files that are imported, read row by row: CSV or JSON lines, plain or gzip, never whole in memory."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, cast

from deskcore.hooks.sentences import sentence
from deskcore.importing.messages import Said, Unusable

Format = Literal["csv", "jsonl"]

#: Characters of one line and of one field, columns of a file, rows of an import.
MAX_LINE = 2_000_000
MAX_FIELD = 200_000
MAX_COLUMNS = 500
MAX_ROWS = 5_000_000
_JSON_ENDINGS = (".jsonl", ".ndjson", ".json")


@dataclass(frozen=True)
class Row:
    """One row.

    :param line: line of the file on which it begins, from 1.
    :param values: texts by column name.
    """

    line: int
    values: dict[str, str]


@dataclass(frozen=True)
class BadRow:
    """A row that could not be read, and why."""

    line: int
    said: Said


class Source:
    """A file to read rows from; a context manager.

    :param kind: ``csv`` or ``jsonl``; by the file's name when left out.
    :param delimiter: between the values of a CSV file; found in its first line when left out.
    :raises Refused: when the first line of a CSV file cannot name the columns.
    """

    def __init__(
        self, path: Path, kind: Format | None = None, encoding: str = "utf-8-sig", delimiter: str = ""
    ) -> None:
        self.path = path
        plain = path.name.lower().removesuffix(".gz")
        self.kind: Format = kind or ("jsonl" if plain.endswith(_JSON_ENDINGS) else "csv")
        self.size = path.stat().st_size
        self._raw = path.open("rb")
        try:
            zipped = self._raw.read(2) == b"\x1f\x8b"
            self._raw.seek(0)
            binary = gzip.GzipFile(fileobj=self._raw) if zipped else self._raw
            # Bytes that are no text become lone surrogates here, and a row error where they are used.
            text = TextIOWrapper(cast("IO[bytes]", binary), encoding, errors="surrogateescape", newline="")
            self._lines = _Lines(text)
            self.columns: tuple[str, ...] = ()
            if self.kind == "csv":
                self._reader, self.columns = self._begin_csv(delimiter)
        except BaseException:
            self._raw.close()
            raise

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._raw.close()

    @property
    def read_bytes(self) -> int:
        """How many bytes of the file were read, for a progress bar."""
        return self._raw.tell()

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield every row; one that cannot be read does not end it.

        :raises Refused: when the file is damaged or has too many rows.
        """
        found = self._csv_rows() if self.kind == "csv" else self._json_rows()
        for count, row in enumerate(self._guarded(found), start=1):
            if count > MAX_ROWS:
                raise Unusable(sentence("The file has more than %(count)s rows; split it.", count=MAX_ROWS))
            yield row

    def _guarded(self, rows: Iterator[Row | BadRow]) -> Iterator[Row | BadRow]:
        try:
            for row in rows:
                broken = isinstance(row, Row) and any(not is_text(value) for value in row.values.values())
                yield (
                    BadRow(row.line, sentence("It is not in the encoding that was expected; name it with --encoding."))
                    if broken
                    else row
                )
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            said = sentence(
                "The file is damaged after line %(line)s; rows before that were read.", line=self._lines.number
            )
            raise Unusable(said) from error
        except UnicodeError as error:
            said = sentence(
                "After line %(line)s the file is not in this encoding; rows before that were read.",
                line=self._lines.number,
            )
            raise Unusable(said) from error

    def _begin_csv(self, delimiter: str) -> tuple[Any, tuple[str, ...]]:
        csv.field_size_limit(MAX_FIELD)
        try:
            first = self._lines.head()
            delimiter = delimiter or max(",;\t|", key=first.count)
            names = next(csv.reader([first], delimiter=delimiter, strict=True), [])
        except (csv.Error, _TooLong) as error:
            said = sentence("The first line does not name the columns (%(error)s).", error=error)
            raise Unusable(said) from error
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Unusable(sentence("The file is damaged: not even its first line can be read.")) from error
        except UnicodeError as error:
            raise Unusable(
                sentence("The names of the columns are not in this encoding. Choose another one.")
            ) from error
        columns = tuple(name.strip() for name in names)
        if len(columns) > MAX_COLUMNS:
            raise Unusable(
                sentence(
                    "The file has %(count)s columns; at most %(most)s are read.", count=len(columns), most=MAX_COLUMNS
                )
            )
        named = [name for name in columns if name]
        if not named or len(set(named)) != len(named):
            raise Unusable(sentence("The first line must name the columns, each with a name of its own."))
        return csv.reader(self._lines, delimiter=delimiter, strict=True), columns

    def _csv_rows(self) -> Iterator[Row | BadRow]:
        while True:
            line = self._lines.number + 1
            try:
                values = next(self._reader)
            except StopIteration:
                return
            except (csv.Error, _TooLong) as error:
                yield BadRow(line, _said(line, self._lines.number, error))
                continue
            if not values:
                continue
            if len(values) != len(self.columns):
                yield BadRow(line, _miscounted(len(values), len(self.columns)))
                continue
            yield Row(line, dict(zip(self.columns, values, strict=True)))

    def _json_rows(self) -> Iterator[Row | BadRow]:
        while True:
            try:
                text = next(self._lines)
            except StopIteration:
                return
            except _TooLong as error:
                yield BadRow(self._lines.number, sentence("It cannot be read: %(error)s.", error=error))
                continue
            if text.strip():
                yield _json_row(self._lines.number, text)


class _TooLong(Exception):
    """A line has more characters than are read."""


class _Lines:
    """An iterator over lines that goes on after a line that is too long."""

    def __init__(self, text: TextIOWrapper) -> None:
        self._text = text
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def head(self) -> str:
        """Return the first line, or ``""``; what follows one that is too long is not even unpacked."""
        line = self._text.readline(MAX_LINE + 1)
        if len(line) > MAX_LINE:
            raise _too_long()
        self.number += bool(line)
        return line

    def __next__(self) -> str:
        line = self._text.readline(MAX_LINE + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) <= MAX_LINE:
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(MAX_LINE)
        raise _too_long()


def _too_long() -> _TooLong:
    return _TooLong(f"the line has more than {MAX_LINE} characters")


def _json_row(line: int, text: str) -> Row | BadRow:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        return BadRow(line, sentence("It is not valid JSON: %(error)s.", error=str(error)[:100]))
    if not isinstance(found, dict):
        return BadRow(line, sentence("It is not a JSON object."))
    if len(found) > MAX_COLUMNS:
        return BadRow(
            line, sentence("It has %(count)s fields; at most %(most)s are read.", count=len(found), most=MAX_COLUMNS)
        )
    return Row(line, {str(key): _as_text(value) for key, value in found.items()})


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ",".join(str(item) for item in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def is_text(value: str) -> bool:
    """Tell whether ``value`` holds no bytes that were none in the encoding of its file."""
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)


def _said(first: int, last: int, error: Exception) -> Said:
    if "unexpected end of data" in str(error):
        return sentence("A quotation mark that opens here is never closed.")
    if last > first:
        return sentence(
            "It cannot be read (lines %(first)s to %(last)s): %(error)s.", first=first, last=last, error=error
        )
    return sentence("It cannot be read: %(error)s.", error=error)


def _miscounted(values: int, columns: int) -> Said:
    if values == 1:
        return sentence("It has 1 value, but the file has %(columns)s columns.", columns=columns)
    return sentence("It has %(values)s values, but the file has %(columns)s columns.", values=values, columns=columns)
