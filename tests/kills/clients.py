"""Those who send: browsers with the form, programs with the API; both try again until they are answered."""

from __future__ import annotations

import json
import math
import re
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from io import BytesIO
from random import uniform
from threading import Event
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

#: Seconds for which somebody tries; only a failure takes that long.
PATIENCE = 1800.0
#: Seconds without an answer after which a connection is given up.
TIMEOUT = 60.0
FORM = "/services/it-incident"
ANSWERS = {"service": "mail", "affected": "me"}
PLAIN = {"Content-Type": "application/x-www-form-urlencoded"}


class Wrong(Exception):
    """An answer that is neither a success nor an invitation to try again."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Any
    text: str


@dataclass
class Tally:
    """What a client went through: requests, connections cut before the answer, 503s, and 500s with their text."""

    requests: int = 0
    cut: int = 0
    unavailable: int = 0
    faults: list[str] = field(default_factory=list)


class Client:
    """A connection that is opened again when it was cut.

    :param answered: set with every answer.
    :param cookies: those of a browser that is signed in already.
    """

    def __init__(self, port: int, answered: Event, cookies: Mapping[str, str] | None = None) -> None:
        self.tally = Tally()
        self.port = port
        self.answered = answered
        #: When the latest request had been sent whole; never, if that failed.
        self.sent_at = math.inf
        self.cookies = dict(cookies or {})
        self._connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)

    def insist(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request again and again until there is an answer that says what became of it.

        :raises Wrong: when there is none for too long.
        """
        deadline, pause = monotonic() + PATIENCE, Event()
        while monotonic() < deadline:
            self.tally.requests += 1
            try:
                answer = self.once(method, path, body, headers)
            except (OSError, HTTPException):
                self.tally.cut += 1
            else:
                if answer.status < 500:
                    return answer
                if answer.status == 503 and answer.headers["Retry-After"]:
                    self.tally.unavailable += 1
                else:
                    self.tally.faults.append(f"{method} {path}: {answer.status} {answer.text[:200]}")
            pause.wait(uniform(0.02, 0.2))
        raise Wrong(f"{method} {path} was not answered in {PATIENCE:.0f} s")

    def once(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request and return the answer.

        :raises OSError: or an HTTPException, when there is none.
        """
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.sent_at = math.inf
        try:
            self._connection.request(method, path, body or None, sent)
            self.sent_at = monotonic()
            answer = self._connection.getresponse()
            text = answer.read().decode()
        except BaseException:
            self.close()
            raise
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.answered.set()
        return Answer(answer.status, answer.headers, text)

    def sign_in(self, email: str, password: str) -> None:
        """Sign in as a browser does: with the token of the page.

        :raises Wrong: when that does not succeed.
        """
        token = _hidden("csrf_token", self.insist("GET", "/login").text)
        fields = {"csrf_token": token, "email": email, "password": password}
        answer = self.insist("POST", "/login", urlencode(fields).encode(), PLAIN)
        if answer.status != 303:
            raise Wrong(f"sign-in: {answer.status} {answer.text[:200]}")

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()


class Submission(ABC):
    """A ticket that somebody wants to open, once.

    :param words: of this submission alone, by which its ticket is known again.
    """

    def __init__(self, client: Client, words: str) -> None:
        self.client = client
        self.words = words
        #: The number that was acknowledged.
        self.number = ""

    def send(self) -> None:
        """Send until it is acknowledged; sent again, it is the same submission with the same key.

        :raises Wrong: when it is refused, or acknowledged under another number than before.
        """
        try:
            number = self._send()
        finally:
            self.client.close()
        if self.number not in ("", number):
            raise Wrong(f"{self.words}: acknowledged as {self.number}, then as {number}")
        self.number = number

    @abstractmethod
    def _send(self) -> str: ...


class ByForm(Submission):
    """The portal's form with its tokens and its key, and a picture."""

    fields: Mapping[str, Any] | None = None

    def _send(self) -> str:
        if self.fields is None:
            page = self.client.insist("GET", FORM).text
            key, token = _hidden("idempotency_key", page), _hidden("csrf_token", page)
            shown = re.findall(r'name="_shown" value="([^"]+)"', page)
            self.fields = {"csrf_token": token, "idempotency_key": key, "_shown": shown, "work_stopped": "no"}
        # A file belongs to one body alone, and a browser reads it again each time.
        picture = FileStorage(BytesIO(self.words.encode()), "note.txt", "screenshot")
        values = {**ANSWERS, **self.fields, "what_happened": self.words, "screenshot": picture}
        boundary, body = encode_multipart(values)
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        answer = self.client.insist("POST", FORM, body, headers)
        found = re.search(r"/requests/([A-Z]+-\d+)/sent$", answer.headers.get("Location", ""))
        if answer.status != 303 or found is None:
            raise Wrong(f"form: {answer.status} {answer.headers.get('Location')} {answer.text[:2000]}")
        return found[1]


class ByApi(Submission):
    """A call of the API with an idempotency key."""

    def __init__(self, client: Client, words: str, token: str) -> None:
        super().__init__(client, words)
        self.headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": uuid.uuid4().hex,
        }

    @property
    def body(self) -> bytes:
        """The request's body."""
        answers = {**ANSWERS, "what_happened": self.words, "work_stopped": False}
        return json.dumps({"desk": "it", "request_type": "incident", "answers": answers}).encode()

    def _send(self) -> str:
        answer = self.client.insist("POST", "/api/v1/tickets", self.body, self.headers)
        if answer.status != 201:
            raise Wrong(f"API: {answer.status} {answer.text[:2000]}")
        return str(json.loads(answer.text)["number"])


def _hidden(name: str, page: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    if found is None:
        raise Wrong(f"the page has no {name}: {page[:500]}")
    return found[1]
