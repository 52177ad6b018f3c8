"""Reading JSON: quickly, strictly, and never deeper than needed."""

from __future__ import annotations

import pytest
from flask import Flask, g
from marshmallow import ValidationError
from werkzeug.exceptions import BadRequest

from deskcore.api.fields import PageSize, Since
from deskcore.api.parsing import MAX_DEPTH, NAMED, read_json
from deskcore.api.problems import problem_response
from deskcore.api.versions import NEVER, is_known, wanted_version
from deskcore.errors import Refused


@pytest.fixture
def database() -> str:
    """Nothing here is stored: one database is enough."""
    return "sqlite"


BROKEN = {
    "arrays in arrays": b"[" * 100_000,
    "objects in objects": b'{"a":' * 100_000,
    "a string of escapes without an end": b'"' + b'\\"' * 100_000,
    "an end too few": b'{"desk": "it"',
    "single quotes": b"{'desk': 'it'}",
    "two documents": b'{"desk": "it"}{}',
    "another encoding": b"\xff\xfe{",
    "bytes that are no text": b'{"desk": "\xff"}',
    "nothing": b"",
}
REFUSED = {
    "a number of a hundred thousand digits": b'{"subject":' + b"9" * 100_000 + b"}",
    "a number that no column holds": b'{"subject":' + b"9" * 20 + b"}",
    "an infinite number": b'{"subject":-1e999}',
    "endless decimals": b'{"subject":0.' + b"1" * 100_000 + b"}",
    "no number": b'{"priority":NaN}',
    "infinity": b'{"priority":Infinity}',
    "a key twice": b'{"desk":"it","desk":"hr","subject":"x"}',
    "a key twice, inside": b'{"answers":{"service":"mail","service":"vpn"}}',
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_broken_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        read_json(body)


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_another_reader_might_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(Refused):
        read_json(body)


PLACES = {
    "a key twice": ('{"desk": "it", "desk": "hr"}', "/desk"),
    "a key twice, deep inside": ('{"answers": {"rows": [{}, {"a": 1, "a": 2}]}}', "/answers/rows/1/a"),
    "no number": ('{"answers": {"amount": NaN}}', "/answers/amount"),
    "infinity": ('{"answers": {"amount": [-Infinity]}}', "/answers/amount/0"),
    "a number of twenty digits": ('{"answers": {"amount": 12345678901234567890}}', "/answers/amount"),
    "half of a pair": ('{"answers": {"what_happened": "a\\ud83d"}}', "/answers/what_happened"),
    "half of a pair in a key": ('{"a\\udc00b": 1}', "/ab"),
    "a key with a slash and a tilde": ('{"a/b~c": NaN}', "/a~1b~0c"),
    "a number alone": ("NaN", ""),
}


@pytest.mark.parametrize(("body", "pointer"), PLACES.values(), ids=PLACES)
def test_what_cannot_be_taken_is_named_with_its_place(app: Flask, body: str, pointer: str) -> None:
    with app.test_request_context("/api/v1/tickets"):
        g.api_body_is_json = True
        with pytest.raises(Refused) as refused:
            read_json(body.encode())
        [error] = problem_response(refused.value).get_json()["errors"]
    assert error["pointer"] == pointer


def test_a_whole_pair_is_a_character() -> None:
    assert read_json(b'"\\ud83d\\ude00"') == "😀"


def test_everything_wrong_in_a_body_is_named_but_not_without_end() -> None:
    with pytest.raises(Refused) as refused:
        read_json(b"[" + b"NaN," * 1000 + b"1]")
    assert len(refused.value.problems) == NAMED


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a": "\xff"}', "byte 8 is not"),
        (b'{"a":\n 1,}', "line 2, column 4"),
        (b"[" * 40, "32 levels"),
    ],
)
def test_what_is_no_json_says_where(body: bytes, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        read_json(body)


def test_brackets_in_texts_nest_nothing() -> None:
    text = "[{" * 1000 + '\\"' + "["
    assert read_json(b'{"a": "' + text.encode() + b'"}')["a"].startswith("[{")


def test_nesting_is_allowed_as_deep_as_it_says() -> None:
    assert read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(BadRequest):
        read_json(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


@pytest.mark.parametrize(("wish", "got"), [("1000000000", 100), ("9" * 5000, 100), ("7", 7), ("007", 7), ("100", 100)])
def test_a_page_never_has_more_than_a_hundred_items(wish: str, got: int) -> None:
    assert PageSize().deserialize(wish) == got


@pytest.mark.parametrize(
    ("header", "version"),
    [
        ("", None),
        ("*", None),
        ('"IT-1-v3"', 3),
        ('"IT-1-v3", "IT-1-v5"', 5),
        ('"IT-2-v3"', NEVER),
        ('"anything"', NEVER),
        ("IT-1-v3", 3),
        ('"IT-1-v' + "9" * 5000 + '"', NEVER),
        ('""', NEVER),
    ],
)
def test_the_version_that_is_wanted_is_read_from_the_tag(header: str, version: int | None) -> None:
    assert wanted_version(header, "IT-1") == version


def test_a_known_version_is_found_among_several_tags() -> None:
    assert is_known('"x", W/"IT-1-v3"', "IT-1", 3)
    assert not is_known('"IT-1-v2"', "IT-1", 3)
    assert not is_known("", "IT-1", 3)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02T08:15:00Z", "2026-03-02T08:15:00+00:00"),
        ("2026-03-02t08:15:00.5+01:00", "2026-03-02T07:15:00.500000+00:00"),
    ],
)
def test_a_moment_is_read_with_its_offset(text: str, moment: str) -> None:
    assert Since().deserialize(text).isoformat() == moment


@pytest.mark.parametrize(
    "text",
    ["", "2026-03-02", "2026-03-02T08:15:00", "2026-03-02T08:15:00 01:00", "2026-02-30T08:15:00Z",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "٢٠٢٦-03-02T08:15:00Z", "now"],
)  # fmt: skip
def test_a_moment_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Since().deserialize(text)
