"""What is withdrawn in one process is withdrawn in all, and what is counted in one is counted in all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask

from conftest import PASSWORD, SECRET_KEY
from deskcore.people import services
from deskcore.people.models import Person
from deskcore.people.services import find_person
from tests.processes import PATIENCE, Server

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ANNA, MAREK, OLA, ADMIN = (
    f"{name}@meridian.example" for name in ("anna.kowalska", "marek.nowak", "ola.mazur", "admin")
)


class Client:
    """A browser that talks to one server after another over connections of its own."""

    def __init__(self) -> None:
        self.cookie = ""

    def send(self, server: Server, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        headers = {"Cookie": self.cookie} | (FORM if fields else {})
        connection.request(method, path, urlencode(fields) if fields else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        self.cookie = (answer.headers["Set-Cookie"] or self.cookie).partition(";")[0]
        connection.close()
        return answer.status, text

    def prepare(self, server: Server) -> str:
        """Open the sign-in page, and return the token of its form."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.send(server, "GET", "/login")[1])
        assert found is not None
        return found[1]

    def sign_in(self, server: Server, email: str, password: str = PASSWORD, token: str = "") -> int:
        fields = {"csrf_token": token or self.prepare(server), "email": email, "password": password}
        return self.send(server, "POST", "/login", fields)[0]


class Site:
    """Two servers on one database, and this process beside them."""

    def __init__(self, folder: Path, app: Flask) -> None:
        environment = {
            "DESKCORE_DATABASE_URL": app.extensions["deskcore"].config.url,
            "DESKCORE_SECRET_KEY": SECRET_KEY,
            "DESKCORE_WORKER_THREADS": "0",
        }
        self.app = app
        self.servers = [Server(folder, ["run", "--port", "0"], environment) for _ in range(2)]

    def person(self, email: str) -> Person:
        found = find_person(email)
        assert found is not None
        return found

    def statuses(self, client: Client, path: str) -> list[int]:
        return [client.send(server, "GET", path)[0] for server in self.servers]


@pytest.fixture
def site(app: Flask, tmp_path: Path) -> Iterator[Site]:
    """Two running servers."""
    found = Site(tmp_path, app)
    with ExitStack() as stack:
        for server in found.servers:
            server.start()
            stack.callback(server.stop)
        yield found


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_what_is_withdrawn_or_counted_anywhere_counts_everywhere_at_once(site: Site) -> None:
    marek, ola, admin = Client(), Client(), Client()
    here, there = site.servers
    assert [marek.sign_in(here, MAREK), ola.sign_in(there, OLA), admin.sign_in(here, ADMIN)] == [303] * 3
    assert site.statuses(marek, "/agent/tickets") == site.statuses(ola, "/agent/tickets") == [200, 200]
    assert site.statuses(admin, "/admin/plugins") == [200, 200]
    with site.app.app_context():
        services.revoke(site.person(MAREK), "it")
        assert site.statuses(marek, "/agent/tickets") == [403, 403]
        assert site.statuses(marek, "/profile") == [200, 200]
        services.deactivate(site.person(MAREK))
        assert site.statuses(marek, "/profile") == [302, 302]
        services.set_password(site.person(OLA), "a quite new password")
        assert site.statuses(ola, "/agent/tickets") == [302, 302]
        services.set_rights(site.person(OLA), administrator=True)
        services.set_rights(site.person(ADMIN), administrator=False)
        assert site.statuses(admin, "/admin/plugins") == [403, 403]
    _guess(site)


def _guess(site: Site) -> None:
    """Guess fifty times at once, at both servers: five guesses are looked at, and then not even the right password."""
    clients = [Client() for _ in range(50)]
    places = [(client, site.servers[place % 2]) for place, client in enumerate(clients)]
    tokens = [client.prepare(server) for client, server in places]

    def guess(place: int) -> int:
        client, server = places[place]
        return client.sign_in(server, ANNA, f"wrong guess {place}", tokens[place])

    with ThreadPoolExecutor(25) as pool:
        answers: Sequence[int] = list(pool.map(guess, range(50)))
    assert sorted(answers) == [422] * 5 + [429] * 45
    assert [Client().sign_in(server, ANNA) for server in site.servers] == [429, 429]
