"""A server as it is run, with the limits it has by default, and those who send it too much."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from os import environ
from pathlib import Path
from threading import Event

import pytest

from conftest import PASSWORD, SECRET_KEY
from tests.forms import FAULT_FORM, filled, form_on
from tests.kills.clients import Answer, Client
from tests.processes import Server, until

ANNA = "anna.kowalska@meridian.example"


@dataclass
class House:
    """A running installation.

    :param anna: her browser, signed in.
    :param token: of a program of hers.
    """

    folder: Path
    server: Server
    anna: Client
    token: str

    @property
    def pid(self) -> int:
        """The process that serves."""
        return self.server.children[-1]

    @property
    def place(self) -> tuple[str, int]:
        """Where it listens."""
        return "127.0.0.1", self.server.port

    @property
    def incoming(self) -> Path:
        """Where everything lies while it comes in."""
        return self.folder / "files/.incoming"

    def head(self, method: str, path: str, *more: str) -> bytes:
        """Return the head of a request of Anna's, for a bare connection."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.anna.cookies.items())
        lines = (f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {cookies}", *more)
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def call(self, method: str, path: str, body: bytes, **headers: str) -> Answer:
        """Send a request as a program."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(Client(self.server.port, Event())) as program:
            return program.once(method, f"/api/v1{path}", body, {"Authorization": f"Bearer {self.token}", **sent})


@pytest.fixture
def house(running: House) -> House:
    """Give the installation, in which nothing that another test had begun to write is left."""
    form = form_on(running.anna.insist("GET", FAULT_FORM).text)
    body, headers = filled(form, {"_discard": "again"})
    assert running.anna.insist("POST", f"{FAULT_FORM}/draft", body, headers).status == 303
    return running


@pytest.fixture(scope="session")
def running(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give an installation; nothing of what was sent may be left behind in the end."""
    folder = tmp_path_factory.mktemp("limits")
    shutil.copy(sqlite_template, folder / "deskcore.db")
    server = Server(folder, ["run", "--port", "0"], {"DESKCORE_SECRET_KEY": SECRET_KEY})
    server.start()
    until(lambda: server.ready, "the start")
    with closing(Client(server.port, Event())) as anna:
        anna.sign_in(ANNA, PASSWORD)
        yield House(folder, server, anna, _token(folder))
    assert list((folder / "files/.incoming").iterdir()) == []
    assert not server.troubles, server.troubles[0]
    server.stop()


def _token(folder: Path) -> str:
    run = [sys.executable, "-m", "deskcore.cli", "user", "token", ANNA, "--json"]
    environment = environ | {"DESKCORE_INSTANCE": str(folder), "DESKCORE_SECRET_KEY": SECRET_KEY}
    return str(json.loads(subprocess.run(run, env=environment, capture_output=True, check=True).stdout)["token"])
