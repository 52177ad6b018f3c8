"""Bytes on a connection that no browser sends, against the server as ``deskcore run`` starts it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from http.client import HTTPConnection

import pytest
from flask import Flask

from tests.bad_inputs.callers import FAULT, FAULT_FORM, exchange, part, read_all, signed_in
from tests.bad_inputs.cases import Case, cases
from tests.bad_inputs.conftest import dump, serving

Place = tuple[str, int]
HOST = b"Host: 127.0.0.1\r\n"
#: Reading and writing addresses that a second, hidden request might ask for.
HIDDEN = b"GET /no-such-hidden-page HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
def nothing_stored(house: Flask) -> Iterator[None]:
    """Fail the test if a ticket has come."""
    before = dump(house)["ticket"]
    yield
    assert dump(house)["ticket"] == before


def statuses(answer: bytes) -> list[int]:
    """Return the statuses of all answers in what came back."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


@cases("API-041")
def test_conflicting_lengths_are_refused(case: Case, server: Place) -> None:
    given = case.payload.encode()
    with_host = given.replace(b"POST / HTTP/1.1\r\n", b"POST /login HTTP/1.1\r\n" + HOST)
    for sent in (given, with_host, with_host.replace(b"5", b"%d" % (len(HIDDEN) + 5)) + HIDDEN):
        answer = exchange(server, sent)
        assert statuses(answer) == [400], answer[:300]


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 0x5\r\n",
        b"Content-Length: 5 5\r\n",
        b"Content-Length: \xd9\xa5\r\n",
        b"Content-Length : 5\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b" folded: x\r\n",
        b"X: a\r\n\tfolded\r\n\rX: b\r\n",
        b"no colon here\r\n",
        b"X\0: y\r\n",
        b"X: a\nTransfer-Encoding: chunked\r\n",
    ],
)
def test_a_head_that_can_be_read_in_two_ways_is_not_read(head: bytes, server: Place, nothing_stored: None) -> None:
    answer = exchange(server, b"POST /login HTTP/1.1\r\n" + HOST + head + b"\r\n0\r\n\r\n" + HIDDEN)
    assert statuses(answer), answer[:200]
    assert statuses(answer)[0] in (400, 403, 411, 413, 422, 501), answer[:200]
    assert 404 not in statuses(answer), "a hidden request was answered"


@pytest.mark.parametrize(
    "chunks",
    [b"5;\0\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n",
    b"ffffffffffffffffff\r\nx",
     b"5\nhello\n0\n\n", b"5 \r\nhello\r\n0\r\n\r\n", b"\r\n5\r\nhello0\r\n\r\n", b"zz\r\n"],
)  # fmt: skip
def test_a_damaged_stream_of_pieces_hides_no_request(chunks: bytes, server: Place, nothing_stored: None) -> None:
    head = b"POST /login HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    answer = exchange(server, head + chunks + HIDDEN, seconds=2)
    assert 404 not in statuses(answer)
    assert all(400 <= status < 500 for status in statuses(answer))


@cases("API-010")
def test_a_method_brings_no_header(case: Case, server: Place) -> None:
    for method in [*case.payload, "GET /x", "G\0T", "", " ", "GET\t", "get", "\xff", "A" * 100_000]:
        sent = method.encode("latin-1") + b" /api/v1/me HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
        answer = exchange(server, sent, seconds=2)
        assert all(400 <= status < 500 for status in statuses(answer)), method[:20]
        assert b"X: y" not in answer
        assert b"Traceback" not in answer
        assert b"waitress" not in answer.lower().partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    "line",
    [b"GET http://attacker.test/ HTTP/1.1", b"GET //attacker.test HTTP/1.1", b"GET /\x00 HTTP/1.1",
    b"GET /%00 HTTP/1.1",
     b"GET /../../etc/passwd HTTP/1.1", b"GET /static/../../config.py HTTP/1.1",
     b"GET /static/%2e%2e/%2e%2e/app.py HTTP/1.1",
     b"GET /static/..%5c..%5capp.py HTTP/1.1", b"GET /static//etc/passwd HTTP/1.1",
     b"GET /plugins/it_desk/static/../__init__.py HTTP/1.1",
     b"GET /\xff\xfe HTTP/1.1", b"GET * HTTP/1.1", b"GET HTTP/1.1", b"GET / HTTP/9.9", b"GET / HTTP/1.1 x",
     b"CONNECT attacker.test:443 HTTP/1.1",
     b"GET /" + b"a" * 300_000 + b" HTTP/1.1"],
)  # fmt: skip
def test_an_odd_address_leads_nowhere(line: bytes, server: Place) -> None:
    answer = exchange(server, line + b"\r\n" + HOST + b"Connection: close\r\n\r\n", seconds=2)
    head = answer.partition(b"\r\n\r\n")[0]
    assert all(status in (301, 302, 308) or 400 <= status < 500 or status == 501 for status in statuses(answer)), (
        answer[:200]
    )
    for header in head.split(b"\r\n"):
        if header.lower().startswith(b"location:"):
            assert b"attacker" not in header.partition(b"next=")[0]
    assert b"root:" not in answer
    assert b"import " not in answer


