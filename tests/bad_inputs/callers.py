"""Those who send bad inputs: browsers, programs, and bare sockets."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from deskcore.people.services import find_person
from deskcore.people.tokens import make_token

PASSWORD = "meridian-demo"
#: A fault as the portal's form sends it.
FAULT = {"service": "mail", "what_happened": "Outlook shows nothing.", "affected": "me", "work_stopped": "no"}
FAULT_FORM = "/services/it-incident"
#: A question: the form in which the requester writes the subject.
QUESTION = {"subject": "Where is the manual?", "description": "I cannot find it."}
QUESTION_FORM = "/services/it-question"
#: A fault as the API wants it.
INCIDENT: dict[str, Any] = {
    "desk": "it",
    "request_type": "incident",
    "answers": {"service": "mail", "what_happened": "Outlook shows nothing."},
}
_CSRF = re.compile(r'(name="csrf_token" value=)"[^"]*"|(<meta name="csrf-token" content=)"[^"]*"')
_KEY = re.compile(r'(name="idempotency_key" value=)"[^"]*"')


def address(name: str) -> str:
    """Return the address of somebody of Meridian."""
    return f"{name}@meridian.example"


class Program:
    """A program that calls the API with one token; without one, as a stranger."""

    def __init__(self, app: Flask, token: str = "") -> None:
        self.browser = app.test_client(use_cookies=False)
        self.token = token

    def call(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> TestResponse:
        """Send a request below ``/api/v1``."""
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.browser.open(f"/api/v1{path}", method=method, headers={**own, **(headers or {})}, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any, **more: Any) -> TestResponse:
        """Send JSON; a text goes as it stands, and what no JSON reader accepts goes as Python writes it."""
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.call("POST", path, data=data, content_type="application/json", **more)

    def opens(self, **changed: Any) -> str:
        """Open a ticket and return its number."""
        answer = self.post("/tickets", INCIDENT | changed)
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["number"])


def program_of(app: Flask, name: str, **token: Any) -> Program:
    """Return a program with a fresh token of somebody of Meridian."""
    with app.app_context():
        person = find_person(address(name))
        assert person is not None
        return Program(app, make_token(person, **token).token)


def signed_in(app: Flask, name: str) -> FlaskClient:
    """Return a browser of somebody of Meridian."""
    browser = app.test_client()
    answer = browser.post("/login", data={"email": address(name), "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return browser


def asks(browser: FlaskClient, **changed: Any) -> str:
    """Send the form of a question and return the number of the request."""
    return number_of(browser.post(QUESTION_FORM, data=QUESTION | changed))


def number_of(answer: TestResponse) -> str:
    """Return the number of the request that a form has opened."""
    assert answer.status_code == 303, answer.text
    found = re.fullmatch(r"/requests/([A-Z]+-\w+)/sent", answer.headers["Location"])
    assert found is not None
    return found[1]


def file_links(page: str) -> list[str]:
    """Return the addresses of the files on a page."""
    return list(dict.fromkeys(re.findall(r'"(/files/[^"]+)"', page)))


def masked(page: str, *words: str) -> str:
    """Return a page without what differs each time, and without ``words``."""
    page = _KEY.sub(r"\1", _CSRF.sub(r"\1\2", page))
    for word in words:
        page = page.replace(word, "…")
    return page


def upload(content: bytes, name: str, media_type: str = "application/octet-stream") -> tuple[BytesIO, str, str]:
    """Return a file as a form sends it."""
    return BytesIO(content), name, media_type


#: Media type of what :func:`part` makes parts of, and the end of such a body.
MULTIPART = "multipart/form-data; boundary=between-two-parts"
END = b"--between-two-parts--\r\n"


def part(name: str, content: bytes, file_name: str | None = None, media_type: str = "") -> bytes:
    """Return one part of a form with files, byte for byte as given."""
    file = f'; filename="{file_name}"' if file_name is not None else ""
    kind = f"Content-Type: {media_type}\r\n" if media_type else ""
    head = f'--between-two-parts\r\nContent-Disposition: form-data; name="{name}"{file}\r\n{kind}\r\n'
    return head.encode() + content + b"\r\n"


def exchange(server: tuple[str, int], *parts: bytes, seconds: float = 10) -> bytes:
    """Send bytes over a connection of its own and return everything that comes back until it closes."""
    with socket.create_connection(server, timeout=seconds) as connection:
        for part in parts:
            try:
                connection.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                break
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    """Return what a connection still brings; one that is only cut brings nothing more."""
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except (ConnectionResetError, TimeoutError):
        pass
    return received
