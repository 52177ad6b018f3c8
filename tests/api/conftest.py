"""Callers of the API, and a ticket to talk about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from deskcore.people.services import find_person
from deskcore.people.tokens import make_token

INCIDENT = {
    "desk": "it",
    "request_type": "incident",
    "answers": {"service": "mail", "what_happened": "Outlook shows “Disconnected”.\nSince this morning."},
}


@pytest.fixture(params=["sqlite"])
def database(request: pytest.FixtureRequest) -> str:
    """Name the database; what stores something asks for both."""
    return str(request.param)


class Program:
    """A program that calls the API with one token.

    :param token: the secret; without one it calls as a stranger.
    """

    def __init__(self, app: Flask, token: str = "") -> None:
        self.browser = app.test_client(use_cookies=False)
        self.token = token

    def call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        """Send a request below ``/api/v1``."""
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.browser.open(f"/api/v1{path}", method=method, headers={**own, **(headers or {})}, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any, **more: Any) -> TestResponse:
        return self.call("POST", path, json=body, **more)

    def patch(self, path: str, body: Any, **more: Any) -> TestResponse:
        return self.call("PATCH", path, json=body, **more)

    def opens(self, **changed: Any) -> str:
        """Open an incident and return its number."""
        answer = self.post("/tickets", INCIDENT | changed)
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["number"])


@pytest.fixture
def program(app: Flask) -> Callable[..., Program]:
    """Give ``program("marek.nowak")``: a caller with a token of that person, made as :func:`make_token` makes it."""

    def made(name: str, **token: Any) -> Program:
        with app.app_context():
            person = find_person(f"{name}@meridian.example")
            assert person is not None
            return Program(app, make_token(person, **token).token)

    return made


@pytest.fixture
def anna(program: Callable[..., Program]) -> Program:
    """Anna raises requests."""
    return program("anna.kowalska")


@pytest.fixture
def marek(program: Callable[..., Program]) -> Program:
    """Marek is an agent of the IT desk."""
    return program("marek.nowak")


@pytest.fixture
def stranger(app: Flask) -> Program:
    """A caller without a token."""
    return Program(app)