def test_headers_of_megabytes_are_cut(server: Place) -> None:
    for head in (b"X: " + b"a" * 1_000_000 + b"\r\n", b"".join(b"X-%d: a\r\n" % place for place in range(100_000))):
        assert statuses(exchange(server, b"GET /login HTTP/1.1\r\n", HOST, head, b"\r\n"))[:1] in ([400], [431], [])


def test_hosts_that_are_not_ours_are_turned_away(server: Place) -> None:
    for host in (
        b"",
        b"Host: attacker.test\r\n",
        b"Host: 127.0.0.1\r\nHost: attacker.test\r\n",
        b"Host: 127.0.0.1@attacker.test\r\n",
    ):
        answer = exchange(server, b"GET /login HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n")
        assert b"attacker" not in answer
        assert statuses(answer) == [400] or host == b"", host


@cases("UP-010")
def test_an_endless_stream_is_cut(case: Case, small_house: AbstractContextManager[Flask]) -> None:
    with small_house as app, serving(app) as server:
        cookie = signed_in(app, "anna.kowalska").get_cookie("deskcore")
        assert cookie is not None
        head = b"POST " + FAULT_FORM.encode() + b" HTTP/1.1\r\n" + HOST + b"Cookie: deskcore=" + cookie.value.encode()
        head += b"\r\nContent-Type: multipart/form-data; boundary=between-two-parts\r\n"
        piece = b"10000\r\n" + bytes(0x10000) + b"\r\n"
        with socket.create_connection(server, timeout=10) as connection:
            connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
            sent = 0
            try:
                while sent < 100 * 1024 * 1024:
                    connection.sendall(piece)
                    sent += len(piece)
            except (BrokenPipeError, ConnectionResetError):
                pass
            answer = read_all(connection)
        assert sent < 100 * 1024 * 1024, "the connection was cut long before two gigabytes"
        assert statuses(answer) in ([], [413])
        stated = exchange(server, head + b"Content-Length: 2147483648\r\n\r\n", seconds=2)
        assert statuses(stated) in ([], [413])
        assert dump(app)["ticket"] == []


@cases("UP-010")
def test_a_length_that_lies_opens_nothing(case: Case, house: Flask, server: Place, nothing_stored: None) -> None:
    cookie = signed_in(house, "anna.kowalska").get_cookie("deskcore")
    assert cookie is not None
    body = b"".join(part(name, value.encode()) for name, value in FAULT.items())
    head = b"POST " + FAULT_FORM.encode() + b" HTTP/1.1\r\n" + HOST + b"Cookie: deskcore=" + cookie.value.encode()
    head += b"\r\nContent-Type: multipart/form-data; boundary=between-two-parts\r\n"
    with socket.create_connection(server, timeout=10) as connection:
        connection.sendall(head + b"Content-Length: 100000\r\n\r\n" + body)
        connection.shutdown(socket.SHUT_WR)
        assert statuses(read_all(connection)) in ([], [400])
    answer = exchange(server, head + b"Content-Length: 10\r\n\r\n" + body, seconds=2)
    assert all(400 <= status < 500 for status in statuses(answer))


@cases("API-042")
def test_connections_that_say_little_keep_nobody_out(case: Case, server: Place) -> None:
    with ExitStack() as slow:
        for place in range(500):
            connection = slow.enter_context(socket.create_connection(server, timeout=10))
            start = (
                b"GET /login HTTP/1.1\r\nX: "
                if place % 2
                else b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\nx"
            )
            connection.sendall(start)
        other = slow.enter_context(closing(HTTPConnection(*server, timeout=20)))
        other.request("GET", "/login", headers={"Host": "127.0.0.1"})
        assert other.getresponse().status == 200


def test_several_requests_on_one_connection_stay_apart(house: Flask, server: Place) -> None:
    cookie = signed_in(house, "anna.kowalska").get_cookie("deskcore")
    assert cookie is not None
    mine = b"GET /profile HTTP/1.1\r\n" + HOST + b"Cookie: deskcore=" + cookie.value.encode() + b"\r\n\r\n"
    strangers = b"GET /profile HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    answer = exchange(server, mine + strangers)
    assert statuses(answer) == [200, 302]
    assert b"Anna" not in answer.partition(b"HTTP/1.1 302")[2]
