"""A running installation with a database in its own folder, and somebody who uses it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from threading import Event

from conftest import PASSWORD, SECRET_KEY
from tests.forms import FAULT, FAULT_FORM, filled, form_on
from tests.kills.clients import Answer, Client
from tests.processes import Server, children_of, until

ANNA = "anna.kowalska@meridian.example"
TEXT = "My disk is full of pictures of other disks, and I cannot say which of them is the fullest of them all."
INCIDENT = {"desk": "it", "request_type": "incident", "answers": FAULT | {"work_stopped": False}}


@dataclass
class House:
    """A running installation. Its log lies in its folder as well.

    :param browser: Anna's.
    :param acknowledged: numbers of everything that she was told is stored.
    """

    folder: Path
    server: Server
    browser: Client
    acknowledged: list[str] = field(default_factory=list)

    @property
    def log(self) -> str:
        """What the processes have said."""
        return (self.folder / "log").read_text()

    @property
    def children(self) -> list[int]:
        """Process ids of what serves."""
        return children_of(self.server.process.pid)

    def send(self, size: int = 0, language: str = "en") -> Answer:
        """Send the form with a picture of so many bytes, or with none, and remember what was acknowledged."""
        form = form_on(self.browser.once("GET", FAULT_FORM).text)
        picture = [("screenshot", "disk.png", os.urandom(size))] if size else []
        body, headers = filled(form, FAULT | {"what_happened": TEXT}, picture)
        answer = self.browser.once("POST", FAULT_FORM, body, headers | {"Accept-Language": language})
        if answer.status == 303:
            self.acknowledged.append(answer.headers["Location"].split("/")[-2])
        return answer

    def send_again(self, answer: Answer) -> str:
        """Send twice what a page has kept, and return the number that both got."""
        form = form_on(answer.text)
        body, headers = filled(form)
        first, second = (self.browser.once("POST", form.action, body, headers) for _ in range(2))
        assert (first.status, second.status) == (303, 303), first.text
        assert first.headers["Location"] == second.headers["Location"], "it is stored once"
        self.acknowledged.append(first.headers["Location"].split("/")[-2])
        return self.acknowledged[-1]

    def token(self) -> str:
        """Return a token for a program of Anna's."""
        return str(json.loads(self.command("user", "token", ANNA, "--json"))["token"])

    def call(self, token: str) -> Answer:
        """Open a ticket as a program."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        with closing(Client(self.browser.port, Event())) as program:
            return program.once("POST", "/api/v1/tickets", json.dumps(INCIDENT).encode(), headers)

    def reads(self) -> bool:
        """Tell whether everything can be read."""
        return all(self.browser.once("GET", path).status == 200 for path in ("/", "/requests", "/profile", FAULT_FORM))

    def command(self, *arguments: str) -> str:
        """Run a command to its end and return what it said."""
        environment = os.environ | {"DESKCORE_INSTANCE": str(self.folder), **self.server.environment}
        run = [sys.executable, "-m", "deskcore.cli", *arguments]
        return subprocess.run(run, env=environment, capture_output=True, text=True).stdout

    def findings(self) -> object:
        """Return what ``deskcore fsck`` finds."""
        return json.loads(self.command("fsck", "--deep", "--json"))["findings"]


@contextmanager
def running(folder: Path, database: Path, environment: Mapping[str, str]) -> Iterator[House]:
    """Run an installation with a copy of a database for the length of the block."""
    shutil.copy(database, folder / "deskcore.db")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Server(folder, ["run", "--port", str(port)], {"DESKCORE_SECRET_KEY": SECRET_KEY, **environment})
    with (folder / "log").open("wb") as log:
        server.start(log)
    try:
        with closing(Client(port, Event())) as browser:
            until(lambda: _answers(browser), "the start")
            browser.sign_in(ANNA, PASSWORD)
            yield House(folder, server, browser)
    finally:
        server.adopt()
        server.stop()


def _answers(browser: Client) -> bool:
    try:
        return browser.once("GET", "/login").status == 200
    except (OSError, HTTPException):
        return False
