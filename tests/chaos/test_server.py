"""A plugin ends the process of a real server: the parent starts the next one, which knows who it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from conftest import DUMMIES
from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.hooks.failures import read_failures
from deskcore.hooks.state import StateRow
from deskcore.people.services import find_person
from deskcore.people.tokens import make_token
from tests.chaos.conftest import switch_on
from tests.chaos.scenario import BAD, WAYS, build, numbers_of
from tests.processes import Server
from tests.web.browsers import Browser

pytestmark = pytest.mark.parametrize("database", ["sqlite"])


@pytest.fixture
def token(app: Flask) -> str:
    with app.app_context():
        anna = find_person("anna.kowalska@meridian.example")
        assert anna is not None
        return make_token(anna, area="portal").token


@pytest.fixture
def serve(app: Flask, database_url: str, tmp_path: Path) -> Iterator[Callable[[str, str], Server]]:
    """Give ``serve("validate_ticket", "exits the process")``: a running server with the plugin that does that."""
    switch_on(database_url)
    servers: list[Server] = []

    def started(place: str, way: str) -> Server:
        environment = {
            "DESKCORE_DATABASE_URL": database_url,
            "DESKCORE_SECRET_KEY": app.config["SECRET_KEY"],
            "DESKCORE_PLUGIN_FOLDERS": str(DUMMIES),
            "MISBEHAVE": f"{place}:{WAYS[way]}",
        }
        servers.append(Server(tmp_path, ["run", "--port", "0"], environment))
        servers[0].start()
        return servers[0]

    yield started
    for server in servers:
        server.stop()


def send(server: Server, token: str, subject: str) -> int:
    """Open a ticket, and send it again with the same key until it is answered; return how often it was cut."""
    answers = {"service": "network", "what_happened": "It jams."}
    ticket = {"desk": "it", "request_type": "incident", "subject": subject, "description": "-", "answers": answers}
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": subject, "Content-Type": "application/json"}
    for cut in range(20):
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        try:
            connection.request("POST", "/api/v1/tickets", json.dumps(ticket), headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, HTTPException):
            continue
        finally:
            connection.close()
        assert answer.status == 201, said
        return cut
    raise AssertionError("it was never answered")


def recorded(app: Flask) -> tuple[StateRow, list[Any]]:
    """Return what is recorded about the plugin: its state, and its failures."""
    with app.app_context():
        return state.read_states(db.session)[BAD], read_failures(db.session, BAD)


@pytest.mark.parametrize(
    ("place", "way", "said"),
    [
        ("validate_ticket", "exits the process", "the process ended with code 3"),
        ("before_ticket_open", "segfaults", "the process died of SIGSEGV"),
    ],
)
def test_a_plugin_that_ends_the_server_before_the_commit_costs_one_request(
    app: Flask, token: str, serve: Any, database_url: str, tmp_path: Path, place: str, way: str, said: str
) -> None:
    server = serve(place, way)
    assert send(server, token, "First") == 1
    assert send(server, token, "Second") == 0
    assert len(numbers_of(database_url, "First")) == len(numbers_of(database_url, "Second")) == 1
    row, [failure] = recorded(app)
    assert row.paused_at is not None
    assert (failure["slot"], failure["error"]) == (place, said)
    page = Browser(build(tmp_path, database_url), "admin@meridian.example").get("/admin/").text
    assert f"{BAD} stopped working." in page
    assert said in page
    assert ("deskcore_dummy_bad" in failure["trace"]) is (way == "segfaults")


def test_a_plugin_that_ends_every_start_is_left_out_of_the_next_one(app: Flask, token: str, serve: Any) -> None:
    server = serve("register_jobs", "exits the process")
    assert send(server, token, "First") == 0
    row, [failure] = recorded(app)
    assert (row.state, failure["slot"]) == ("quarantined", "start")
    assert len(server.children) == 2
