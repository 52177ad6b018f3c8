"""Forms, documents and heads of absurd shapes: each has a status, a sentence, and a bounded cost."""

from __future__ import annotations

import json
import re
import socket
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import deskcore_it_desk
import pytest

from tests.bad_inputs.callers import END, MULTIPART, exchange, part
from tests.forms import FAULT, FAULT_FORM, form_on
from tests.kills.clients import PLAIN
from tests.limits.conftest import House
from tests.limits.memory import MB, MORE, at_most

QUESTION_FORM, MAILBOX_FORM = "/services/it-question", "/services/it-shared-mailbox"
CATALOGUE = Path(deskcore_it_desk.__file__).parent / "catalogue"
Pairs = list[tuple[str, str]]
MAILBOX: Pairs = [("kind", "mailbox"), ("address", "orders@meridian.example")]


@dataclass(frozen=True)
class Sent:
    """What somebody sends to a form.

    :param pairs: beside what the form sends by itself.
    :param status: of the answer.
    :param words: that the page says.
    """

    path: str
    pairs: Callable[[], Pairs]
    status: int
    words: str
    files: int = 0
    plain: bool = False


def text_of(page: str) -> str:
    """Return the words of a page."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))).replace("\xa0", " ")


def document(**answers: object) -> bytes:
    """Return a request for a shared mailbox as a program sends it."""
    given = dict(MAILBOX) | answers
    return json.dumps({"desk": "it", "request_type": "shared_mailbox", "answers": given}).encode()


FORMS = {
    "1,000 fields": Sent(FAULT_FORM, lambda: numbered("field", 1000), 422, "no field"),
    "1,000 fields, plain": Sent(FAULT_FORM, lambda: numbered("field", 1000), 422, "no field", plain=True),
    "100,000 fields": Sent(FAULT_FORM, lambda: numbered("field", 100_000), 413, "1500 fields"),
    "100,000 fields, plain": Sent(FAULT_FORM, lambda: numbered("f", 100_000), 413, "1500 fields", plain=True),
    "1,000 rows": Sent(MAILBOX_FORM, lambda: [*MAILBOX, *rows(1000)], 422, "Enter at most 200 rows."),
    "1,000 rows, plain": Sent(MAILBOX_FORM, lambda: [*MAILBOX, *rows(1000)], 422, "200 rows", plain=True),
    "10,000 rows": Sent(MAILBOX_FORM, lambda: [*MAILBOX, *rows(10_000)], 413, "1500 fields"),
    "10,000 rows, plain": Sent(MAILBOX_FORM, lambda: [*MAILBOX, *rows(10_000)], 413, "1500 fields", plain=True),
    "1,000 boxes": Sent(MAILBOX_FORM, lambda: [*MAILBOX, *boxes(1000)], 422, "options listed"),
    "10,000 boxes": Sent(MAILBOX_FORM, lambda: [*MAILBOX, *boxes(10_000)], 413, "1500 fields", plain=True),
    "1 MB subject": Sent(QUESTION_FORM, lambda: [("subject", "x" * MB), ("description", "x")], 413, "1 MB of text"),
    "1 MB subject, plain": Sent(QUESTION_FORM, lambda: [("subject", "x" * MB)], 413, "up to 1 MB", plain=True),
    "900 kB subject": Sent(QUESTION_FORM, lambda: [("subject", "x" * 900_000), ("description", "x")], 422, "Shorten"),
    "900 kB text": Sent(QUESTION_FORM, lambda: [("subject", "x"), ("description", "x" * 900_000)], 422, "Shorten"),
    "1,000 files": Sent(FAULT_FORM, lambda: list(FAULT.items()), 422, "Attach at most 20 files.", files=1000),
}


def numbered(name: str, count: int) -> Pairs:
    return [(f"{name}{number}", "x") for number in range(count)]


def rows(count: int) -> Pairs:
    return [(f"owners-{number}-person", "anna") for number in range(count)]


def boxes(count: int) -> Pairs:
    return [("_shown", "rights"), *(("rights", f"right{number}") for number in range(count))]


@pytest.mark.parametrize("name", FORMS)
def test_a_form_of_absurd_size_is_refused_with_a_sentence(house: House, name: str) -> None:
    case = FORMS[name]
    form = form_on(house.anna.once("GET", case.path).text)
    own = {name for name, _ in case.pairs()} - {"_shown"}
    pairs = [pair for pair in form.controls if pair[0] not in own] + case.pairs()
    if case.plain:
        body, headers = urlencode(pairs).encode(), PLAIN
    else:
        files = [part("screenshot", b"%d" % n, f"{n}.txt") for n in range(case.files)]
        body = b"".join([*(part(name, value.encode()) for name, value in pairs), *files, END])
        headers = {"Content-Type": MULTIPART}
    with at_most(MORE, house.pid):
        answer = house.anna.once("POST", case.path, body, headers)
    assert (answer.status, case.words in text_of(answer.text)) == (case.status, True), text_of(answer.text)[:3000]


API: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "100 MB": (lambda: b'{"subject": "' + b"x" * (100 * MB) + b'"}', 413, "Send at most 2097152 bytes."),
    "100,000 deep": (lambda: b"[" * 100_000 + b"]" * 100_000, 400, "nested more than 32 levels deep"),
    "100,000 deep, not closed": (lambda: b'{"a":' * 100_000, 400, "nested more than 32 levels deep"),
    "10,000 rows": (lambda: document(owners=[{"person": "anna"}] * 10_000), 422, "Enter at most 200 rows."),
    "10,000 boxes": (lambda: document(rights=[f"right{n}" for n in range(10_000)]), 422, "options listed"),
    "10,000 answers": (lambda: document(**{f"a{n}": "x" for n in range(10_000)}), 422, "no field"),
    "10,000 keys": (lambda: json.dumps({f"a{n}": n for n in range(10_000)}).encode(), 422, "no field"),
    "1 MB subject": (lambda: json.dumps({"desk": "it", "subject": "x" * MB}).encode(), 422, "subject"),
    "a number of 1 MB": (lambda: b'{"subject": ' + b"1" * MB + b"}", 422, "A number is too large."),
}


@pytest.mark.parametrize("name", API)
def test_a_document_of_absurd_size_is_refused_with_a_sentence(house: House, name: str) -> None:
    make, status, words = API[name]
    body = make()
    with at_most(MORE, house.pid):
        answer = house.call("POST", "/tickets", body, content_type="application/json")
    assert (answer.status, words in answer.text) == (status, True), answer.text[:2000]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert len(answer.text) < 20_000, "not everything is repeated"


def _one_of_each_type() -> dict[str, tuple[str, str]]:
    """Return a request type and its field for each type of field that the IT desk asks for."""
    found = {}
    for path in sorted(CATALOGUE.glob("*.toml")):
        for field in tomllib.loads(path.read_text(encoding="utf-8")).get("fields", ()):
            if "show_if" not in field:
                found[field["type"]] = (path.stem, field["key"])
    return found


TYPES = _one_of_each_type()


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("letter", ["9", "ł"])
def test_a_megabyte_in_any_field_is_refused_by_its_name(house: House, kind: str, letter: str) -> None:
    request_type, key = TYPES[kind]
    sent = {"desk": "it", "request_type": request_type, "answers": {key: letter * (MB // len(letter.encode()))}}
    with at_most(MORE, house.pid):
        body = json.dumps(sent, ensure_ascii=False).encode()
        answer = house.call("POST", "/tickets", body, content_type="application/json")
    assert answer.status == 422
    assert any(problem["field"] == f"answers.{key}" for problem in json.loads(answer.text)["errors"]), answer.text[:500]
    assert len(answer.text) < 20_000, "it is not repeated"


HEADS = {
    "a header of 1 MB": (["X: " + "a" * MB], "/login", [431]),
    "100,000 headers": ([f"X-{n}: a" for n in range(100_000)], "/login", [431]),
    "a cookie of 1 MB": (["Cookie: a=" + "b" * MB], "/login", [431]),
    "10,000 cookies": (["Cookie: " + "; ".join(f"c{n}=v" for n in range(10_000))], "/login", [431]),
    "6,000 cookies": (["Cookie: " + "; ".join(f"c{n}=v" for n in range(6000))], "/login", [200]),
    "an address of 100 kB": ([], "/login?" + "a" * 100_000, [431]),
    "10,000 parameters": ([], "/login?" + "&".join(f"{n}=1" for n in range(10_000)), [431]),
    "10,000 small parameters": ([], "/login?" + "&" * 10_000, [200]),
    "an address of 60 kB": ([], "/" + "a" * 60_000, [404]),
    "60 kB of steps": ([], "/a" * 30_000, [404]),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_head_of_absurd_size_is_refused_or_read_to_no_effect(house: House, name: str) -> None:
    headers, path, expected = HEADS[name]
    head = "\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers, "", ""])
    with at_most(MORE, house.pid):
        answer = exchange(house.place, head.encode())
    assert [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", answer)] in (expected, []), answer[:300]
    assert expected == [431] or answer, "what is not refused is answered"


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [(b"1", b"1"), (b"1;", b"a"), (b"1\r\nx\r\n0\r\n", b"X: y\r\n")],
    ids=["a line without an end", "an extension without an end", "a trailer without an end"],
)
def test_a_stream_of_pieces_that_makes_no_progress_is_cut(house: House, begins: bytes, goes_on: bytes) -> None:
    piece = goes_on * (MB // len(goes_on))
    sent = 0
    with at_most(MORE, house.pid), socket.create_connection(house.place, timeout=60) as connection:
        connection.sendall(house.head("POST", FAULT_FORM, "Transfer-Encoding: chunked") + begins)
        with suppress(BrokenPipeError, ConnectionResetError):
            while sent < 64 * MB:
                connection.sendall(piece)
                sent += MB
    assert sent < 32 * MB, "it is cut long before"
