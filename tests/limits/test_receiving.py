"""Those who send slowly, and many who send at once: the same server, with less patience."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from itertools import islice
from threading import Event

import pytest
from flask import Flask

from deskcore.serve import draining, receiving
from tests.bad_inputs.callers import exchange, read_all
from tests.bad_inputs.conftest import serving
from tests.limits.memory import MB
from tests.processes import until

pytestmark = pytest.mark.parametrize("database", ["sqlite"])

Place = tuple[str, int]


@pytest.fixture
def place(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Serve with the patience of half a second, and room for two megabytes of bodies."""
    monkeypatch.setattr(receiving, "PATIENCE", 0.5)
    monkeypatch.setattr(receiving, "SLOWEST", 1000)
    monkeypatch.setattr(draining, "_IDLE", 0.2)
    monkeypatch.setattr(draining, "_LOOK", 0.2)
    monkeypatch.setattr(receiving, "AT_ONCE", 2 * MB / app.extensions["deskcore"].config.max_request)
    with serving(app) as found:
        yield found


def head(path: str, length: int, language: str = "en") -> bytes:
    """Return the head of a request with a body."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        f"Content-Length: {length}",
        f"Accept-Language: {language}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


@pytest.mark.parametrize("begun", [b"G", b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "])
def test_a_head_that_does_not_come_to_an_end_is_cut(place: Place, begun: bytes) -> None:
    assert exchange(place, begun) == b""


@pytest.mark.parametrize(("language", "words"), [("en", "took too long to arrive"), ("pl", "trwało zbyt długo")])
def test_a_body_that_does_not_come_to_an_end_is_answered_and_cut(place: Place, language: str, words: str) -> None:
    answer = exchange(place, head("/login", 1000, language), b"email=")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert words in answer.decode()


def test_a_program_that_is_too_slow_gets_a_problem_document(place: Place) -> None:
    answer = exchange(place, head("/api/v1/tickets", 1000), b"{")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["type"] == "urn:deskcore:problem:too-slow"


def test_a_slow_line_is_no_reason_to_cut_anybody(place: Place) -> None:
    with socket.create_connection(place) as connection:
        connection.sendall(head("/login", 10_000))
        for _ in range(20):
            connection.sendall(b"x" * 500)  # in two seconds, five times as fast as it must be
            Event().wait(0.1)
        connection.shutdown(socket.SHUT_WR)
        assert not read_all(connection).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "More is being sent"), ("pl", "więcej danych, niż można przyjąć")]
)
def test_bodies_that_are_together_too_large_are_refused_until_there_is_room(
    place: Place, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setattr(receiving, "PATIENCE", 60.0)
    body = b"x" * MB

    def beside_another() -> bytes:
        with socket.create_connection(place) as other:
            other.sendall(head("/login", 2 * MB) + b"x" * (2 * MB - 1))
            return exchange(place, head("/login", MB, language), body)

    # Whoever comes in last is refused, and that may also be the other.
    answers = iter(beside_another, None)
    refused = next(answer for answer in islice(answers, 100) if answer.startswith(b"HTTP/1.1 503 "))
    assert b"\r\nRetry-After: 10\r\n" in refused
    assert words in refused.decode().replace("\xa0", " ")
    until(lambda: not exchange(place, head("/login", MB), body).startswith(b"HTTP/1.1 503 "), "room for more")
