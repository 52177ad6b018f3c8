"""Reading JSON: quickly, strictly, and never deeper than needed."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import BadRequest

from deskcore.api.fields import PageSize
from deskcore.api.parsing import MAX_DEPTH, read_json
from deskcore.api.versions import NEVER, is_known, wanted_version
from deskcore.errors import Refused

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
    ],
)
def test_the_version_that_is_wanted_is_read_from_the_tag(header: str, version: int | None) -> None:
    assert wanted_version(header, "IT-1") == version


def test_a_known_version_is_found_among_several_tags() -> None:
    assert is_known('"x", W/"IT-1-v3"', "IT-1", 3)
    assert not is_known('"IT-1-v2"', "IT-1", 3)
    assert not is_known("", "IT-1", 3)
