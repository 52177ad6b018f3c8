"""Agents in a browser, and requesters whose tickets they work on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from flask import Flask

from deskcore.hooks.contributed import Contributed
from deskcore.people.services import find_person
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import Viewer
from deskcore.work import acting_as
from tests.web.browsers import Browser


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


@pytest.fixture
def adds(app: Flask) -> Callable[[str, Any], str]:
    """Give ``adds(hook, contribution)``: an active plugin contributes it; returns the plugin's name."""
    parts = app.extensions["deskcore"]
    plugin = next(item.plugin for item in parts.plugins.desks)

    def added(hook: str, value: Any) -> str:
        contributed = dict(parts.plugins.contributed)
        contributed[hook] = (*contributed.get(hook, ()), Contributed(plugin, value))
        parts.plugins = replace(parts.plugins, contributed=MappingProxyType(contributed))
        return str(plugin)

    return added
