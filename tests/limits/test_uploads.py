"""Files up to the limit and beyond it: what is taken, what is refused, and what either costs."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

import pytest

from tests.bad_inputs.callers import exchange, read_all
from tests.forms import FAULT, FAULT_FORM, filled, form_on
from tests.kills.clients import Client
from tests.limits.conftest import House
from tests.limits.memory import MB, MORE, at_most, nameless_files
from tests.processes import until

LIMIT = 25 * MB
#: Bytes of one request; twice as much is cut without being received.
MOST = 60 * MB
TEXT = "A film of the fault, so that nobody has to believe me."


def film(size: int) -> tuple[str, str, bytes]:
    """Return a file for the form."""
    return "screenshot", "film.mp4", os.urandom(MB) * (size // MB) + bytes(size % MB)


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


def test_a_form_takes_the_largest_file_in_little_memory(house: House) -> None:
    form = form_on(house.anna.once("GET", FAULT_FORM).text)
    body, headers = filled(form, FAULT, [film(LIMIT)])
    with at_most(MORE, house.pid):
        answer = house.anna.once("POST", FAULT_FORM, body, headers)
    assert answer.status == 303, answer.text


def test_the_api_takes_the_largest_file_in_little_memory(house: House) -> None:
    number = opened(house)
    with at_most(MORE, house.pid):
        path = f"/tickets/{number}/attachments?name=film.mp4"
        answer = house.call("POST", path, film(LIMIT)[2], content_type="application/octet-stream")
    assert answer.status == 201, answer.text


def opened(house: House) -> str:
    """Open a ticket and return its number."""
    incident = {"desk": "it", "request_type": "incident", "answers": FAULT | {"work_stopped": False}}
    answer = house.call("POST", "/tickets", json.dumps(incident).encode(), content_type="application/json")
    return str(json.loads(answer.text)["number"])


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "A file may have at most 25 MB."), ("pl", "Plik może mieć najwyżej 25 MB.")],
)
def test_one_byte_more_is_refused_and_the_text_stays(house: House, language: str, words: str) -> None:
    form = form_on(house.anna.once("GET", FAULT_FORM).text)
    body, headers = filled(form, FAULT | {"what_happened": TEXT}, [film(LIMIT + 1)])
    with at_most(MORE, house.pid):
        answer = house.anna.once("POST", FAULT_FORM, body, headers | {"Accept-Language": language})
    assert answer.status == 413
    assert words in answer.text
    assert form_on(answer.text).values("what_happened") == [TEXT]
    draft = house.anna.once("GET", FAULT_FORM).text
    assert form_on(draft).values("what_happened") == [TEXT], "and is kept as a draft"


def test_one_byte_more_is_a_problem_document_that_names_the_limit(house: House) -> None:
    path, content = f"/tickets/{opened(house)}/attachments", film(LIMIT + 1)[2]
    answer = house.call("POST", f"{path}?name=film.mp4", content, content_type="application/octet-stream")
    assert answer.status == 413
    assert json.loads(answer.text)["detail"] == "A file may have at most 25 MB."


def test_files_that_are_too_large_together_are_refused_with_the_limit(house: House) -> None:
    form = form_on(house.anna.once("GET", FAULT_FORM).text)
    body, headers = filled(form, FAULT, [film(LIMIT)] * 3)
    with at_most(MORE, house.pid):
        answer = house.anna.once("POST", FAULT_FORM, body, headers)
    assert answer.status == 413
    assert "up to 63\xa0MB" in answer.text


@pytest.mark.parametrize("signed_in", [True, False])
def test_an_endless_stream_is_cut_while_others_are_served(house: House, signed_in: bool) -> None:
    """Two gigabytes that nobody holds, here or there."""
    head = house.head("POST", FAULT_FORM, "Transfer-Encoding: chunked") if signed_in else STRANGER
    piece = b"100000\r\n" + bytes(MB) + b"\r\n"
    sent = 0
    with at_most(MORE, house.pid), socket.create_connection(house.place, timeout=60) as connection:
        connection.sendall(head)
        try:
            while sent < 2048 * MB:
                connection.sendall(piece)
                sent += MB
                if sent % (20 * MB) == 0:
                    assert house.server.get() == 200, "others are served meanwhile"
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert statuses(read_all(connection)) in ([], [413])
    assert 2 * MOST - MB <= sent <= 2 * MOST + 16 * MB, "what the system holds on the way is all that is more"


STRANGER = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_a_length_beyond_all_limits_is_answered_before_anything_is_sent(house: House) -> None:
    for more, language in (((), "en"), (("Expect: 100-continue",), "pl")):
        head = house.head("POST", FAULT_FORM, "Content-Length: 2147483648", f"Accept-Language: {language}", *more)
        answer = exchange(house.place, head)
        assert statuses(answer) == [413]
        assert {"en": "up to 63\xa0MB", "pl": "może mieć do 63\xa0MB"}[language].encode() in answer


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        (["Content-Length: 10"], [400]),  # too small: the rest is no request
        (["Content-Length: 5", "Content-Length: 6"], [400]),
        (["Content-Length: -1"], [400]),
        (["Content-Length: 1e3"], [400]),
        (["Content-Length: 5", "Transfer-Encoding: chunked"], [400]),
    ],
)
def test_a_length_that_lies_ends_the_connection(house: House, lengths: list[str], expected: list[int]) -> None:
    body, headers = filled(form_on(house.anna.once("GET", FAULT_FORM).text), FAULT)
    kind = f"Content-Type: {headers['Content-Type']}"
    answer = exchange(house.place, house.head("POST", FAULT_FORM, kind, *lengths), body, seconds=5)
    assert statuses(answer)[-1:] == expected
    assert 303 not in statuses(answer), "nothing was stored"


def test_who_sends_less_than_announced_and_leaves_is_forgotten(house: House) -> None:
    head = house.head("POST", FAULT_FORM, f"Content-Length: {LIMIT}")
    with socket.create_connection(house.place) as connection:
        connection.sendall(head + bytes(MB))
        until(lambda: nameless_files(house.pid), "the arrival of a part")
        assert all(path.startswith(str(house.incoming)) for path in nameless_files(house.pid)), (
            "what comes in lies in the instance folder, and nowhere else"
        )
    until(lambda: not nameless_files(house.pid), "the end of what was left of it")


def test_a_killed_process_leaves_nothing_behind_once_another_has_started(house: House) -> None:
    killed = house.pid
    half = house.incoming / "upload-of-a-process-that-is-gone"
    half.write_bytes(b"half a file")
    with socket.create_connection(house.place) as connection:
        connection.sendall(house.head("POST", FAULT_FORM, f"Content-Length: {LIMIT}") + bytes(MB))
        until(lambda: nameless_files(killed), "the arrival of a part")
        os.kill(killed, signal.SIGKILL)
    until(lambda: house.server.ready not in (None, killed), "the next process")
    assert not half.exists()
    assert list(house.incoming.iterdir()) == []


def test_many_who_send_much_at_once_leave_memory_and_others_alone(house: House) -> None:
    def send(_: int) -> int:
        with closing(Client(house.server.port, Event(), house.anna.cookies)) as browser:
            body, headers = filled(form_on(browser.once("GET", FAULT_FORM).text), FAULT, [film(10 * MB)])
            return browser.once("POST", FAULT_FORM, body, headers).status

    with at_most(MORE, house.pid), ThreadPoolExecutor(8) as pool:
        senders = pool.map(send, range(8))
        assert house.server.get() == 200
        assert set(senders) == {303}
