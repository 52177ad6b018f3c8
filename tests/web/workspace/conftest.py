"""Agents in a browser, and requesters whose tickets they work on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from deskcore.people.services import find_person
from deskcore.people.signing_in import begin_session
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import Viewer
from deskcore.work import acting_as


class Browser:
    """A browser in which one person is signed in.

    :param page: the answer that came last.
    """

    def __init__(self, app: Flask, email: str) -> None:
        self.client = app.test_client()
        self.page: TestResponse
        with app.app_context():
            person = find_person(email)
            assert person is not None
            token = begin_session(person)
        with self.client.session_transaction() as session:
            session["_user_id"] = token
            session["language"] = "en"

    def get(self, path: str) -> TestResponse:
        """Open a page; a redirect is followed."""
        self.page = self.client.get(path, follow_redirects=True)
        return self.page

    def post(self, path: str, follow: bool = True, **fields: Any) -> TestResponse:
        """Send a form."""
        self.page = self.client.post(path, data=fields, follow_redirects=follow)
        return self.page

    def hidden(self, name: str) -> str:
        """Return the value of the first hidden field ``name`` of the page that came last."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page.text)
        assert found is not None, f"no field {name}"
        return found[1]


@pytest.fixture
def browser(app: Flask) -> Callable[[str], Browser]:
    """Give ``browser("marek.nowak")``: a browser in which that person is signed in."""
    return lambda name: Browser(app, f"{name}@meridian.example")


@pytest.fixture
def marek(browser: Callable[[str], Browser]) -> Browser:
    """Marek is an agent of the IT desk."""
    return browser("marek.nowak")


@pytest.fixture
def ola(browser: Callable[[str], Browser]) -> Browser:
    """Ola leads the IT desk."""
    return browser("ola.mazur")


@pytest.fixture
def opens(app: Flask) -> Callable[..., str]:
    """Give ``opens("Printer jams")``: Anna raises an incident in the portal; returns its number."""

    def opened(
        subject: str = "Printer jams", tags: Sequence[str] = (), by: str = "anna.kowalska", **answers: Any
    ) -> str:
        given = {"service": "network", "what_happened": f"{subject}. Since this morning.", **answers}
        with app.app_context():
            person = find_person(f"{by}@meridian.example")
            assert person is not None
            with acting_as(Viewer(person.id, "portal")):
                description = given["what_happened"]
                return open_ticket(
                    NewTicket("it", "incident", subject, description, person.id, "portal", given, tags=tags)
                )

    return opened
